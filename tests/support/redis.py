"""Debian's redis-server, on a free port, for as long as a test lasts."""

import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import free_port, wait_until


@dataclass
class Redis:
    """A running Redis."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def command(self, line: str) -> None:
        """Send it a command, such as one that makes it refuse to be written to."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as asking:
            asking.sendall(f"{line}\r\n".encode())
            answer = asking.recv(100)
            assert answer.startswith(b"+OK"), answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


@contextlib.contextmanager
def redis(folder: Path, port: int | None = None) -> Iterator[Redis]:
    """Start a Redis that keeps nothing on the disk; stop it."""
    port = port or free_port()
    program = shutil.which("redis-server")
    assert program, "install it: apt-get install redis-server"
    flags = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *flags, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), 30)
        yield Redis(f"redis://127.0.0.1:{port}/0", port, process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(20)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as asking:
        asking.sendall(b"PING\r\n")
        return asking.recv(16).startswith(b"+PONG")
    return False
