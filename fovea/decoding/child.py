"""One decoder: it is given an image and a deadline, decodes, answers, and waits for the next."""

import gc
import json
import os
import socket
from collections.abc import Callable
from typing import Any

from fovea.decoding.limits import allow_seconds
from fovea.decoding.messages import packed
from fovea.errors import FoveaError, ImageTooLargeError

MAX_IMAGES = 200
SPARE_BYTES = 200_000_000
MESSAGE_BYTES = 65_536
PAGE = os.sysconf("SC_PAGE_SIZE")


def answer_all(lender: socket.socket, function: Callable[..., Any]) -> None:
    """Until the lender hangs up, or the process is worn: it holds much more memory than at first, or has done enough.

    A request is JSON, `bytes`, `seconds` and `arguments`, with a file that begins with so many bytes of the image. The
    answer is JSON too: `sizes` with a file, or `error` and `message`. `is_last` says that the process ends behind it.
    """
    at_first = _resident_bytes()
    for number in range(1, MAX_IMAGES + 1):
        request, files, _, _ = socket.recv_fds(lender, MESSAGE_BYTES, 1)
        if not request or not files:
            return
        answer, results = _answer(json.loads(request), files[0], function)
        answer["is_last"] = number == MAX_IMAGES or _resident_bytes() > at_first + SPARE_BYTES
        socket.send_fds(lender, [json.dumps(answer).encode()], results)
        for file in results:
            os.close(file)
        if answer["is_last"]:
            return


def _answer(request: dict[str, Any], file: int, function: Callable[..., Any]) -> tuple[dict[str, Any], list[int]]:
    allow_seconds(request["seconds"])
    try:
        content = os.pread(file, request["bytes"], 0)
        os.close(file)
        result = packed(function(content, *request["arguments"]))
        return {"sizes": result.sizes}, [result.file]
    except FoveaError as error:
        return {"error": type(error).__name__, "message": str(error)}, []
    except MemoryError:
        gc.collect()
        return {"error": ImageTooLargeError.__name__, "message": "Decoding the image takes too much memory."}, []


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * PAGE
