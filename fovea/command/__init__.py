"""The command `fovea`: classify images, check a model file, read a model card."""

import argparse
import sys
from collections.abc import Sequence

from fovea.command import card, check, predict
from fovea.errors import FoveaError
from fovea.shipped import shipped_models
from fovea.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code is 0, 1 where an image or a check failed, or 2 where nothing could be run."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except FoveaError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fovea", description=__doc__, epilog=f"Shipped models: {', '.join(shipped_models())}."
    )
    parser.add_argument("--version", action="version", version=f"fovea {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (predict, check, card):
        assert command.__doc__
        name = command.__name__.rpartition(".")[2]
        subparser = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        subparser.add_argument(
            "model", metavar="MODEL", help="the name of a shipped model, or the path of an .onnx file"
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser
