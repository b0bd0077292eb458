"""The cores a process may really use: affinity and the quotas of its cgroups."""

import os
from pathlib import Path

import pytest

from sentiment import cpu

CORES = len(os.sched_getaffinity(0))
V2, V1 = "cgroup2 cgroup rw", "cgroup cgroup rw,cpu,cpuacct"


def process(folder: Path, paths: str, files: dict[str, str], *mounts: tuple[str, str, str]) -> Path:
    """Write /proc/PID as it is for a process in the cgroups `paths`; return it.

    `mounts` are the root, the mount point and the kind of each cgroup file system; mount
    points and `files`, the cgroups' own, are relative to `folder`.
    """
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{content}\n")
    lines = [
        f"{number} 1 0:{number} {root} {folder / mount} rw,relatime shared:1 - {kind}\n"
        for number, (root, mount, kind) in enumerate(mounts, 30)
    ]
    (folder / "cgroup").write_text(paths)
    (folder / "mountinfo").write_text("".join(lines))
    return folder


@pytest.mark.parametrize(
    ("content", "cores"),
    [
        ("max 100000", CORES),
        ("100000 100000", 1),
        ("50000 100000", 1),
        ("150000 100000", min(2, CORES)),
        ("nonsense", CORES),
    ],
)
def test_a_quota_cuts_the_cores(content: str, cores: int, tmp_path: Path) -> None:
    own = process(tmp_path, "0::/\n", {"sys/cpu.max": content}, ("/", "sys", V2))
    assert cpu.usable_cores(own) == cores


@pytest.mark.parametrize("limited", ["cpu.max", "pods/cpu.max", "pods/pod/cpu.max"])
def test_the_quota_of_any_cgroup_above_is_seen(limited: str, tmp_path: Path) -> None:
    files = {f"sys/{name}": "max 100000" for name in ("pods/cpu.max", "pods/pod/cpu.max")}
    files[f"sys/{limited}"] = "100000 100000"
    own = process(tmp_path, "0::/pods/pod\n", files, ("/", "sys", V2))
    assert cpu.usable_cores(own) == 1


def test_the_smallest_quota_counts(tmp_path: Path) -> None:
    files = {"sys/cpu.max": f"{CORES * 10}0000 100000", "sys/pod/cpu.max": "50000 100000"}
    own = process(tmp_path, "0::/pod\n", files, ("/", "sys", V2))
    assert cpu.usable_cores(own) == 1


def test_the_quota_of_another_cgroup_is_not_ours(tmp_path: Path) -> None:
    own = process(tmp_path, "0::/a\n", {"sys/b/cpu.max": "100000 100000"}, ("/", "sys", V2))
    assert cpu.usable_cores(own) == CORES


@pytest.mark.parametrize(("quota", "cores"), [("100000", 1), ("-1", CORES)])
def test_a_quota_of_the_first_version_cuts_the_cores(
    quota: str, cores: int, tmp_path: Path
) -> None:
    pod = "sys/cpu,cpuacct/pods/pod"
    files = {f"{pod}/cpu.cfs_quota_us": quota, f"{pod}/cpu.cfs_period_us": "100000"}
    paths = "5:memory:/elsewhere\n4:cpu,cpuacct:/pods/pod\n0::/init\n"
    mounts = [("/", "sys/memory", "cgroup cgroup rw,memory"), ("/", "sys/cpu,cpuacct", V1)]
    assert cpu.usable_cores(process(tmp_path, paths, files, *mounts)) == cores


@pytest.mark.parametrize(("path", "root"), [("/docker/abc", "/docker/abc"), ("/x", "/docker/abc")])
def test_a_container_that_sees_only_its_own_cgroup_reads_it(
    path: str, root: str, tmp_path: Path
) -> None:
    """Without a cgroup namespace the mount's root is the container's cgroup, not `/`."""
    own = process(tmp_path, f"0::{path}\n", {"sys/cpu.max": "100000 100000"}, (root, "sys", V2))
    assert cpu.usable_cores(own) == 1


def test_where_no_cgroups_are_seen_all_cores_are(tmp_path: Path) -> None:
    assert cpu.usable_cores(tmp_path) == CORES


def test_an_affinity_cuts_the_cores(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cpu.usable_cores(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize(
    ("given", "processes", "threads"),
    [
        ("", 1, CORES),
        ("", 2, max(1, CORES // 2)),
        ("", CORES + 1, 1),
        ("3", 1, 3),
        ("3", 2, 3),
        ("4,2", 1, 4),
        (" 2 ", 1, 2),
        ("0", 1, CORES),
        ("-1", 1, CORES),
        ("many", 1, CORES),
        ("100000", 1, CORES),
    ],
)
def test_threads_are_as_many_as_openmp_is_told_else_a_share(
    given: str, processes: int, threads: int, tmp_path: Path
) -> None:
    assert cpu.default_threads(processes, {"OMP_NUM_THREADS": given}, tmp_path) == threads


def test_a_number_of_threads_that_is_none_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cpu.default_threads(1, {"OMP_NUM_THREADS": "many"}, tmp_path)
    assert "OMP_NUM_THREADS" in caplog.text


@pytest.mark.parametrize(
    ("isa", "int8", "bf16"),
    [
        ("AVX2", False, False),
        ("avx512_core", False, False),
        ("AVX512_CORE_VNNI", True, False),
        ("AVX512_CORE_BF16", True, True),
        ("ALL", True, True),
        ("", True, True),
    ],
)
@pytest.mark.parametrize("variable", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
def test_what_onednn_is_told_not_to_use_is_not_there(
    variable: str, isa: str, int8: bool, bf16: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "ALL")
    there = cpu.has_int8(), cpu.has_bf16()
    monkeypatch.setenv(variable, isa)
    assert (cpu.has_int8(), cpu.has_bf16()) == (there[0] and int8, there[1] and bf16)


@pytest.mark.parametrize(
    ("isa", "tiles"),
    [("AVX512_CORE_BF16", False), ("avx512_core_fp16", False), ("AVX512_CORE_AMX", True)],
)
def test_tiles_that_onednn_is_told_not_to_use_are_not_there(
    isa: str, tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "ALL")
    there = cpu.has_bf16_tiles()
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", isa)
    assert cpu.has_bf16_tiles() == (there and tiles)
