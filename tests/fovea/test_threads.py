import os

import pytest

from fovea.threads import available_cpus, cgroup_quota


@pytest.mark.parametrize(("content", "quota"), [("150000 100000", 1.5), ("max 100000", None), ("garbage", None)])
def test_the_quota_of_cgroup_v2(tmp_path, content, quota):
    (tmp_path / "cpu.max").write_text(content)
    assert cgroup_quota(tmp_path) == quota


@pytest.mark.parametrize(("quota_us", "quota"), [("50000", 0.5), ("-1", None)])
def test_the_quota_of_cgroup_v1(tmp_path, quota_us, quota):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota_us)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cgroup_quota(tmp_path) == quota


def test_a_fraction_of_a_cpu_is_one_thread(tmp_path):
    (tmp_path / "cpu.max").write_text("10000 100000")
    assert available_cpus(tmp_path) == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the affinity mask is Linux's own")
@pytest.mark.parametrize(("quota_us", "cpus"), [(100_000, 1), (100_001, 2), (150_000, 2), (400_000, 4), (6_400_000, 8)])
def test_a_fraction_rounds_up_and_the_affinity_mask_is_the_ceiling(tmp_path, monkeypatch, quota_us, cpus):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    (tmp_path / "cpu.max").write_text(f"{quota_us} 100000\n")
    assert available_cpus(tmp_path) == cpus


def test_no_quota_leaves_the_affinity_mask(tmp_path):
    assert available_cpus(tmp_path) == len(os.sched_getaffinity(0))
