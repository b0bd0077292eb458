"""A peer's server from start to stop, with every process that it starts itself."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.peers.environment import PeerUnavailable, reason, run
from benchmarks.peers.peer import Peer

ROOT = Path(__file__).parents[2]
_START_S = 180  # the first start in a new environment compiles all its byte code
_STOP_S = 20
_VARIABLES = {
    "PYTHONPATH": str(ROOT),
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",  # infinity
    "BENTOML_DO_NOT_TRACK": "True",
    "RAY_USAGE_STATS_ENABLED": "0",
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    process: psutil.Process
    seconds_to_ready: float

    def cpu_seconds(self) -> float:
        """Return the CPU time that its processes have used so far."""
        times = [process.cpu_times() for process in self._family()]
        return float(sum(cpu_time.user + cpu_time.system for cpu_time in times))

    def memory_mb(self) -> float:
        """Return the memory of its processes; memory that they share is counted once."""
        return float(sum(process.memory_full_info().pss for process in self._family()) / 1e6)

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def exit_on_sigterm() -> None:
    """Make SIGTERM raise `SystemExit`, so that servers are stopped while it propagates."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextlib.contextmanager
def serving(peer: Peer, python: Path, model_folder: Path) -> Iterator[Server]:
    """Prepare a peer, start it on a free port, yield it once it is ready, stop it.

    It runs in a temporary folder of its own. Raises `PeerUnavailable` with the last
    line that it printed if it does not get ready.
    """
    # A process that is being killed may still write a file while the folder is removed.
    with tempfile.TemporaryDirectory(prefix=f"{peer.name}-", ignore_cleanup_errors=True) as folder:
        work, port = Path(folder), _free_port()
        variables = _inherited() | _VARIABLES | peer.environment(python, model_folder, work, port)
        if preparation := peer.preparation(python, model_folder, work):
            run(preparation, variables)
        log = work / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                peer.command(python, model_folder, work, port),
                cwd=work,
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            url = f"http://127.0.0.1:{port}"
            seconds = _wait_until_ready(url + peer.ready, process, log)
            yield Server(url, psutil.Process(process.pid), seconds)
        finally:
            _stop(process)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> float:
    """Return the seconds that it took until the server was ready."""
    started = time.monotonic()
    while time.monotonic() - started < _START_S:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5).status_code == 200:
                return time.monotonic() - started
        if process.poll() is not None:
            raise PeerUnavailable(f"It ended: {reason(log.read_text(errors='replace'))}")
        time.sleep(0.05)
    last = reason(log.read_text(errors="replace"))
    raise PeerUnavailable(f"It was not ready within {_START_S} s; its last line: {last}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Send the server SIGTERM, then kill what still runs of its children and its session."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        _, left = psutil.wait_procs(family, timeout=1)
        for child in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # the group has the number of its first process
    process.wait()


def _inherited() -> dict[str, str]:
    """Return our own environment variables, but for two that would change how a peer runs.

    Without byte code files each start would compile everything that it imports.
    """
    left_out = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
