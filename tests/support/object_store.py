"""A real object store on this machine: SeaweedFS, whose S3 gateway checks signatures.

It is what some run in production, and comes as one program in a package of PyPI. It listens
on 127.0.0.1, keeps its data in a folder, and is started, killed and started again here.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

KEY, SECRET = "reader-and-writer", "not-a-secret"
BUCKET = "corpus"


class ObjectStore:
    """The server, and a client of its own to look at what it holds."""

    def __init__(self, folder: Path) -> None:
        """Take a new folder for its data."""
        self._folder = folder
        folder.mkdir()
        self._ports = free_ports(8)
        self._process: subprocess.Popen[bytes] | None = None
        self._probed = False
        self.url = f"http://127.0.0.1:{self._ports[0]}"
        grant = {"accessKey": KEY, "secretKey": SECRET}
        identity = {"name": "test", "credentials": [grant], "actions": ["Admin"]}
        self._config = folder / "s3.json"
        self._config.write_text(json.dumps({"identities": [identity]}))

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the usual clients find it, and nothing else."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> Self:
        self.start()
        self.client().mkdir(BUCKET)
        self.put("probe", b"there")
        self._probed = True
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def client(self) -> Any:
        """Return a file system of its own, without any cache."""
        import s3fs

        return s3fs.S3FileSystem(
            key=KEY,
            secret=SECRET,
            endpoint_url=self.url,
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def put(self, name: str, content: bytes | str) -> None:
        """Write an object of the bucket."""
        data = content.encode() if isinstance(content, str) else content
        self.client().pipe_file(f"{BUCKET}/{name}", data)

    def contents(self, folder: str) -> dict[str, bytes]:
        """Return what lies under a name of the bucket, by the rest of its name."""
        client, start = self.client(), f"{BUCKET}/{folder}"
        found = client.find(start) if client.exists(start) else []
        return {name.removeprefix(f"{start}/"): client.cat_file(name) for name in found}

    def start(self) -> None:
        """Start the server on its ports and data, and wait until it answers."""
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self._ports
        flags = {
            "dir": self._folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.telemetry": "false",  # it would tell its makers of each start
            "master.volumeSizeLimitMB": 64,
            "master.electionTimeout": "1s",  # of itself; ten seconds after a start otherwise
            "master.port": master,
            "master.port.grpc": master_grpc,
            "volume.port": volume,
            "volume.port.grpc": volume_grpc,
            "volume.max": 20,
            "filer.port": filer,
            "filer.port.grpc": filer_grpc,
            "filer.localSocket": self._folder / "filer.sock",
            "s3": "true",
            "s3.port": s3,
            "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": 0,  # off, like the next; they have ports of their own otherwise
            "s3.port.lance": 0,
            "s3.localSocket": self._folder / "s3.sock",
            "s3.config": self._config,
            "s3.autoCreateBucket": "false",
        }
        weed = Path(sys.executable).parent / "weed"
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [weed, "server", *(f"-{name}={value}" for name, value in flags.items())],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"HOME": str(self._folder), "PATH": os.environ["PATH"]},
            )
        for _ in range(300):
            if self._answers():
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.2)
        self.kill()
        raise RuntimeError((self._folder / "log").read_text()[-2000:])

    def kill(self) -> None:
        """End it as a loss of power would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        try:
            client = self.client()
            client.ls("")
            if self._probed:  # its volumes come back a little later than its names
                client.cat_file(f"{BUCKET}/probe")
        except Exception:  # not up yet, in any of the ways in which that shows
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 on which nothing listens, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
