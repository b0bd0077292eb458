"""Certificates that are made in a test, for 127.0.0.1, and callers that trust them."""

import ssl
from pathlib import Path

import trustme


class Certificate:
    """A certificate by an authority of its own, which nobody else trusts."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        issued = self._authority.issue_cert("127.0.0.1")
        self.chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        self.key = issued.private_key_pem.bytes()
        self.authority = self._authority.cert_pem.bytes()

    def write(self, folder: Path) -> None:
        """Write `tls.crt` and `tls.key`, each in one step."""
        for name, content in (("tls.crt", self.chain), ("tls.key", self.key)):
            put(folder / name, content)

    def trusted(self) -> ssl.SSLContext:
        """Return what a caller trusts who knows this authority alone."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context


def put(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    made = path.with_suffix(".made")
    made.write_bytes(content)
    made.replace(path)
