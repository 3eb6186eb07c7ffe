"""The device that computes, in words, to stand beside every figure."""

import platform
from pathlib import Path

import torch

CPU_INFO = Path("/proc/cpuinfo")


def hardware() -> str:
    """The GPU where torch has one, else the processor and the number of threads that torch uses."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{processor()}, {threads} {'thread' if threads == 1 else 'threads'}"


def processor() -> str:
    """As Linux calls it; elsewhere the architecture alone."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.is_file() else ()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, f"{platform.machine()} CPU")
