"""The endpoint with a worker that hangs in native code, without end and without the interpreter's lock.

A file named `hang` in the folder of XRAY_AUDIT_FILE makes the next film hang; without it films are read.
"""

import ctypes
import os
import sys
from pathlib import Path

from k8s.server import __main__
from k8s.server.service import Service

read_film = Service.read_film
HANG = Path(os.environ["XRAY_AUDIT_FILE"]).with_name("hang")


def hanging(*arguments):
    if HANG.exists():
        ctypes.CDLL(None).sleep(3600)
    return read_film(*arguments)


if __name__ == "__main__":
    Service.read_film = hanging
    sys.exit(__main__.main())
