"""The chain of the audit log: each line proves the one before it.

`chain` of a line is the HMAC-SHA256, under the audit key, of the chain of the line before and of the line without its
chain. Without the key, nobody can change, remove or add a line without breaking the chain.
"""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

from fovea import SettingError

# FHIR R4 asks for an absolute URI (https://hl7.org/fhir/R4/extensibility.html); this one depends on no address
CHAIN_URL = "urn:uuid:5d0cbf6a-2c0e-4f0b-9c37-9a0f6a5f8b1e"
FIRST_CHAIN = "0" * 64
MIN_KEY_BYTES = 32
_CHAIN_MARK = b',"extension":[{"url":"' + CHAIN_URL.encode() + b'","valueString":"'
_LINE_END = b'"}]}\n'


def read_audit_key(path: Path) -> bytes:
    """The secret under which lines are chained and identifiers hashed. Raises SettingError under 32 bytes."""
    key = path.read_bytes().strip()
    if len(key) < MIN_KEY_BYTES:
        raise SettingError(f"The audit key in {path.name} is {len(key)} bytes long. It needs at least {MIN_KEY_BYTES}.")
    return key


def chained(key: bytes, previous: str, event: dict[str, Any]) -> tuple[bytes, str]:
    """The line for `event` behind a line whose chain is `previous`, and its own chain."""
    content = json.dumps(event, separators=(",", ":")).encode()
    chain = chain_of(key, previous, content)
    return content[:-1] + _CHAIN_MARK + chain.encode() + _LINE_END, chain


def chain_of(key: bytes, previous: str, content: bytes) -> str:
    return hmac.new(key, previous.encode() + content, hashlib.sha256).hexdigest()


def parted(line: bytes) -> tuple[bytes, str] | None:
    """Content and chain of a line; None where it is no line of this log."""
    at = line.rfind(_CHAIN_MARK)
    chain = line[at + len(_CHAIN_MARK) : -len(_LINE_END)]
    if at < 0 or not line.endswith(_LINE_END) or not re.fullmatch(rb"[0-9a-f]{64}", chain):
        return None
    return line[:at] + b"}", chain.decode()


def keyed_hash(key: bytes, content: bytes) -> str:
    """The same for the same content, and useless without the key."""
    return hmac.new(key, content, hashlib.sha256).hexdigest()
