"""A control group with little memory, for a server that runs already (cgroups(7))."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.fire.target import Target

_ROOT = Path("/sys/fs/cgroup")
_SPARE_MB = 40  # above what the server has when it is limited


@contextlib.contextmanager
def limited_memory(target: Target) -> Iterator[float | None]:
    """Limit the memory of a server's processes a little above what they have; yield the limit.

    Yields None where this process may make no control group. The group is removed when the
    server has ended, or left empty.
    """
    group = _new_group()
    if group is None:
        yield None
        return
    family = [target.server.process, *target.server.process.children(recursive=True)]
    limit = sum(process.memory_info().rss for process in family) + (_SPARE_MB << 20)
    try:
        for process in family:
            (group / "cgroup.procs").write_text(str(process.pid))
        for name in ("memory.max", "memory.limit_in_bytes"):
            if (group / name).exists():
                (group / name).write_text(str(limit))
        yield limit / 1e6
    finally:
        _empty(group)


def _new_group() -> Path | None:
    """Return a new control group with a memory controller, of either version; None: impossible."""
    for root in (_ROOT / "memory", _ROOT):
        group = root / f"sentiment-fire-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if any((group / name).exists() for name in ("memory.max", "memory.limit_in_bytes")):
            return group
        group.rmdir()
    return None


def _empty(group: Path) -> None:
    """Move the processes that are left out of a group, and remove it."""
    for pid in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            (group.parent / "cgroup.procs").write_text(pid)
    with contextlib.suppress(OSError):
        group.rmdir()
