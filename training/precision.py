"""bfloat16 where the device computes in it: half the time of float32, at 8 bits of mantissa."""

from datetime import timedelta
from typing import Literal

import torch
from accelerate import Accelerator, InitProcessGroupKwargs

Precision = Literal["auto", "float32", "bfloat16"]


# One process may compute the frozen part of very many images while the others wait.
PATIENT = InitProcessGroupKwargs(timeout=timedelta(hours=12))


def uses_bf16(precision: Precision) -> bool:
    """`auto` is bfloat16 on GPUs and on CPUs with AVX-512 BF16; others would emulate it, slower than float32."""
    if precision != "auto":
        return precision == "bfloat16"
    # torch offers no public question for this instruction set
    return torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported()


def make_accelerator(precision: Precision) -> Accelerator:
    """The device at hand, computing in that precision."""
    return Accelerator(mixed_precision="bf16" if uses_bf16(precision) else "no", kwargs_handlers=[PATIENT])
