"""Check audit logs.

    python -m k8s.server.audit verify --key-file KEY [--printed] FILE...
    python -m k8s.server.audit hash --key-file KEY FILE...

Give `verify` the files in order, rotated ones first. With --printed the files are the output of pods, and lines that do
not belong to the audit log are skipped. Exit status: 0 where all is well, 1 for a broken log, 2 for a file that cannot
be read, 3 for a log that is whole but has requests that were started and never ended. `hash` gives the keyed hash of a
request's body, to be found in the log.
"""

import argparse
import sys
from pathlib import Path

from fovea import SettingError
from k8s.server.records.audit_chain import FIRST_CHAIN, keyed_hash, read_audit_key
from k8s.server.records.audit_check import Verdict, verify
from k8s.server.records.unfinished import Unfinished

BROKEN, UNREADABLE, UNFINISHED = 1, 2, 3


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m k8s.server.audit", description="The endpoint's audit log.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="follow the chain and name the first broken line")
    check.add_argument("files", nargs="+", type=Path, help="in order, rotated ones first")
    check.add_argument("--after", default=FIRST_CHAIN, help="chain of the line before the first of these files")
    check.add_argument("--head", help="chain that one of the lines must have, from the server's log")
    check.add_argument(
        "--printed", action="store_true", help="the files are the output of pods, with other lines in between"
    )
    of_bodies = commands.add_parser("hash", help="the keyed hash of a body, as started lines have it")
    of_bodies.add_argument("files", nargs="+", type=Path)
    for command in (check, of_bodies):
        command.add_argument("--key-file", type=Path, required=True, help="the key that XRAY_AUDIT_KEY_FILE names")
    options = parser.parse_args(arguments)
    try:
        key = read_audit_key(options.key_file)
        if options.command == "hash":
            for path in options.files:
                print(f"{keyed_hash(key, path.read_bytes())}  {path}")
            return 0
        verdict = verify(key, options.files, options.after, are_printed=options.printed, head=options.head)
    except (OSError, SettingError) as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    return _report(verdict, options.head)


def _report(verdict: Verdict, head: str | None) -> int:
    if verdict.broken:
        print(
            f"broken at {verdict.broken} ({verdict.lines} valid lines before it, ending with chain {verdict.head})",
            file=sys.stderr,
        )
        return BROKEN
    if head and verdict.behind is None:
        print(f"broken at the end: no line has the chain {head}. The last chain is {verdict.head}.", file=sys.stderr)
        return BROKEN
    print(f"{verdict.lines} lines, unbroken. The last chain is {verdict.head}.")
    if verdict.behind:
        print(f"{verdict.behind} lines are behind the head that was given.")
    return _report_unfinished(verdict.unfinished)


def _report_unfinished(unfinished: Unfinished) -> int:
    groups = {
        "started before the server was started again": unfinished.lost,
        "started since the last start of the server, under way or lost": list(unfinished.open.values()),
    }
    for when, request_ids in groups.items():
        if request_ids:
            print(f"Without an end: {len(request_ids)}, {when}: {', '.join(request_ids)}", file=sys.stderr)
    return UNFINISHED if unfinished.request_ids else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
