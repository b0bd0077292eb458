"""What this process may use of the CPU: cores, and instructions that decide what is fast."""

import logging
import math
import os
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

MAX_THREADS = 1024
"""More than any machine that serves models has; a larger number is a slip."""

_BF16 = {"avx512_bf16", "amx_bf16", "bf16"}  # x86, x86 tiles, ARM
_INT8 = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"}

# Of the values of ONEDNN_MAX_CPU_ISA (https://uxlfoundation.github.io/oneDNN, "CPU dispatcher
# control") those that leave out each.
_ISAS_WITHOUT_INT8 = frozenset({"SSE41", "AVX", "AVX2", "AVX512_CORE"})
_ISAS_WITHOUT_BF16 = _ISAS_WITHOUT_INT8 | {"AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE_VNNI"}
_ISAS_WITHOUT_TILES = _ISAS_WITHOUT_BF16 | {"AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512"}

_SELF = Path("/proc/self")

log = logging.getLogger("sentiment.inference")


def usable_cores(process: Path = _SELF) -> int:
    """Return the cores this process may keep busy: its affinity, limited by its cgroups' quotas.

    `process` is the folder of the process under /proc.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # this platform has no affinity
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min([cores, *map(_quota, _cgroups(process))])))


def default_threads(
    processes: int = 1, environment: Mapping[str, str] | None = None, process: Path = _SELF
) -> int:
    """Return the threads to compute with where no setting says how many.

    They are as many as `OMP_NUM_THREADS` says, the variable that OpenMP, torch and most
    platforms agree on, else one of `processes` equal shares of the usable cores.
    """
    given = (os.environ if environment is None else environment).get("OMP_NUM_THREADS", "")
    if given:
        first = given.split(",")[0].strip()  # of a list, one number for each level of nesting
        if first.isdecimal() and 0 < int(first) <= MAX_THREADS:
            return int(first)
        log.warning("OMP_NUM_THREADS is no number from 1 to %d: it is ignored", MAX_THREADS)
    return max(1, usable_cores(process) // processes)


def _cgroups(process: Path) -> Iterator[Path]:
    """Yield the folders of the cgroups that limit a process's CPU time, from its own upwards.

    A container's quota may be that of any of them, and its own files may lie deeper than
    /sys/fs/cgroup (cgroups(7); the fields are those of proc_pid_mountinfo(5)).
    """
    try:
        paths = {
            name: path
            for line in (process / "cgroup").read_text().splitlines()
            for _, names, path in [line.split(":", 2)]
            for name in names.split(",")
        }
        mounts = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
    except (OSError, ValueError):  # another system, or none of it is visible
        return
    for fields in mounts:
        kind, options = fields[fields.index("-") + 1], fields[-1].split(",")
        controller = {"cgroup2": "", "cgroup": "cpu"}.get(kind, "none")
        if controller not in paths or (controller and controller not in options):
            continue
        root, mount = fields[3], Path(fields[4])
        own = os.path.relpath(paths[controller], root)
        folder = mount if own.startswith("..") else mount / own
        yield from (each for each in (folder, *folder.parents) if each.is_relative_to(mount))


def _quota(cgroup: Path) -> float:
    """Return the cores that the processes of a cgroup may use on average; infinity if unlimited."""
    try:
        if (cgroup / "cpu.max").is_file():  # cgroup v2: "200000 100000" or "max 100000"
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota, period = (
                (cgroup / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period")
            )
        return float(quota) / float(period) if float(quota) > 0 else math.inf
    except (OSError, ValueError):  # no such controller, or "max"
        return math.inf


def has_bf16() -> bool:
    """Return whether libraries may multiply bf16 natively."""
    return bool(_BF16 & _flags()) and _libraries_may_use(_ISAS_WITHOUT_BF16)


def has_bf16_tiles() -> bool:
    """Return whether libraries may multiply whole tiles in bf16 (AMX).

    There int8 has next to no advantage: on two cores of a Xeon with AMX, reviews of 256 tokens
    went through MPNet at 15.5 a second in bf16 and 16.9 in int8, through MiniLM at 74 and 76.
    """
    return "amx_bf16" in _flags() and _libraries_may_use(_ISAS_WITHOUT_TILES)


def has_int8() -> bool:
    """Return whether libraries may use int8 dot products; without them int8 is no faster."""
    return bool(_INT8 & _flags()) and _libraries_may_use(_ISAS_WITHOUT_INT8)


def _libraries_may_use(isas_without: frozenset[str]) -> bool:
    """Return whether oneDNN, with which OpenVINO and torch compute, is told to do without."""
    told = (os.environ.get(name) for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"))
    return next((isa for isa in told if isa), "").upper() not in isas_without


def name() -> str:
    """Return the CPU's name, or the machine's architecture."""
    return _info("model name") or platform.machine()


@cache
def _flags() -> frozenset[str]:
    return frozenset((_info("flags") or _info("Features")).split())


def _info(field: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")
