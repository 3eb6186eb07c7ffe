"""Imports a decoding function once and forks a decoder whenever it is asked: a new one costs milliseconds.

    python -m fovea.decoding.fork_server SOCKET MODULE:FUNCTION MEMORY_BYTES RESULT_BYTES [threads]

It is started by `Decoders`, and ends with whoever started it.
"""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from fovea.allocator import keep_freed_memory
from fovea.codecs import import_readers
from fovea.decoding.child import answer_all
from fovea.decoding.limits import shut_in
from fovea.decoding.messages import FORK, READY, function_named


def main(control_file: str, name: str, memory_bytes: str, result_bytes: str, threads: str = "") -> None:
    limits = partial(shut_in, int(memory_bytes), int(result_bytes), allows_threads=bool(threads))
    control = socket.socket(fileno=int(control_file))
    function = function_named(name)
    import_readers()  # a child could not open them any more
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes ended children away
    gc.collect()
    gc.freeze()  # what is there now stays shared with the children
    control.send(READY)
    while True:
        message, files, _, _ = socket.recv_fds(control, len(FORK), 1)
        if not message:
            return
        child = os.fork()
        if child == 0:
            control.close()
            _decode(socket.socket(fileno=files[0]), function, limits)
        os.close(files[0])
        control.send(str(child).encode())


def _decode(lender: socket.socket, function: Callable[..., Any], shut_in: Callable[[], None]) -> None:
    """The life of a child. What a codec prints could quote the image, so it goes nowhere."""
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for file in (1, 2):
            os.dup2(nowhere, file)
        os.close(nowhere)
        keep_freed_memory()
        shut_in()
        answer_all(lender, function)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
