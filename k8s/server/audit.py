"""Check audit logs.

    python -m k8s.server.audit verify --key-file KEY [--printed] FILE...

Give the files in order, rotated ones first. With --printed the files are the output of pods, and lines that do not
belong to the audit log are skipped.
"""

import argparse
import sys
from pathlib import Path

from fovea import SettingError
from k8s.server.records.audit_log import FIRST_CHAIN, read_audit_key, verify


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m k8s.server.audit", description="The endpoint's audit log.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="follow the chain and name the first broken line")
    check.add_argument("files", nargs="+", type=Path, help="in order, rotated ones first")
    check.add_argument("--key-file", type=Path, required=True, help="the key that XRAY_AUDIT_KEY_FILE names")
    check.add_argument("--after", default=FIRST_CHAIN, help="chain of the line before the first of these files")
    check.add_argument("--head", help="chain that the last line must have, from the server's log")
    check.add_argument(
        "--printed", action="store_true", help="the files are the output of pods, with other lines in between"
    )
    options = parser.parse_args(arguments)
    try:
        key = read_audit_key(options.key_file)
        verdict = verify(key, options.files, options.after, are_printed=options.printed)
    except (OSError, SettingError) as error:
        print(error, file=sys.stderr)
        return 2
    if verdict.broken:
        print(
            f"broken at {verdict.broken} ({verdict.lines} valid lines before it, ending with chain {verdict.head})",
            file=sys.stderr,
        )
        return 1
    if options.head and options.head != verdict.head:
        print(f"broken at the end: the last chain is {verdict.head}, not {options.head}", file=sys.stderr)
        return 1
    print(f"{verdict.lines} lines, unbroken. The last chain is {verdict.head}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
