"""The certificate of a server that speaks TLS: renewed without a restart when its files change.

`bentoml serve --ssl-certfile … --ssl-keyfile …` turns TLS on, if the files fit together.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentiment.bentoml_adapter import UvicornServer, certificate_context
from sentiment.errors import UsageError

log = logging.getLogger("sentiment.access")

_LOOK_S = 5.0  # between two looks; certificates are renewed days before they end

# Options without effect where there is no certificate; BentoML gives the others a value by itself.
_FOR_A_CERTIFICATE = ("ssl_keyfile", "ssl_keyfile_password", "ssl_ca_certs")

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
        except (OSError, ValueError) as error:
            log.error(
                "the certificate was not renewed, as its files do not fit (%s); "
                "the one before is in use until they change again",
                _reason(error),
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


def check_certificate(options: Mapping[str, Any]) -> None:
    """Raise `UsageError` if a server with these options of `bentoml serve` could not speak TLS."""
    if "ssl_certfile" not in options:
        for name in _FOR_A_CERTIFICATE:
            if name in options:
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(f"{flag} without a certificate.", "Name it with --ssl-certfile.")
        return
    for name in ("ssl_certfile", "ssl_keyfile", "ssl_ca_certs"):
        try:
            if name in options:
                Path(options[name]).read_bytes()
        except OSError as error:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{flag} {options[name]} cannot be read: {error.strerror}.", "Name a PEM file."
            ) from None
    try:
        certificate_context(options)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The server cannot speak TLS with its options --ssl-*: {_reason(error)}.",
            "Name a certificate and the key that fits it, as PEM files.",
        ) from None


def _reason(error: OSError | ValueError) -> str:
    """Return in words what is wrong with a certificate, without a line of Python's own code."""
    if reason := getattr(error, "reason", None):  # OpenSSL's
        return str(reason).lower().replace("_", " ")
    return re.sub(r" \(_ssl\.c:\d+\)", "", str(error.args[-1]).rstrip("."))


def renew_certificate_when_changed() -> None:
    """Watch the certificate of the server of this process, if it has one."""
    server = UvicornServer.running()
    files = () if server is None else server.certificate_files()
    if server is not None and files:
        CertificateWatch(server, files).look_again_and_again()
