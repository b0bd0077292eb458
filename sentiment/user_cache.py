"""Where on this machine lies what can be made again: joined models, prepared data."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Return this project's folder in the user's cache (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sentiment"
