"""The certificate of a server that speaks TLS: renewed without a restart when its files change.

`bentoml serve --ssl-certfile … --ssl-keyfile …` turns TLS on.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from sentiment.bentoml_adapter import UvicornServer

log = logging.getLogger("sentiment.access")

_LOOK_S = 5.0  # between two looks; certificates are renewed days before they end

Stamp = tuple[tuple[int, int, int] | None, ...]
"""What changes with the content of files: inode, size and time of each, None for a missing one."""


class CertificateWatch:
    """Looks at the files of a server's certificate, and has them read when they have changed."""

    def __init__(self, server: UvicornServer, files: Sequence[Path]) -> None:
        self._server = server
        self._files = files
        self._stamp = stamp(files)

    def look(self) -> None:
        """Renew the certificate if its files have changed since the last look, and fit."""
        found = stamp(self._files)
        if found == self._stamp:
            return
        self._stamp = found
        try:
            self._server.renew_certificate()
        except OSError as error:
            log.error(
                "the certificate was not renewed, as its files do not fit (%s); "
                "the one before is in use until they change again",
                error.strerror or type(error).__name__,
            )
        else:
            log.info("the certificate was renewed from %s", self._files[0])

    def look_again_and_again(self) -> None:
        """Look now, and from now on as long as the event loop runs."""
        self.look()
        asyncio.get_running_loop().call_later(_LOOK_S, self.look_again_and_again)


def stamp(files: Sequence[Path]) -> Stamp:
    """Return what tells these files from others at the same paths, symbolic links followed."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def renew_certificate_when_changed() -> None:
    """Watch the certificate of the server of this process, if it has one."""
    server = UvicornServer.running()
    files = () if server is None else server.certificate_files()
    if server is not None and files:
        CertificateWatch(server, files).look_again_and_again()
