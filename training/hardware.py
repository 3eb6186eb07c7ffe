"""The device that computes, in words, to stand beside every figure."""

import torch

from fovea.processor import described


def hardware() -> str:
    """The GPU where torch has one, else the processor and the number of threads that torch uses."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{described()}, {threads} {'thread' if threads == 1 else 'threads'}"
