"""Check that a model file opens and keeps what its spec promises on this machine."""

import argparse

import onnxruntime as ort

from fovea.check import check_model
from fovea.processor import described
from fovea.shipped import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", help="execution provider of onnxruntime (default: CUDA where there is a GPU)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: as many as the container allows)")


def run(options: argparse.Namespace) -> int:
    failed = False
    for number, check in enumerate(check_model(find_model(options.model), options.threads, options.provider)):
        if number == 0:
            print(f"onnxruntime {ort.__version__} on {described()}")
        failed |= check.failure is not None
        print(f"FAILED  {check.name}: {check.failure}" if check.failure else f"ok      {check.name}", flush=True)
    return int(failed)
