"""Processes that tests start: Python in the root of the project, and stand-ins for programs."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(**settings: str) -> dict[str, str]:
    """The environment of a child: ours, one thread of OpenMP, and `SENTIMENT_*` settings."""
    given = {f"SENTIMENT_{name.upper()}": value for name, value in settings.items()}
    return os.environ | {"OMP_NUM_THREADS": "1"} | given


def python(
    *arguments: object, cwd: Path = ROOT, timeout: float = 300, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python to its end with a few environment variables changed; keep what it printed."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def write_script(path: Path, body: str) -> Path:
    """Write a shell script that can be run, with the folders above it; return `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path
