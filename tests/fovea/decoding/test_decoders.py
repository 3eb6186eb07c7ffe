"""Decoding in child processes: the same images as in this process, and nothing that a codec does reaches it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import odd_codecs
import pytest

from fovea import ImageError, ImageTooLargeError, read_image
from fovea.decoding import DecoderLostError, Decoders, DecodingTimeoutError, Loss
from fovea.decoding.decoders import KEPT_BYTES
from fovea.decoding.limits import REFUSED_CALLS
from fovea.images import RESULT_CLASSES

ROOT = Path(__file__).parents[3]
CASES = ROOT.parent / "shared" / "cases"
PHANTOM = ROOT / "space" / "examples" / "chest_xray" / "phantom.dcm"
LONG_S = 60


@pytest.fixture
def losses():
    return []


@pytest.fixture
def decoders(losses):
    made = Decoders("odd_codecs:behave", RESULT_CLASSES, 2, megapixels=5, on_loss=losses.append)
    yield made
    made.close()


def ask(decoders, how, *arguments, content=b"film", seconds=LONG_S, **options):
    return decoders.decode(content, how, *arguments, seconds=seconds, **options)


def cases():
    files = sorted(path for kind in ("dicom", "photos") for path in (CASES / kind).glob("*") if path.suffix != ".md")
    if not files:
        pytest.skip("the cases are not in ../shared")
    return [PHANTOM, *files]


def test_every_case_gives_the_image_and_the_film_that_it_gives_here(decoders):
    read = 0
    for path in cases():
        content = path.read_bytes()
        try:
            here = read_image(content, 1)
        except ImageError as error:
            with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
                ask(decoders, "read", content=content)
            continue
        there = ask(decoders, "read", content=content)
        read += 1
        np.testing.assert_array_equal(np.asarray(there.image), np.asarray(here.image), err_msg=path.name)
        assert there.warnings == here.warnings
        assert (there.film is None) == (here.film is None)
        if here.film is not None:
            assert (there.film.instance, there.film.range) == (here.film.instance, here.film.range)
            for ours, theirs in zip(here.film.voi, there.film.voi, strict=True):
                drawn = [np.asarray(film.render(voi)) for film, voi in ((here.film, ours), (there.film, theirs))]
                np.testing.assert_array_equal(*drawn, err_msg=path.name)
    assert read > 10


def test_a_crash_is_an_error_of_that_image_and_of_no_other(decoders, losses):
    with pytest.raises(DecoderLostError, match="its decoder crashed on it"):
        ask(decoders, "crash")
    assert ask(decoders, "size") == 4
    assert losses == [Loss.CRASHED]


def test_an_image_without_end_is_given_up_at_its_deadline(decoders, losses):
    ask(decoders, "size")
    start = time.monotonic()
    with pytest.raises(DecodingTimeoutError):
        ask(decoders, "loop", seconds=0.5)
    assert time.monotonic() - start >= 0.5
    assert ask(decoders, "size") == 4
    assert losses == [Loss.DEADLINE]


def test_what_nobody_waits_for_any_more_is_given_up_at_once(decoders, losses):
    class GoneError(Exception):
        pass

    asked = []

    def check_wanted():
        asked.append(time.monotonic())
        if len(asked) > 3:
            raise GoneError

    with pytest.raises(GoneError):
        ask(decoders, "loop", check_wanted=check_wanted)
    assert ask(decoders, "size") == 4
    assert losses == []


def test_memory_is_bounded_by_the_size_of_the_largest_image(decoders, losses):
    assert ask(decoders, "take", 200) == 200_000_000
    with pytest.raises(ImageTooLargeError, match="too much memory"):
        ask(decoders, "take", 2000)
    assert ask(decoders, "size") == 4
    assert losses == []


def test_errors_come_back_as_what_they_are(decoders, losses):
    with pytest.raises(ImageTooLargeError, match=r"^Too large\.$"):
        ask(decoders, "refuse")
    assert losses == []
    with pytest.raises(DecoderLostError):
        ask(decoders, "stumble")
    assert losses == [Loss.CRASHED]


def test_there_is_no_way_out_of_a_decoder(decoders):
    if os.uname().machine not in REFUSED_CALLS:
        pytest.skip("system calls are refused on x86_64 and aarch64")
    ended = ask(decoders, "get_out")
    assert ended == dict.fromkeys(("socket", "fork", "program", "signal"), "PermissionError")


def test_threads_are_no_way_out_where_a_codec_may_have_them(decoders):
    assert ask(decoders, "start_a_thread") == "RuntimeError"
    with contextlib.closing(Decoders("odd_codecs:behave", (), 1, megapixels=5, allows_threads=True)) as others:
        assert ask(others, "start_a_thread") == "started"
        ended = ask(others, "get_out")
    assert ended == dict.fromkeys(("socket", "fork", "program", "signal"), "PermissionError")


def test_a_decoder_knows_no_secret_and_says_nothing(decoders, monkeypatch, capfd):
    monkeypatch.setenv("XRAY_SECRET", "1")
    names = ask(decoders, "tell")
    assert "PYTHONPATH" in names
    assert "XRAY_SECRET" not in names
    assert capfd.readouterr() == ("", "")


def test_a_class_that_no_result_has_is_not_made(decoders, losses):
    with pytest.raises(DecoderLostError):
        ask(decoders, "name_a_class")
    assert losses == [Loss.CRASHED]


def test_one_process_decodes_many_images_until_it_holds_much_memory(decoders):
    first = ask(decoders, "process")
    assert [ask(decoders, "process") for _ in range(5)] == [first] * 5
    assert ask(decoders, "keep", 250) == first
    assert ask(decoders, "process") != first


def test_a_short_image_behind_a_long_one_is_read_to_its_own_end(decoders):
    for length in (3, 60_000_000, 41_000_000, 5, 0, 7):  # both sides of the memory that is kept for the next
        content = bytes([length % 251]) * length
        assert ask(decoders, "digest", content=content) == sha256(content).hexdigest()
    held = [os.fstat(decoder._file).st_size for decoder in decoders._idle]
    assert held == [KEPT_BYTES]


def test_what_the_kernel_takes_while_it_is_idle_costs_no_image(decoders, losses):
    pid = ask(decoders, "process")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid))
    assert ask(decoders, "size") == 4
    pid = ask(decoders, "process")
    decoders._server.kill()
    decoders._server.wait()
    wait_until(lambda: not is_running(pid))  # it ends with the server
    assert ask(decoders, "size") == 4
    assert losses == []


def test_no_more_images_are_decoded_at_a_time_than_there_are_processes(decoders):
    with ThreadPoolExecutor(8) as threads:
        spans = list(threads.map(lambda _: ask(decoders, "work", 0.1), range(8)))
    overlaps = [sum(start <= begin < end for start, end in spans) for begin, _ in spans]
    assert max(overlaps) == 2


def test_waiting_for_a_place_counts_as_time(decoders):
    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            threads.submit(ask, decoders, "work", 2)
        wait_until(lambda: decoders._places._value == 0)
        with pytest.raises(DecodingTimeoutError):
            ask(decoders, "size", seconds=0.3)


PARENT = """
import sys, threading, time
from fovea.decoding import Decoders
decoders = Decoders("odd_codecs:behave", (), 2)
print(decoders.decode(b"", "process", seconds=60), decoders._server.pid, flush=True)
threading.Thread(target=decoders.decode, args=(b"", "loop"), kwargs={"seconds": 600}, daemon=True).start()
time.sleep(600)
"""


def test_decoders_end_with_whoever_started_them(tmp_path):
    path = os.pathsep.join([str(Path(odd_codecs.__file__).parent), str(ROOT)])
    command = [sys.executable, "-c", PARENT]
    environment = os.environ | {"PYTHONPATH": path}
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment, text=True)
    members = [int(pid) for pid in parent.stdout.readline().split()]
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(map(is_running, members)))


def wait_until(is_so):
    deadline = time.monotonic() + LONG_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
