"""Podman with storage and settings of its own, in a folder that can be deleted.

Works as root where nothing but Debian's podman, runc and mmdebstrap is installed,
inside a container too: no systemd, no registry, no network of its own.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.servers import answers, free_port, wait_until

BASE = "localhost/sentiment-base:3.11"
# As docs/image.md has them; podman would add writable folders by itself.
HARDENED = (
    *("--read-only-tmpfs=false", "--read-only", "--tmpfs", "/tmp"),  # noqa: S108
    *("--cap-drop", "all", "--security-opt", "no-new-privileges", "--memory", "1g", "--cpus", "2"),
)
PROBE = "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/readyz')"
HEALTH = ("--health-cmd", f'python3 -c "{PROBE}"', "--health-interval", "disable")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PACKAGES = "usr-is-merged,ca-certificates,python3"  # the first spares a dependency on perl


def program(name: str) -> str:
    """Return the path of a program, of this virtual environment first."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    found = shutil.which(name, path=path)
    assert found, f"{name} is not installed"
    return found


@dataclass
class Container:
    """A container that was started; it answers on `url` unless it has no network."""

    podman: "Podman"
    name: str
    url: str
    seconds_to_ready: float = 0.0

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=120)

    def inspect(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.podman("container", "inspect", self.name))[0]
        return state

    def run(self, *command: str) -> str:
        """Run a command inside, as the same user."""
        return self.podman("exec", self.name, *command)

    def logs(self) -> str:
        """Return what it wrote to standard output and standard error."""
        command = ["podman", "logs", self.name]
        environment = self.podman.environment()
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ).stdout

    def signal(self, name: str) -> None:
        self.podman("kill", "--signal", name, self.name)

    def exit_code(self) -> int:
        return int(self.podman("wait", self.name))

    def memory(self) -> int:
        """Return the bytes of all its processes, shared pages split among them."""
        main = psutil.Process(self.inspect()["State"]["Pid"])
        return sum(p.memory_full_info().pss for p in [main, *main.children(recursive=True)])


class Podman:
    """Podman's command line, with its configuration in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "uv.toml").write_text("system-certs = true\n")
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\nrunroot = "{folder}/run"\n'
            f'graphroot = "{folder}/storage"\n'
        )
        mounts = [f"{program('uv')}:/usr/local/bin/uv:ro", f"{folder}/uv.toml:/etc/uv/uv.toml:ro"]
        if _CERTIFICATES.exists():  # with whatever authorities this machine trusts
            mounts.append(f"{_CERTIFICATES}:{_CERTIFICATES}:ro")
        for kind, extra in (
            ("build", f'netns = "host"\nvolumes = {json.dumps(mounts)}'),
            ("run", ""),
        ):
            (folder / f"{kind}.conf").write_text(
                "[containers]\n"
                'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
                f"{extra}\n"
                '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
                f'tmp_dir = "{folder}/running"\n'
            )

    def environment(self, kind: str = "run") -> dict[str, str]:
        return os.environ | {
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "CONTAINERS_CONF": str(self.folder / f"{kind}.conf"),
        }

    def __call__(self, *arguments: str) -> str:
        ended = self._run(*arguments)
        assert ended.returncode == 0, f"podman {' '.join(arguments)}: {ended.stderr}"
        return ended.stdout

    def works(self, *arguments: str) -> bool:
        """Whether a command ends well."""
        return self._run(*arguments).returncode == 0

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["podman", *arguments]
        environment = self.environment()
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    def make_base(self) -> None:
        """Make a base image of Debian and its Python, as small as python:3.11-slim."""
        tar = self.folder / "base.tar"
        excluded = [
            f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("doc", "locale", "man")
        ]
        hook = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"
        command = ["mmdebstrap", "-q", "--variant=minbase", hook, f"--include={_PACKAGES}"]
        subprocess.run([*command, *excluded, "bookworm", str(tar)], check=True, timeout=600)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self("import", "--change", f"ENV PATH={path}", str(tar), BASE)
        tar.unlink()

    def remove(self) -> None:
        """Remove all that was made; what tidies up after a container may still be at work."""
        wait_until(lambda: self.works("system", "reset", "--force"), 60)

    @contextlib.contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """Yield the folder in which an image's files lie."""
        folder = self("image", "mount", image).strip()
        try:
            yield Path(folder)
        finally:
            self("image", "unmount", image)

    @contextlib.contextmanager
    def container(self, image: str, *flags: str, network: bool = True) -> Iterator[Container]:
        """Run an image hardened and yield it once it is ready; remove it."""
        port = free_port() if network else 3000
        name = f"sentiment-{port}"
        container = Container(self, name, f"http://127.0.0.1:{port}")
        serve = ("serve", "--host", "127.0.0.1", "--port", str(port))
        where = "host" if network else "none"
        since = time.monotonic()
        try:
            self("run", "-d", "--name", name, "--network", where, *HARDENED, *flags, image, *serve)
            if network:
                wait_until(lambda: answers(f"{container.url}/readyz"), 60)
                container.seconds_to_ready = time.monotonic() - since
            yield container
        finally:
            self("rm", "--force", "--ignore", "--time", "0", name)
