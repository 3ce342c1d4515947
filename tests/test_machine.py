"""Cores are counted by affinity and by the quota of control groups, of either version and any depth."""

import pytest

from photostyle import machine


@pytest.fixture
def container(monkeypatch, tmp_path):
    """A process of eight cores in control groups: `container(membership, {file: text})`."""

    def made(membership, files):
        monkeypatch.setattr(machine.os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "membership").write_text(membership)
        monkeypatch.setattr(machine, "_CGROUPS", tmp_path / "cgroup")
        monkeypatch.setattr(machine, "_MEMBERSHIP", tmp_path / "membership")

    return made


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/\n", {}, 8),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "300000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "3200000 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "nonsense"}, 8),
        ("0::/a/b\n", {"a/cpu.max": "400000 100000\n", "a/b/cpu.max": "max 100000\n"}, 4),
        ("0::/a/b\n", {"a/cpu.max": "max 100000\n", "a/b/cpu.max": "50000 10000\n"}, 5),
        ("0::/../elsewhere\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/seen/outside\n", {"cpu.max": "200000 100000\n"}, 2),
        ("4:cpu,cpuacct:/a\n0::/\n", {"cpu/a/cpu.cfs_quota_us": "250000", "cpu/a/cpu.cfs_period_us": "100000"}, 2),
        ("4:cpu,io:/a\n", {"cpu,io/a/cpu.cfs_quota_us": "250000", "cpu,io/a/cpu.cfs_period_us": "100000"}, 2),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ("1:cpu:/\n2:memory:/a\n", {"cpu/cpu.cfs_quota_us": "600000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 6),
        ("3:cpuset:/\n", {"cpuset/cpu.cfs_quota_us": "100000", "cpuset/cpu.cfs_period_us": "100000"}, 8),
    ],
)
def test_cores_are_no_more_than_the_quota(container, membership, files, cores):
    container(membership, files)
    assert machine.available_cores() == cores


def test_cores_are_those_that_the_process_may_run_on(container, monkeypatch):
    container("0::/\n", {"cpu.max": "400000 100000\n"})
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda process: {2, 5, 7})
    assert machine.available_cores() == 3


def test_cores_are_counted_where_there_are_neither_affinities_nor_groups(monkeypatch, tmp_path):
    monkeypatch.delattr(machine.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(machine.os, "cpu_count", lambda: None)
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path / "none")
    monkeypatch.setattr(machine, "_MEMBERSHIP", tmp_path / "none")
    assert machine.available_cores() == 1


def test_free_memory_is_some_bytes():
    free = machine.available_bytes()
    assert free is None or free > 0
