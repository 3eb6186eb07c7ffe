"""What a codec may do to the process that it runs in."""

import ctypes
import fractions
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

from fovea import ImageTooLargeError
from fovea.images import read_image

kept = []


def behave(content, how, *arguments):
    return globals()[how](content, *arguments)


def read(content):
    return read_image(content, 1)


def size(content):
    return len(content)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def process(_content):
    return os.getpid()


def crash(_content):
    ctypes.string_at(0)


def loop(_content):
    """Without letting go of the interpreter's lock."""
    ctypes.PyDLL(None).sleep(3600)


def take(_content, megabytes):
    return len(bytearray(megabytes * 1_000_000))


def keep(_content, megabytes):
    kept.append(b"\1" * (megabytes * 1_000_000))
    return os.getpid()


def refuse(_content):
    raise ImageTooLargeError("Too large.")


def stumble(_content):
    raise ZeroDivisionError


def name_a_class(_content):
    return fractions.Fraction(1, 3)


def work(_content, seconds):
    start = time.monotonic()
    time.sleep(seconds)
    return start, time.monotonic()


def tell(_content):
    print("said aloud")
    os.write(2, b"said aloud")
    sys.stdout.flush()
    return sorted(os.environ)


def start_a_thread(_content):
    thread = threading.Thread(target=len, args=[""])
    try:
        thread.start()
    except RuntimeError as error:
        return type(error).__name__
    thread.join()
    return "started"


def get_out(_content):
    """What each way out of the process comes to."""
    ways = {
        "socket": lambda: socket.create_connection(("127.0.0.1", 9)),
        "fork": os.fork,
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    ended = {}
    for name, way in ways.items():
        try:
            way()
            ended[name] = "nothing in the way"
        except (OSError, MemoryError) as error:
            ended[name] = type(error).__name__
    return ended
