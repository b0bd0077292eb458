"""The key by which a command line asks a server: no setting of one."""

import os

OWN_KEY = "SENTIMENT_KEY"


def own_key() -> str:
    """Return the API key that `--url` sends to a server; empty if none is set."""
    return os.environ.get(OWN_KEY, "")
