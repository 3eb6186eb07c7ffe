"""API keys: random secrets of which the server holds only hashes. `python -m k8s.server.keys` manages the file."""

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fovea import SettingError
from k8s.server.access.clients import Client, unauthorized
from k8s.server.records.logs import log

PREFIX = "xray_"
SECRET_BYTES = 32
CHECK_EVERY_S = 1.0
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Key:
    """`sha256` of the whole key in hexadecimal; a key holds 256 random bits, so a slow hash would add nothing."""

    name: str
    sha256: str
    scopes: tuple[str, ...]
    expires: str
    """ISO 8601 with offset"""

    @property
    def expiry(self) -> datetime:
        return datetime.fromisoformat(self.expires)


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys of a file. Raises SettingError."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        keys = tuple(_key_of(entry) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SettingError(
            f"The key file {path.name} cannot be read. `python -m k8s.server.keys add NAME` writes a valid one."
        ) from None
    return keys


def _key_of(entry: dict[str, Any]) -> Key:
    """Raises ValueError, KeyError or TypeError."""
    if not isinstance(entry["scopes"], list):  # a word would become its letters
        raise TypeError
    key = Key(**(entry | {"scopes": tuple(entry["scopes"])}))
    fits = NAME_PATTERN.fullmatch(key.name) and re.fullmatch("[0-9a-f]{64}", key.sha256)
    if not fits or key.expiry.tzinfo is None:
        raise ValueError
    return key


def add_key(path: Path, name: str, scopes: tuple[str, ...], lifetime: timedelta) -> str:
    """Append a fresh key to the file and give it. One name may have several keys, so that a key can be replaced."""
    if not NAME_PATTERN.fullmatch(name):
        raise SettingError(f"The name is {name!r}. Use up to 64 letters, digits, dots, dashes and underscores.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = Key(name, _digest(secret), scopes, (datetime.now(UTC) + lifetime).isoformat(timespec="seconds"))
    with _only_one_writer(path):
        _write(path, (*(read_keys(path) if path.exists() else ()), key))
    return secret


def remove_keys(path: Path, name: str, sha256_start: str = "") -> None:
    """Remove the keys of `name`, or only those whose hash begins with `sha256_start`. Raises SettingError for none."""
    with _only_one_writer(path):
        keys = read_keys(path)
        kept = tuple(key for key in keys if key.name != name or not key.sha256.startswith(sha256_start))
        if len(kept) == len(keys):
            which = f" whose hash begins with {sha256_start}" if sha256_start else ""
            raise SettingError(f"The file {path.name} has no key of {name}{which}.")
        _write(path, kept)


@contextlib.contextmanager
def _only_one_writer(path: Path) -> Iterator[None]:
    """Two commands at the same time must not undo each other. Raises SettingError where nothing can be written."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
    except OSError as error:
        raise SettingError(f"The key file {path.name} cannot be written: {error.strerror}.") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    """In one step: a server that reads at the same time sees the old file or the new one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump({"keys": [asdict(key) for key in keys]}, file, indent=1)
        file.write("\n")
    os.replace(file.name, path)


@dataclass(frozen=True)
class KeyChange:
    """What a changed file brought and took away; neither where it could not be read."""

    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    is_read: bool = True


def _without(keys: tuple[Key, ...], others: tuple[Key, ...]) -> tuple[Key, ...]:
    return tuple(key for key in keys if key not in others)


def _unseen(change: KeyChange) -> None:
    """Where nobody keeps a record of changes."""


class KeyRing:
    """The keys of a file, read again when it changes; a file that cannot be read leaves the keys as they are."""

    challenge = 'ApiKey realm="xray"'

    def __init__(
        self,
        path: Path,
        on_failure: Callable[[], None],
        now: Callable[[], float] = time.time,
        on_change: Callable[[KeyChange], None] = _unseen,
    ) -> None:
        self._path, self._on_failure, self._now, self._on_change = path, on_failure, now, on_change
        self._lock = threading.Lock()
        self._seen = self._tried = self._state()
        self._checked = time.monotonic()
        self.keys = read_keys(path)

    def presented(self, api_key: str | None, bearer: str | None) -> bool:
        return api_key is not None or (bearer or "").startswith(PREFIX)

    async def client(self, api_key: str | None, bearer: str | None) -> Client:
        self.reload_if_changed()
        digest = _digest(api_key if api_key is not None else bearer or "")
        found = None
        for key in self.keys:  # all of them, each in constant time: how long it takes says nothing of a key
            if hmac.compare_digest(key.sha256, digest):
                found = key
        if found is None:
            raise unauthorized("The API key is unknown.", self.challenge)
        if found.expiry.timestamp() <= self._now():
            raise unauthorized("The API key has expired.", self.challenge)
        return Client(f"key:{found.name}", frozenset(found.scopes))

    @property
    def next_expiry(self) -> float | None:
        """Unix time at which the next of the valid keys expires."""
        times = [key.expiry.timestamp() for key in self.keys]
        return min((moment for moment in times if moment > self._now()), default=None)

    def reload_if_changed(self) -> None:
        """Looks at the file at most once a second."""
        with self._lock:
            if time.monotonic() - self._checked < CHECK_EVERY_S:
                return
            self._checked = time.monotonic()
            state = self._state()
            if state == self._seen:
                return
            is_new, self._tried = state != self._tried, state
            try:
                keys = read_keys(self._path)
            except SettingError:  # tried again and counted again each time, for revoked keys still work
                self._on_failure()
                log().error("key file not read", file=self._path.name)
                if is_new:
                    self._on_change(KeyChange((), (), is_read=False))
                return
            old, self.keys, self._seen = self.keys, keys, state
            self._on_change(KeyChange(_without(keys, old), _without(old, keys)))

    def _state(self) -> tuple[int, ...]:
        """Changes with the content: a mounted Secret is a link to a new file each time."""
        try:
            status = self._path.stat()
        except OSError:
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size
