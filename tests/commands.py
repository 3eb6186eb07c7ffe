"""Modules as `python -m` runs them, in children of one process that has imported the heavy packages once."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRELOADED = ("torch", "torchvision", "accelerate", "matplotlib.figure", "sklearn.metrics", "tyro")


def run_forked(module, *arguments, folder=ROOT):
    """Call `python -m MODULE ARGUMENTS...` in `folder`; the completed process, its output as text."""
    with started_forked(module, *arguments, folder=folder) as (child, completed):
        child.join()
        return completed()


@contextmanager
def started_forked(module, *arguments, folder=ROOT):
    """The process of such a call while it runs, and a function that waits for it; at the end it is killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    command = [module, *map(str, arguments)]
    with tempfile.TemporaryDirectory() as printed_to:
        places = [Path(printed_to) / name for name in ("out", "err")]
        child = context.Process(target=_run, args=(command, [*map(str, places)], str(folder), dict(os.environ)))
        child.start()

        def completed():
            child.join()
            printed = [place.read_text() if place.exists() else "" for place in places]
            return subprocess.CompletedProcess(command, child.exitcode, *printed)

        try:
            yield child, completed
        finally:
            child.kill()
            child.join()


def _run(command, places, folder, environment):
    for number, place in enumerate(places, 1):
        file = os.open(place, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
