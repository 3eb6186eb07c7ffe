"""HTTP as bytes, for what a well-behaved client would not send."""

import socket
from contextlib import contextmanager
from dataclasses import dataclass

from endpoint import FILM


@dataclass(frozen=True)
class RawResponse:
    status: int
    headers: dict[str, str]
    body: bytes


def film_head(key, length, content_type="application/dicom", more=""):
    """The head of a request for a film."""
    return (
        f"POST {FILM} HTTP/1.1\r\nHost: test\r\nX-API-Key: {key}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {length}\r\n{more}\r\n"
    ).encode()


@contextmanager
def connected(port, timeout_s=30):
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        yield connection


def read_answer(connection):
    """One answer with a Content-Length; None where the server closes without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    return RawResponse(int(first.split()[1]), headers, body)


def ask(port, data):
    """Send bytes on a fresh connection and read the answer."""
    with connected(port) as connection:
        connection.sendall(data)
        return read_answer(connection)


def is_closed(connection):
    """Whether the server has ended the connection; waits for it up to the connection's timeout."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
