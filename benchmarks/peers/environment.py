"""A virtual environment for each peer, made if it is missing, reused while nothing changes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.peer import Peer
from sentiment.atomic_files import write_atomically
from sentiment.errors import SentimentError

ENVIRONMENTS = Path(__file__).parents[2] / ".venv-peers"
_MARKER = "installed"


class PeerUnavailable(SentimentError):
    """A peer that cannot be installed, prepared or started here; its message is the reason."""

    code = "peer_unavailable"


def environment(peer: Peer, root: Path = ENVIRONMENTS) -> Path:
    """Return the path of the Python of the peer's virtual environment; install it if needed.

    pip's own settings apply. Raises `PeerUnavailable` with pip's reason if it fails.
    """
    folder = root / peer.environment_name
    python = folder / "bin" / "python"
    wanted = sys.version + _text(peer.requirements)
    marker = folder / _MARKER
    if marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile"]
    run([*pip, "-r", str(peer.requirements)])
    write_atomically(marker, wanted)
    return python


def versions(peer: Peer, python: Path) -> dict[str, str]:
    """Return the installed versions of the packages that matter for the peer."""
    script = "import json, sys; from importlib.metadata import version; "
    script += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    output = run([str(python), "-c", script, *peer.packages])
    installed: dict[str, str] = json.loads(output)
    return installed


def run(command: list[str], variables: dict[str, str] | None = None) -> str:
    """Return the standard output of a command that must succeed, or raise `PeerUnavailable`."""
    ended = subprocess.run(
        command, capture_output=True, text=True, errors="replace", env=variables or os.environ
    )
    if ended.returncode:
        raise PeerUnavailable(reason(ended.stdout + ended.stderr))
    return ended.stdout


def reason(output: str) -> str:
    """Return the line that says why a command failed: pip's first error, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ") and "yanked" not in line]
    return (errors[:1] or lines[-1:] or ["it said nothing"])[0]


def _text(requirements: Path) -> str:
    """Return the text of a requirements file and of the files that it includes."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    included = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    return "\n".join([*lines, *(_text(requirements.parent / name) for name in included)])
