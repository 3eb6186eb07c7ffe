"""Standard output that is read slowly, in part, or not at all."""

import errno
import fcntl
import os
import struct
import termios
import threading
import time

import pytest

from k8s.server.records import output as output_module
from k8s.server.records.log_rate import LogRate
from k8s.server.records.output import Output

PIPE_BYTES = 4096
WAIT_S = 60
LINE = "x" * 99 + "\n"


class Pipe:
    """An output of small bounds, and what it dropped."""

    def __init__(self):
        self.end, descriptor = os.pipe()
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.descriptor, self.dropped = descriptor, 0
        self.output = Output(descriptor, log_bytes=1000, all_bytes=2000)
        self.output.on_drop = self._drop

    def _drop(self):
        self.dropped += 1

    def fill(self):
        """Until nothing more is taken, by the pipe and then by the room for lines of the log."""
        while self._unread_bytes() <= PIPE_BYTES - len(LINE):
            self.output.write(LINE)
            time.sleep(0.001)
        self.dropped = 0
        while not self.dropped:
            self.output.write(LINE)

    def _unread_bytes(self):
        return struct.unpack("i", fcntl.ioctl(self.end, termios.FIONREAD, bytes(4)))[0]

    def read_all(self):
        """What comes until all of it is written."""
        os.set_blocking(self.end, False)
        closing = threading.Thread(target=self.output.close, args=(WAIT_S,))
        closing.start()
        content = b""
        while True:
            is_written = not closing.is_alive()
            try:
                part = os.read(self.end, 65_536)
            except BlockingIOError:
                part = b""
            content += part
            if is_written and not part:
                return content
            time.sleep(0.001)


@pytest.fixture
def pipe(monkeypatch):
    monkeypatch.setattr(output_module, "PATIENCE_S", 1)
    pipe = Pipe()
    yield pipe
    threading.Thread(target=pipe.read_all, daemon=True).start()  # lets the writer go
    pipe.output.close(5)


def test_lines_come_out_whole_and_in_their_order(pipe):
    for number in range(8):
        pipe.output.write(f"{number}\n")
    pipe.output.print(b"audit\n")()
    assert pipe.read_all() == b"0\n1\n2\n3\n4\n5\n6\n7\naudit\n"
    assert pipe.dropped == 0


@pytest.mark.timeout(WAIT_S)  # and not the 1000 s that as many waits would take
def test_where_nobody_reads_lines_of_the_log_are_dropped_and_nobody_waits(pipe):
    pipe.fill()
    dropped = pipe.dropped
    for _ in range(1000):
        pipe.output.write(LINE)
    assert pipe.dropped == dropped + 1000


@pytest.mark.timeout(WAIT_S)  # and not the 150 s that as many waits would take
def test_an_audit_line_waits_for_its_time_and_the_next_ones_no_longer(pipe):
    pipe.fill()
    pipe.output.print(b"first\n")  # has room that the log cannot take
    time.sleep(1.1)
    waits = [pipe.output.print(b"audit\n") for _ in range(150)]
    for wait in waits:
        with pytest.raises(TimeoutError, match="not read"):
            wait()
    content = pipe.read_all()
    assert content.count(b"audit\n") == 150  # late, and all the same
    assert content.index(b"first\n") < content.index(b"audit\n")
    pipe.output.print(b"again\n")()


def test_an_audit_line_without_room_is_refused(pipe):
    pipe.fill()
    for _ in range(10):
        pipe.output.print(LINE.encode())
    with pytest.raises(BlockingIOError, match="not read"):
        pipe.output.print(LINE.encode())


def test_a_line_that_cannot_be_written_fails_for_the_one_who_waits(pipe):
    os.close(pipe.end)
    with pytest.raises(OSError, match=os.strerror(errno.EPIPE)):
        pipe.output.print(b"audit\n")()
    pipe.end = os.open(os.devnull, os.O_RDONLY)


def test_a_pipe_that_does_not_block_is_waited_for(pipe):
    os.set_blocking(pipe.descriptor, False)
    pipe.fill()
    content = pipe.read_all()
    pipe.output.close(5)
    assert (content + pipe.read_all()).replace(LINE.encode(), b"") == b""


def test_closing_does_not_wait_for_ever(pipe):
    pipe.fill()
    began = time.monotonic()
    pipe.output.close(0.2)
    assert time.monotonic() - began > 0.15


def test_lines_over_the_rate_are_left_out_and_counted_until_they_are_reported():
    clock, counted = [0.0], []
    rate = LogRate(60, 5, now=lambda: clock[0])
    rate.on_left_out = lambda: counted.append(1)
    assert [rate.admits_one() for _ in range(8)] == [True] * 5 + [False] * 3
    assert (rate.take_left_out(), rate.take_left_out(), len(counted)) == (3, 0, 3)
    clock[0] += 1
    assert [rate.admits_one() for _ in range(2)] == [True, False]
    assert rate.take_left_out() == 1
