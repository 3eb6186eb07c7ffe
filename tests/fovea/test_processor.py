"""The processor beside a figure is named as Linux names it, with the instructions that int8 depends on."""

import platform

import pytest

from fovea import processor

EPYC = "processor\t: 0\nmodel name\t: AMD EPYC 9B14\nflags\t\t: fpu avx2 avx512bw avx512_vnni\nmodel name\t: another\n"
OLDER = "model name\t: AMD EPYC 7B13\nflags\t\t: fpu avx2 rdpid\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\nCPU implementer\t: 0x41\n"
UNKNOWN = f"{platform.machine()} CPU"


@pytest.mark.parametrize(
    ("info", "name", "sets", "sentence"),
    [
        (EPYC, "AMD EPYC 9B14", ("AVX2", "AVX-512", "AVX-512 VNNI"), "AMD EPYC 9B14 (AVX2, AVX-512, AVX-512 VNNI)"),
        (OLDER, "AMD EPYC 7B13", ("AVX2",), "AMD EPYC 7B13 (AVX2)"),
        (ARM, UNKNOWN, ("dot product", "i8mm"), f"{UNKNOWN} (dot product, i8mm)"),
        (None, UNKNOWN, (), UNKNOWN),
    ],
)
def test_the_processor_is_named_where_the_system_knows_it(info, name, sets, sentence, tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    if info is not None:
        path.write_text(info)
    monkeypatch.setattr(processor, "CPU_INFO", path)
    assert (processor.processor(), processor.instruction_sets(), processor.described()) == (name, sets, sentence)
