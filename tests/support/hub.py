"""A hub of one data set, on this machine: what the hub's client asks of a repository, over HTTP.

It answers from a folder, at one commit, and counts what it has sent.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """The server of the repository `name`, whose files are those of `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.name, self.folder = name, folder
        self.sent: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def entries(self, below: str = "", recursive: bool = True) -> list[dict[str, Any]]:
        """Return the files and folders of the repository, or of one folder, as the hub does."""
        found = (self.folder / below).rglob("*") if recursive else (self.folder / below).glob("*")
        return [
            {
                "type": "file" if path.is_file() else "directory",
                "path": path.relative_to(self.folder).as_posix(),
                "size": path.stat().st_size if path.is_file() else 0,
                "oid": COMMIT,
            }
            for path in sorted(found)
        ]


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Hub]:
    """Yield a hub that answers until the end."""
    with Hub(name, folder) as hub:
        thread = threading.Thread(target=hub.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path, asked = unquote(address.path), parse_qs(address.query)
        api, files = f"/api/datasets/{self.server.name}", f"/datasets/{self.server.name}/resolve/"
        if path.startswith(files):
            self._file(path.removeprefix(files).partition("/")[2])
        elif path in (api, f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
            entries = self.server.entries()
            siblings = [{"rfilename": each["path"]} for each in entries if each["type"] == "file"]
            self._json({"id": self.server.name, "sha": COMMIT, "siblings": siblings})
        elif path.startswith(f"{api}/tree/"):
            below = path.removeprefix(f"{api}/tree/").partition("/")[2]
            recursive = asked.get("recursive", ["false"])[0].lower() == "true"
            self._json(self.server.entries(below, recursive))
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET  # noqa: N815 -- the server looks for this name

    def do_POST(self) -> None:
        """Tell about the paths that a body names."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind = self.headers.get("Content-Type", "")
        asked = json.loads(body)["paths"] if "json" in kind else parse_qs(body)["paths"]
        self._json([each for each in self.server.entries() if each["path"] in asked])

    def _file(self, name: str) -> None:
        path = self.server.folder / name
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return
        if self.command == "GET":
            self.server.sent.append(name)
        content = path.read_bytes()
        tag = hashlib.sha256(content).hexdigest()
        self._send(200, content, {"X-Repo-Commit": COMMIT, "ETag": f'"{tag}"'})

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Leave the test's output alone."""
