"""The processor that computes, in words: its name, and the instructions that decide how int8 is multiplied."""

import platform
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
# As Linux calls them, and as people do. VNNI and i8mm add products of 8 bits in 32 bits, the others in 16.
INSTRUCTION_SETS = {
    "avx2": "AVX2",
    "avx512bw": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx512_vnni": "AVX-512 VNNI",
    "amx_int8": "AMX",
    "asimddp": "dot product",
    "i8mm": "i8mm",
    "sve": "SVE",
}


def processor() -> str:
    """As Linux calls it; elsewhere the architecture alone."""
    return _field("model name") or f"{platform.machine()} CPU"


def instruction_sets() -> tuple[str, ...]:
    """Of INSTRUCTION_SETS, those of this processor; empty where the system does not tell."""
    flags = (_field("flags") or _field("Features")).split()
    return tuple(name for flag, name in INSTRUCTION_SETS.items() if flag in flags)


def described() -> str:
    """Both, for a sentence: "AMD EPYC (AVX2)"."""
    sets = instruction_sets()
    return f"{processor()} ({', '.join(sets)})" if sets else processor()


def _field(name: str) -> str:
    """That of the first processor."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.is_file() else ()
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")
