"""Processes that tests start: Python in the project's root, and scripts that replace programs."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(**settings: str) -> dict[str, str]:
    """Return a child's environment: ours, one thread of OpenMP, and `SENTIMENT_*` settings."""
    given = {f"SENTIMENT_{name.upper()}": value for name, value in settings.items()}
    return os.environ | {"OMP_NUM_THREADS": "1"} | given


def python(
    *arguments: object, cwd: Path = ROOT, timeout: float = 300, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python to its end with `variables` in its environment; capture what it prints."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def write_script(path: Path, body: str) -> Path:
    """Write an executable shell script and create its folder; return `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path
