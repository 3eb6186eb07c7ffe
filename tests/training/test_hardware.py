"""The device beside a figure is named as Linux names it."""

import platform

import pytest

from training import hardware


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 9B14\nmodel name\t: another\n", "AMD EPYC 9B14"),
        ("CPU implementer\t: 0x41\n", f"{platform.machine()} CPU"),  # as on ARM
        (None, f"{platform.machine()} CPU"),
    ],
)
def test_the_processor_is_named_where_the_system_knows_it(info, name, tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    if info is not None:
        path.write_text(info)
    monkeypatch.setattr(hardware, "CPU_INFO", path)
    assert hardware.processor() == name
