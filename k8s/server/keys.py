"""Manage the file of API keys.

    python -m k8s.server.keys add NAME --file FILE [--days N] [--scope SCOPE ...]
    python -m k8s.server.keys list --file FILE
    python -m k8s.server.keys remove NAME --file FILE [--sha256 START]

The key is printed once. A running server reads the file again when it changes.
"""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fovea import SettingError
from k8s.server.access.api_keys import add_key, read_keys, remove_keys
from k8s.server.access.clients import READ_SCOPE


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m k8s.server.keys", description="API keys of the X-ray endpoint.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make a key and print it once")
    add.add_argument("name", help="the client")
    add.add_argument("--days", type=int, default=365, help="until it expires (default: %(default)s)")
    add.add_argument("--scope", action="append", help=f"what it may do (default: {READ_SCOPE}). Repeat it for several.")
    remove = commands.add_parser("remove", help="take away the keys of a client, or one of them")
    remove.add_argument("name")
    remove.add_argument("--sha256", default="", help="only the key whose hash begins like this, as `list` shows it")
    show = commands.add_parser("list", help="names, scopes and expiry")
    for command in (add, remove, show):
        command.add_argument("--file", type=Path, default=Path("keys.json"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        {"add": _add, "remove": _remove, "list": _list}[options.command](options)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _add(options: Any) -> None:
    if options.days < 1:
        raise SettingError(f"--days is {options.days}. It must be at least 1.")
    if options.days > (datetime.max.replace(tzinfo=UTC) - datetime.now(UTC)).days:
        raise SettingError(f"--days is {options.days}. The key would expire after the year 9999.")
    scopes = tuple(options.scope or [READ_SCOPE])
    print(add_key(options.file, options.name, scopes, timedelta(days=options.days)))


def _remove(options: Any) -> None:
    remove_keys(options.file, options.name, options.sha256)


def _list(options: Any) -> None:
    for key in read_keys(options.file):
        print(f"{key.name}  {','.join(key.scopes)}  until {key.expires}  sha256 {key.sha256[:12]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
