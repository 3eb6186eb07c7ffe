"""The audit log: whole lines, chained, rotated, verified; and what a full disk does."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from endpoint import ROOT

from fovea import SettingError
from k8s.server.records import audit_files
from k8s.server.records.audit_chain import FIRST_CHAIN, read_audit_key
from k8s.server.records.audit_check import verify
from k8s.server.records.audit_files import rotated
from k8s.server.records.audit_log import AuditLog

KEY = b"0123456789abcdef" * 4
HUGE = 10**9


def written(path, n, max_bytes=HUGE, keep=0):
    log = AuditLog(KEY, path, max_bytes, keep)
    for number in range(n):
        log.append({"resourceType": "AuditEvent", "number": number})
    log.close()
    return log


def test_a_log_follows_from_its_first_line_to_its_last(tmp_path):
    log = written(tmp_path / "audit.jsonl", 5)
    verdict = verify(KEY, [tmp_path / "audit.jsonl"])
    assert (verdict.lines, verdict.head, verdict.broken) == (5, log.head, None)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [*lines[:2], lines[2].replace(b'"number":2', b'"number":7'), *lines[3:]], 3),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:4], lines[4][:-9]], 5),
        (lambda lines: [*lines[:3], b'{"resourceType":"AuditEvent"}\n', *lines[3:]], 4),
    ],
    ids=["changed", "left out", "doubled", "swapped", "cut off", "added"],
)
def test_the_first_line_that_was_touched_is_named(tmp_path, change, line):
    path = tmp_path / "audit.jsonl"
    written(path, 5)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    verdict = verify(KEY, [path])
    assert verdict.broken is not None
    assert verdict.broken.startswith(f"audit.jsonl, line {line}:")
    assert verdict.lines == line - 1


def test_who_lacks_the_key_cannot_make_a_line(tmp_path):
    path = tmp_path / "audit.jsonl"
    written(path, 2)
    assert verify(b"f" * 64, [path]).broken == "audit.jsonl, line 1: it does not follow from the line before"


def test_lines_cut_off_at_the_end_show_against_the_head(tmp_path):
    path, key_file = tmp_path / "audit.jsonl", tmp_path / "key"
    key_file.write_bytes(KEY)
    head = written(path, 4).head
    command = [sys.executable, "-m", "k8s.server.audit", "verify", "--key-file", key_file, path, "--head", head]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("broken at the end")


def test_lines_behind_the_head_are_counted_and_said(tmp_path):
    path, key_file = tmp_path / "audit.jsonl", tmp_path / "key"
    key_file.write_bytes(KEY)
    head = written(path, 3).head
    last = written(path, 2).head
    command = [sys.executable, "-m", "k8s.server.audit", "verify", "--key-file", key_file, path, "--head"]
    result = subprocess.run([*command, head], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert (
        result.stdout == f"5 lines, unbroken. The last chain is {last}.\n2 lines are behind the head that was given.\n"
    )
    result = subprocess.run([*command, last], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.stdout == f"5 lines, unbroken. The last chain is {last}.\n"
    result = subprocess.run([*command, "f" * 64], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert verify(KEY, [path], head=FIRST_CHAIN).behind == 5  # what a server logs before its first line


class Clock:
    """Stands where it is put."""

    def __init__(self, monkeypatch):
        self.moment = datetime(2026, 11, 24, 4, tzinfo=UTC)
        clock = self

        class Frozen(datetime):
            @classmethod
            def now(cls, tz=None):
                return clock.moment.astimezone(tz)

        monkeypatch.setattr(audit_files, "datetime", Frozen)


@pytest.mark.parametrize("step", [timedelta(days=-400), timedelta(0), timedelta(days=400)])
def test_a_clock_that_steps_neither_reorders_files_nor_deletes_the_newest(tmp_path, monkeypatch, step):
    clock, path = Clock(monkeypatch), tmp_path / "audit.jsonl"
    log = AuditLog(KEY, path, 1000, keep=3)
    for number in range(40):
        log.append({"resourceType": "AuditEvent", "number": number})
        if number == 25:
            clock.moment += step
    log.close()
    files = [*sorted(tmp_path.glob("audit-*.jsonl")), path]
    numbers = [json.loads(line)["number"] for file in files for line in file.read_bytes().splitlines()]
    assert len(files) == 4
    assert numbers == list(range(numbers[0], 40))
    assert files[:-1] == rotated(path)
    assert written(path, 20, max_bytes=1000, keep=3).lines == 20  # numbers go on after a restart
    assert rotated(path)[0] not in files[:2]


def test_files_named_by_their_time_alone_are_older_and_go_first(tmp_path):
    path = tmp_path / "audit.jsonl"
    timed = [path.with_name(f"audit-{stamp}.jsonl") for stamp in ("20240101T000000.000000Z", "20990101T000000.000000Z")]
    for file in timed:
        head = written(path, 3).head
        path.rename(file)
    log = AuditLog(KEY, path, 1000)
    assert log.head == head
    log.close()
    written(path, 20, max_bytes=1000)
    files = [*sorted(tmp_path.glob("audit-*.jsonl")), path]
    assert files[:2] == timed
    assert verify(KEY, files).lines == 26
    written(path, 20, max_bytes=1000, keep=2)
    assert not any(file.exists() for file in timed)
    assert len(rotated(path)) == 2


def test_full_files_are_put_aside_and_the_chain_goes_through_all_of_them(tmp_path):
    path = tmp_path / "audit.jsonl"
    log = written(path, 20, max_bytes=1000)
    files = [*sorted(tmp_path.glob("audit-*.jsonl")), path]
    assert len(files) > 3
    assert all(file.stat().st_size <= 1000 for file in files)
    verdict = verify(KEY, files)
    assert (verdict.lines, verdict.head, verdict.broken) == (20, log.head, None)


def test_only_as_many_full_files_stay_as_asked_for(tmp_path):
    written(tmp_path / "audit.jsonl", 20, max_bytes=1000, keep=2)
    assert len(list(tmp_path.glob("audit-*.jsonl"))) == 2


def test_a_restarted_server_goes_on_with_the_chain(tmp_path):
    path = tmp_path / "audit.jsonl"
    written(path, 3)
    second = written(path, 3)
    assert verify(KEY, [path]).head == second.head
    assert verify(KEY, [path]).lines == 6


def test_a_line_torn_by_a_kill_is_named_and_stays_apart_from_those_after_it(tmp_path):
    path = tmp_path / "audit.jsonl"
    head = written(path, 2).head
    with path.open("ab") as file:
        file.write(b'{"resourceType":"AuditEv')
    written(path, 2)
    torn, *others = sorted(tmp_path.glob("audit-*.jsonl"))
    assert others == []
    assert verify(KEY, [torn, path]).broken == f"{torn.name}, line 3: it is cut off"
    assert verify(KEY, [path], first=head).lines == 2


def test_many_threads_write_one_chain(tmp_path):
    path = tmp_path / "audit.jsonl"
    log = AuditLog(KEY, path, 5000)
    threads = [
        threading.Thread(target=lambda: [log.append({"resourceType": "AuditEvent"}) for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = verify(KEY, [*sorted(tmp_path.glob("audit-*.jsonl")), path])
    assert (verdict.lines, verdict.head, verdict.broken) == (400, log.head, None)


def test_a_file_that_another_server_writes_is_refused(tmp_path):
    path = tmp_path / "audit.jsonl"
    log = AuditLog(KEY, path, 5000)
    with pytest.raises(SettingError, match="XRAY_AUDIT_FILE is open in another server"):
        AuditLog(KEY, path, 5000)
    log.close()
    AuditLog(KEY, path, 5000).close()


def test_a_short_key_is_refused(tmp_path):
    (tmp_path / "key").write_text("short")
    with pytest.raises(SettingError, match="at least 32"):
        read_audit_key(tmp_path / "key")


def test_the_log_is_private(tmp_path):
    written(tmp_path / "audit.jsonl", 1)
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o077 == 0
