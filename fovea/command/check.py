"""Check that a model file opens and keeps what its spec promises on this machine."""

import argparse

from fovea.check import check_model
from fovea.shipped import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, help="CPU threads (default: as many as the container allows)")


def run(options: argparse.Namespace) -> int:
    failed = False
    for check in check_model(find_model(options.model), options.threads):
        failed |= check.failure is not None
        print(f"FAILED  {check.name}: {check.failure}" if check.failure else f"ok      {check.name}", flush=True)
    return int(failed)
