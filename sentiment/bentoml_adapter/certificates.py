"""The certificate that a server is started with, checked before a worker is."""

import os
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Any

from sentiment.errors import SentimentError, printable


def check_certificate_options(check: Callable[[Mapping[str, Any]], None]) -> None:
    """Call `check` with the options `ssl_*` of `bentoml serve` before it starts a worker.

    A `SentimentError` ends the server. A worker would end with a traceback, again and again.
    """
    import bentoml.serving

    construct = bentoml.serving.construct_ssl_args

    def checked(**options: Any) -> list[str]:
        try:
            check({name: value for name, value in options.items() if value is not None})
        except SentimentError as error:
            sys.exit(f"error: {printable(str(error))}")
        for name in ("ssl_certfile", "ssl_keyfile", "ssl_ca_certs"):
            if options.get(name):  # workers may have another working directory
                options[name] = os.path.abspath(options[name])
        return construct(**options)

    bentoml.serving.construct_ssl_args = checked  # type: ignore[assignment]


def certificate_context(options: Mapping[str, Any]) -> ssl.SSLContext:
    """Return what uvicorn would answer with, given these options `ssl_*`.

    Raises `OSError` or `ValueError` where they do not fit.
    """
    from uvicorn.config import SSL_PROTOCOL_VERSION, create_ssl_context

    return create_ssl_context(
        certfile=options["ssl_certfile"],
        keyfile=options.get("ssl_keyfile"),
        # Without any, OpenSSL would ask the terminal for that of an encrypted key, and wait.
        password=options.get("ssl_keyfile_password") or "none",
        ssl_version=options.get("ssl_version") or SSL_PROTOCOL_VERSION,
        cert_reqs=options.get("ssl_cert_reqs") or ssl.CERT_NONE,
        ca_certs=options.get("ssl_ca_certs"),
        ciphers=options.get("ssl_ciphers"),
    )
