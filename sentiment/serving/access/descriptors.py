"""How many files the process may have open, each connection being one of them."""

import os

_OTHERS = 64  # files that are opened while the server runs: a model, logs, threads of libraries
_LEAST = 16  # connections without which nothing can be served


def descriptors_left(wanted: int) -> int:
    """Return how many more files may be opened, up to `wanted`; raise the soft limit for them.

    Past the limit the operating system accepts connections that the server cannot take.
    """
    try:
        import resource
    except ImportError:  # on Windows there is no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else _OTHERS
    needed = used + _OTHERS + wanted
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(_LEAST, min(wanted, soft - used - _OTHERS))
