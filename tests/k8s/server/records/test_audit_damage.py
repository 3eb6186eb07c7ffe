"""What may befall an audit log: every kind of tampering, kills, full disks, a broken pipe."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from endpoint import FILM, ROOT, audit_settings, running

from fovea import SettingError
from k8s.server.audit import main
from k8s.server.records.audit_chain import FIRST_CHAIN, read_audit_key
from k8s.server.records.audit_check import verify
from k8s.server.records.audit_log import AuditError, AuditLog

KEY = b"0123456789abcdef" * 4
LARGE = 1_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


def written(path, count, start=0, max_bytes=LARGE, **options):
    """Files in their order, after `count` events were appended."""
    log = AuditLog(KEY, path, max_bytes, **options)
    for number in range(start, start + count):
        log.append({"number": number, "text": "gruß \n \u2028 \ud800"})
    log.close()
    return files(path)


def files(path):
    return [*sorted(path.parent.glob("audit-*.jsonl")), path]


def numbers(paths):
    return [json.loads(line)["number"] for path in paths for line in path.read_bytes().splitlines()]


def until_full(log):
    """Appends until it fails for want of room; how many lines that were."""
    number = 0
    while True:
        try:
            log.append({"number": number, "text": "x" * 500})
        except AuditError:
            return number
        number += 1


def changed(lines, at):
    return [*lines[:at], lines[at].replace(b'"number":', b'"nummer":'), *lines[at + 1 :]]


def left_out(lines, at):
    return [*lines[:at], *lines[at + 1 :]]


def doubled(lines, at):
    return [*lines[: at + 1], *lines[at:]]


def swapped(lines, at):
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]


def without_chain(lines, at):
    return [*lines[:at], b'{"number":7}\n', *lines[at + 1 :]]


def with_odd_chain(lines, at):
    start = lines[at].rindex(b'"}]}') - 64
    return [*lines[:at], lines[at][:start] + b"\xff" * 64 + lines[at][start + 64 :], *lines[at + 1 :]]


def with_empty_line(lines, at):
    return [*lines[:at], b"\n", *lines[at:]]


FOLLOWS, NO_CHAIN = "it does not follow from the line before", "it carries no chain"


@pytest.mark.parametrize("at", [0, 1, 8])
@pytest.mark.parametrize(
    ("tamper", "after", "reason"),
    [
        (changed, 0, FOLLOWS),
        (left_out, 0, FOLLOWS),
        (doubled, 1, FOLLOWS),
        (swapped, 0, FOLLOWS),
        (without_chain, 0, NO_CHAIN),
        (with_odd_chain, 0, NO_CHAIN),
        (with_empty_line, 0, NO_CHAIN),
    ],
)
def test_verify_names_the_first_line_that_was_tampered_with(path, tamper, after, reason, at):
    written(path, 10)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True), at)))
    verdict = verify(KEY, [path])
    assert verdict.broken == f"audit.jsonl, line {at + after + 1}: {reason}"
    assert verdict.lines == at + after


def test_every_single_byte_counts(path):
    written(path, 2)
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert verify(KEY, [path]).broken is not None


def test_files_left_out_or_in_another_order_are_named(path):
    paths = written(path, 30, max_bytes=1500)
    assert len(paths) > 3
    assert verify(KEY, paths).lines == 30
    assert verify(KEY, [paths[0], *paths[2:]]).broken == f"{paths[2].name}, line 1: {FOLLOWS}"
    assert verify(KEY, [paths[1], paths[0]]).broken == f"{paths[1].name}, line 1: {FOLLOWS}"


def test_a_line_longer_than_a_file_is_written_all_the_same(path):
    assert verify(KEY, written(path, 3, max_bytes=10)).lines == 3


def test_another_log_beside_it_is_not_deleted(path):
    other = path.with_name("audit-1.jsonl")
    other.write_text("{}\n")
    log = AuditLog(KEY, path, 1000, keep=1)
    for number in range(30):
        log.append({"number": number})
    log.close()
    assert other.read_text() == "{}\n"


def test_what_keep_left_verifies_after_the_chain_before_it(path):
    log = AuditLog(KEY, path, 1000, keep=1)
    heads = []
    for number in range(30):
        log.append({"number": number})
        heads.append(log.head)
    log.close()
    paths = files(path)
    first = numbers(paths)[0]
    assert first > 0
    assert numbers(paths) == list(range(first, 30))
    assert verify(KEY, paths, heads[first - 1]).broken is None
    assert verify(KEY, paths).broken == f"{paths[0].name}, line 1: {FOLLOWS}"


def test_a_restart_goes_on_where_the_current_file_is_empty_or_gone(path):
    written(path, 10)
    path.rename(path.with_name("audit-20250101T000000.000000Z.jsonl"))
    path.touch()
    assert verify(KEY, written(path, 1, start=10)).lines == 11
    path.rename(path.with_name("audit-20250101T000001.000000Z.jsonl"))
    assert verify(KEY, written(path, 1, start=11)).lines == 12


@pytest.mark.parametrize("cut", [1, 2, 60, 150])
def test_wherever_a_kill_tears_a_line_nothing_else_is_missing(path, cut):
    written(path, 3)
    path.write_bytes(path.read_bytes()[:-cut])
    torn, current = written(path, 2, start=3)
    verdict = verify(KEY, [torn, current])
    assert verdict.broken == f"{torn.name}, line 3: it is cut off"
    assert verdict.lines == 2
    assert numbers([current]) == [3, 4]
    assert verify(KEY, [current], verdict.head).broken is None


def test_a_device_is_never_put_aside(tmp_path):
    """XRAY_AUDIT_FILE may name one; here a link to one, as its own name is what would be changed."""
    path = tmp_path / "audit.jsonl"
    path.symlink_to("/dev/zero")  # whatever is read of it ends in the middle of a line
    log = AuditLog(KEY, path, 10)
    log.append({"number": 1})
    log.append({"number": 2})
    log.close()
    assert os.readlink(path) == "/dev/zero"
    assert list(tmp_path.iterdir()) == [path]


def test_printed_lines_are_those_of_the_file(path):
    printed = []
    written(path, 5, echo=printed.append)
    assert b"".join(printed) == path.read_bytes()


def test_where_printing_fails_the_chain_of_the_file_stays_unbroken(path):
    pipe, end = os.pipe()
    os.close(pipe)

    def echo(line):
        os.write(end, line)

    log = AuditLog(KEY, path, LARGE, echo=echo)
    for number in range(3):
        with pytest.raises(AuditError, match="Broken pipe"):
            log.append({"number": number})
    log.close()
    os.close(end)
    verdict = verify(KEY, [path])
    assert (verdict.lines, verdict.broken, verdict.head) == (3, None, log.head)


FULL = "/dev/full"  # a device on which there never is room


def printed_by(folder, lines):
    path = folder / "printed.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_a_line_that_the_file_has_no_room_for_is_printed_and_what_was_printed_stays_whole(path):
    printed = []
    log = AuditLog(KEY, path, LARGE, echo=printed.append)
    log.append({"number": 0})
    disk, log._file = log._file, os.open(FULL, os.O_WRONLY)
    for number in (1, 2):
        with pytest.raises(AuditError, match="No space left on device"):
            log.append({"number": number}, even_if_only_printed=True)
    os.close(log._file)
    log._file = disk
    log.append({"number": 3})
    log.close()
    copy = printed_by(path.parent, printed)
    assert numbers([copy]) == [0, 1, 2, 3]
    assert verify(KEY, [copy]).head == log.head
    assert numbers([path]) == [0, 3]
    assert verify(KEY, [path]).broken == f"audit.jsonl, line 2: {FOLLOWS}"


def test_a_line_that_is_not_in_the_file_is_not_printed_where_its_request_is_refused():
    printed = []
    log = AuditLog(KEY, Path(FULL), LARGE, echo=printed.append)
    with pytest.raises(AuditError):
        log.append({"number": 0})
    assert (printed, log.head) == ([], FIRST_CHAIN)
    log.close()


def test_where_a_folder_is_missing_the_setting_is_named(tmp_path):
    with pytest.raises(SettingError, match="XRAY_AUDIT_FILE cannot be opened for appending: No such file"):
        AuditLog(KEY, tmp_path / "none" / "audit.jsonl", LARGE)


def test_a_log_that_is_only_printed_makes_no_file(tmp_path):
    printed = []
    log = AuditLog(KEY, None, LARGE, echo=printed.append)
    log.append({"number": 1})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "printed.jsonl").write_bytes(b"".join(printed))
    assert verify(KEY, [tmp_path / "printed.jsonl"]).head == log.head


class TestCommand:
    """`python -m k8s.server.audit verify`."""

    @pytest.fixture
    def key_file(self, tmp_path):
        file = tmp_path / "audit.key"
        file.write_bytes(KEY + b"\n")
        return str(file)

    def test_says_how_many_lines_and_the_last_chain(self, path, key_file):
        paths = written(path, 12, max_bytes=1500)
        command = [sys.executable, "-m", "k8s.server.audit", "verify", "--key-file", key_file, *map(str, paths)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.stdout == f"12 lines, unbroken. The last chain is {verify(KEY, paths).head}.\n"
        assert (result.returncode, result.stderr) == (0, "")

    def test_names_the_first_broken_line_and_the_chain_to_go_on_from(self, path, key_file, capsys):
        written(path, 3)
        head = verify(KEY, [path]).head
        written(path, 2, start=3)
        path.write_bytes(path.read_bytes().replace(b'"number":3', b'"number":8'))
        assert main(["verify", "--key-file", key_file, str(path)]) == 1
        assert capsys.readouterr().err == (
            f"broken at audit.jsonl, line 4: {FOLLOWS} (3 valid lines before it, ending with chain {head})\n"
        )

    def test_goes_on_after_a_chain(self, path, key_file):
        written(path, 5)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:2]))
        head = verify(KEY, [path]).head
        path.write_bytes(b"".join(lines[2:]))
        assert main(["verify", "--key-file", key_file, str(path)]) == 1
        assert main(["verify", "--key-file", key_file, "--after", head, str(path)]) == 0

    def test_takes_what_a_pod_printed_with_other_lines_between(self, path, key_file, capsys):
        log = AuditLog(KEY, path, LARGE)
        for number in range(5):
            log.append({"resourceType": "AuditEvent", "number": number})
        log.close()
        lines = path.read_bytes().splitlines(keepends=True)
        other = [b'{"event": "request", "status": 200}\n', b"Warning: of a library\n", b"\n"]

        def check(lines, *options):
            mixed = printed_by(path.parent, [part for line in lines for part in (*other, line)] + [b'{"event": "cut'])
            return main(["verify", "--key-file", key_file, *options, str(mixed)])

        assert check(lines) == 1
        assert check(lines, "--printed", "--head", log.head) == 0
        assert capsys.readouterr().out == f"5 lines, unbroken. The last chain is {log.head}.\n"
        assert check([*lines[:2], *lines[3:]], "--printed") == 1
        assert "line 12: it does not follow from the line before" in capsys.readouterr().err
        disguised = lines[2].replace(b'{"resourceType"', b'{"x":1,"resourceType"')
        assert check([*lines[:2], disguised, *lines[3:]], "--printed") == 1
        assert check([*lines[:3], lines[3][:-20] + b"\n"], "--printed") == 1
        assert check(lines[:4], "--printed", "--head", log.head) == 1

    def test_a_missing_file_is_told_apart_from_a_broken_one(self, path, key_file, capsys):
        assert main(["verify", "--key-file", key_file, str(path)]) == 2
        assert "No such file" in capsys.readouterr().err


@contextlib.contextmanager
def small_disk(folder):
    """64 kB that fill up."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_no_part_of_a_line_stays_and_the_chain_goes_on(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        path, filler = disk / "audit.jsonl", disk / "filler"
        log = AuditLog(KEY, path, LARGE)
        filler.write_bytes(b"x" * 20_000)
        count = until_full(log)
        assert path.read_bytes().endswith(b"\n")
        filler.unlink()
        for number in range(count, count + 5):
            log.append({"number": number})
        log.close()
        assert verify(KEY, [path]).lines == count + 5
        assert numbers([path]) == list(range(count + 5))


def test_where_no_new_file_can_be_begun_the_old_one_stays_in_use(tmp_path):
    """The last inode is taken: the file may still grow, a new one cannot be made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=3", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        path, filler = folder / "audit.jsonl", folder / "filler"
        log = AuditLog(KEY, path, 5000)
        filler.touch()
        count = until_full(log)
        assert count > 3
        assert files(path) == [path]
        with pytest.raises(AuditError, match="No space left on device"):
            log.append({"number": count, "text": "x" * 500})
        filler.unlink()
        log.append({"number": count, "text": "x" * 500})
        log.close()
        assert len(files(path)) == 2
        assert verify(KEY, files(path)).lines == count + 1
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_server_told_to_refuse_stays_ready_and_says_what_is_wrong(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        path, filler = disk / "audit.jsonl", disk / "filler"
        with running(tmp_path, **audit_settings(tmp_path, audit_file=path)) as server:
            assert server.read_film().status_code == 200
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 4096)
            while (answer := server.read_film()).status_code == 200:
                pass  # the last page of the file has room for some lines
            assert answer.status_code == 503
            assert answer.json()["type"] == "/problems/audit-unavailable"
            assert answer.headers["retry-after"] == "5"
            assert "probabilities" not in answer.text
            assert httpx.get(f"{server.ops_url}/health/ready", trust_env=False).status_code == 200
            # where there was no room for the first line of the request, there was none for the second either
            count = server.metric("xray_audit_errors_total")
            assert count in (1, 2)
            errors = server.logged(count, event="audit line not written")
            assert [line["level"] for line in errors] == ["error"] * int(count)
            assert server.metric("xray_audit_lines_total") == verify(KEY, [path]).lines
            filler.unlink()
            assert server.read_film().status_code == 200
            verdict = verify(KEY, [path])
            assert verdict.broken is None
            assert server.metric("xray_audit_lines_total") == verdict.lines


@pytest.mark.parametrize("on_error", ["continue", "refuse"])
def test_on_a_full_disk_a_server_goes_on_loudly_or_refuses(tmp_path, on_error):
    settings = audit_settings(tmp_path, audit_file=FULL, audit_stdout="true", audit_on_error=on_error)
    with running(tmp_path, **settings) as server:
        answers = [server.read_film() for _ in range(3)]
        assert server.metric("xray_audit_errors_total") == 7  # the start of the server, and two lines for each film
        assert server.metric("xray_audit_lines_total") == 0
        assert server.stop() == 0
    errors = [line for line in server.log if line.get("event") == "audit line not written"]
    assert [(line["level"], line["reason"]) for line in errors] == [("error", "No space left on device")] * 8
    assert [errors[at]["act"] for at in (0, -1)] == ["start", "stop"]
    ids = [answer.headers["x-request-id"] for answer in answers for _ in ("its start", "its end")]
    assert [line["request_id"] for line in errors[1:-1]] == ids
    printed = verify(read_audit_key(tmp_path / "audit.key"), [printed_by(tmp_path, server.lines)], are_printed=True)
    if on_error == "refuse":
        assert [answer.status_code for answer in answers] == [503] * 3
        assert (printed.lines, printed.broken) == (2, None)  # the server's start and stop
    else:
        assert [answer.json()["decision"] for answer in answers] == ["abstain"] * 3
        assert (printed.lines, printed.broken, printed.head) == (8, None, server.log[-1]["audit_head"])


def test_lines_cut_off_after_a_kill_show_against_the_head_that_was_logged(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        for _ in range(3):
            assert server.read_film().status_code == 200
        deadline = time.monotonic() + 30
        while not (synced := [line for line in server.log if line["event"] == "audit synced"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        server.process.kill()
    assert synced[-1]["lines"] <= 7
    key, path = read_audit_key(tmp_path / "audit.key"), tmp_path / "audit.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: synced[-1]["lines"]]))
    assert verify(key, [path]).head == synced[-1]["audit_head"]
    path.write_bytes(b"".join(lines[: synced[-1]["lines"] - 1]))
    assert verify(key, [path]).head != synced[-1]["audit_head"]


def test_a_server_killed_under_load_leaves_a_chain_that_goes_on(tmp_path):
    settings = audit_settings(tmp_path)
    path = tmp_path / "audit.jsonl"
    with running(tmp_path, **settings) as server:
        url, key = server.url + FILM, server.key

        def send():
            with httpx.Client(headers={"X-API-Key": key}, trust_env=False) as client:
                try:
                    while True:
                        client.post(url, content=b"no film")
                except httpx.HTTPError:
                    return

        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        while path.read_bytes().count(b"\n") < 40:
            time.sleep(0.01)
        os.kill(server.process.pid, signal.SIGKILL)
        for sender in senders:
            sender.join()
    before = verify(KEY, [path])
    assert before.lines >= 40
    with running(tmp_path, **settings) as server:
        assert server.read_film().status_code == 200
        assert server.stop() == 0
        head = server.log[-1]["audit_head"]
    # where the kill tore a line, it was put aside with those before it
    is_torn = before.broken is not None
    after = verify(KEY, [path], before.head if is_torn else FIRST_CHAIN)
    assert (after.broken, after.head) == (None, head)
    # the server's start and stop, and two for the film
    assert after.lines == (4 if is_torn else before.lines + 4)


def test_lines_are_printed_too_where_that_is_asked_for(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path, audit_stdout="true")) as server:
        for _ in range(3):
            server.read_film()
        assert server.stop() == 0
        printed = [line for line in server.lines if b"AuditEvent" in line]
        assert b"".join(printed) == (tmp_path / "audit.jsonl").read_bytes()
        assert server.log[-1]["audit_head"] == verify(KEY, [tmp_path / "audit.jsonl"]).head
