"""Lends out decoders: so many at a time, each for one image, and a new one for each that is lost."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import fovea.errors
from fovea.decoding.child import MESSAGE_BYTES
from fovea.decoding.errors import DecoderLostError, DecodingTimeoutError
from fovea.decoding.messages import FORK, READY, PackedResult, memory_file, unpacked, write_all
from fovea.errors import FoveaError, SettingError
from fovea.size import BYTES_A_PIXEL, MAX_MEGAPIXELS

MEGABYTE = 1_000_000
SPARE_MB = 150  # for the file itself and for what does not grow with the pixels
KEPT_BYTES = 40 * MEGABYTE  # of the memory that images are handed over in: to allocate it takes longer than to copy
START_SECONDS = 60.0
POLL_S = 0.1
NO_ANSWER = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError)  # the child's end, or nonsense


class Loss(StrEnum):
    """Why a decoder ended before its time."""

    CRASHED = "crashed"
    DEADLINE = "deadline"


@dataclass(frozen=True)
class Deadline:
    """`seconds` in all, up to `at` by time.monotonic(); `check_wanted` raises where nobody waits any more."""

    seconds: float
    at: float
    check_wanted: Callable[[], None] | None

    @property
    def left_s(self) -> float:
        return max(0.0, self.at - time.monotonic())

    def next_wait_s(self) -> float:
        """How long to wait before asking again, over 0. Raises DecodingTimeoutError behind the deadline."""
        if self.check_wanted is not None:
            self.check_wanted()
        if not self.left_s:
            raise DecodingTimeoutError(f"The image was not decoded within {self.seconds:.3g} seconds.")
        return min(self.left_s, POLL_S) + 0.001


class _Decoder:
    """A child process, seen from here."""

    def __init__(self, process: int, link: socket.socket) -> None:
        self._process, self.link, self._file = os.pidfd_open(process), link, memory_file([])

    def ask(self, content: bytes, seconds: float, arguments: Sequence[Any]) -> None:
        """Hand it an image. Raises BrokenPipeError where the child has ended."""
        write_all(self._file, content)
        request = {"bytes": len(content), "seconds": seconds, "arguments": arguments}
        socket.send_fds(self.link, [json.dumps(request).encode()], [self._file])

    def rest(self) -> None:
        """After its image: a large one's memory is given back, that of others is there for the next."""
        if os.fstat(self._file).st_size > KEPT_BYTES:
            os.truncate(self._file, KEPT_BYTES)

    def close(self) -> None:
        """An idle one ends by itself; one that decodes is killed."""
        self.link.close()
        os.close(self._file)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        os.close(self._process)


class Decoders:
    """Runs `function`, named `module:name`, on images in at most `processes` child processes. Safe to use from threads.

    The function takes the bytes of an image and arguments that JSON holds; its result is made of `classes`, arrays
    and images. `megapixels` is the largest image that it lets pass, for which each child may take memory.
    `allows_threads` is for codecs that need them, as that of HEIC. `on_loss` is called for each child that is lost.
    Children start when they are first needed, or by `warm_up`.
    """

    def __init__(
        self,
        function: str,
        classes: Sequence[type],
        processes: int,
        *,
        megapixels: int = MAX_MEGAPIXELS,
        allows_threads: bool = False,
        on_loss: Callable[[Loss], None] | None = None,
    ) -> None:
        self.processes = processes
        self._function, self._classes, self._on_loss = function, tuple(classes), on_loss
        memory_bytes = (SPARE_MB + BYTES_A_PIXEL * megapixels) * MEGABYTE
        self._limits = [str(memory_bytes)] * 2 + ["threads"] * allows_threads
        self._places = threading.Semaphore(processes)
        self._idle: list[_Decoder] = []
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def warm_up(self) -> None:
        """Start all children now. Raises SettingError where this machine cannot."""
        with self._lock:
            while len(self._idle) < self.processes:
                self._idle.append(self._forked())

    def decode(
        self, content: bytes, *arguments: Any, seconds: float, check_wanted: Callable[[], None] | None = None
    ) -> Any:
        """The function's result for the image in `content`, waiting for a free child included.

        Raises:
            DecodingTimeoutError: not done after `seconds`; the child is killed.
            DecoderLostError: the child crashed or went over one of its limits.
            FoveaError: what the function raised.
        What `check_wanted` raises, which is called every POLL_S, kills the child too.
        """
        deadline = Deadline(seconds, time.monotonic() + seconds, check_wanted)
        while not self._places.acquire(timeout=deadline.next_wait_s()):
            pass
        try:
            return self._lent(content, arguments, deadline)
        finally:
            self._places.release()

    def close(self) -> None:
        """End all children. Nothing may be decoding."""
        with self._lock:
            for decoder in self._idle:
                decoder.close()
            self._idle.clear()
            self._stop_server()

    def _lent(self, content: bytes, arguments: Sequence[Any], deadline: Deadline) -> Any:
        decoder, is_kept = self._asked(content, arguments, deadline), False
        try:
            answer, files = _answer(decoder, deadline)
            is_kept = not answer.get("is_last", True)
            return self._result(answer, files)
        except DecodingTimeoutError:
            self._lose(Loss.DEADLINE)
            raise
        except NO_ANSWER:
            is_kept = False
            self._lose(Loss.CRASHED)
            raise DecoderLostError("The image cannot be decoded: its decoder crashed on it.") from None
        finally:
            if is_kept:
                decoder.rest()
                with self._lock:
                    self._idle.append(decoder)
            else:
                decoder.close()

    def _asked(self, content: bytes, arguments: Sequence[Any], deadline: Deadline) -> _Decoder:
        """A child that has the image. For one that ended while it was idle another takes its place."""
        while True:
            with self._lock:
                decoder = self._idle.pop() if self._idle else self._forked()
            try:
                decoder.ask(content, deadline.left_s, arguments)
                return decoder
            except BrokenPipeError:
                decoder.close()
            except BaseException:
                decoder.close()
                raise

    def _result(self, answer: dict[str, Any], files: list[int]) -> Any:
        if "error" in answer:
            for file in files:
                os.close(file)
            kind = getattr(fovea.errors, str(answer["error"]))
            if not issubclass(kind, FoveaError):
                raise ValueError("a decoder sent an unknown error")
            raise kind(str(answer["message"]))
        return unpacked(PackedResult(files[0], [int(size) for size in answer["sizes"]]), self._classes)

    def _lose(self, loss: Loss) -> None:
        if self._on_loss is not None:
            self._on_loss(loss)

    def _forked(self) -> _Decoder:
        """A new child; the fork server is started where there is none, or none any more."""
        for _ in range(2):
            if self._control is None:
                self._start_server()
            assert self._control is not None
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                socket.send_fds(self._control, [FORK], [theirs.fileno()])
                return _Decoder(int(self._control.recv(MESSAGE_BYTES)), ours)
            except (OSError, ValueError):  # the kernel took it for its memory, as it may take any process
                ours.close()
                self._stop_server()
            finally:
                theirs.close()
        raise SettingError("The decoding process cannot be started on this machine.")

    def _start_server(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(START_SECONDS)
        command = [sys.executable, "-P", "-m", "fovea.decoding.fork_server", str(theirs.fileno()), self._function]
        self._server = subprocess.Popen(
            [*command, *self._limits],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the server alone
        )
        theirs.close()
        self._control = ours
        try:
            is_ready = ours.recv(MESSAGE_BYTES) == READY
        except OSError:
            is_ready = False
        if not is_ready:
            self._stop_server()
            raise SettingError("The decoding process did not start. Its error is printed above.")

    def _stop_server(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


def _answer(decoder: _Decoder, deadline: Deadline) -> tuple[dict[str, Any], list[int]]:
    """The child's answer and its file. Raises DecodingTimeoutError."""
    answer, files = b"", list[int]()
    while not answer:
        decoder.link.settimeout(deadline.next_wait_s())
        with contextlib.suppress(TimeoutError):
            answer, files, _, _ = socket.recv_fds(decoder.link, MESSAGE_BYTES, 1)
            if not answer:
                raise EOFError
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise ValueError("a decoder's answer is not an object")
    return parsed, files


def _environment() -> dict[str, str]:
    """What Python needs to find the function, and nothing of what the parent keeps to itself."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
    path = os.pathsep.join(os.path.abspath(place) for place in sys.path)
    return kept | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
