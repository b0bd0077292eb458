"""What glibc does with memory that is freed. Other C libraries are left as they are."""

import ctypes
from collections.abc import Callable

_M_TRIM_THRESHOLD = -1  # from glibc's malloc.h
_M_MMAP_THRESHOLD = -3
_KEEP_UP_TO_BYTES = 1 << 30


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed blocks of up to 1 GiB; return whether it accepted.

    It returns each block over 128 KiB to the kernel when it is freed (mallopt(3)) and asks for
    zeroed pages again at the next operation, which costs a small encoder about a third of its
    training step.
    """
    mallopt = _function("mallopt")
    return bool(
        mallopt
        and mallopt(_M_MMAP_THRESHOLD, _KEEP_UP_TO_BYTES)
        and mallopt(_M_TRIM_THRESHOLD, _KEEP_UP_TO_BYTES)
    )


def return_freed_memory() -> bool:
    """Return every whole page of freed blocks to the kernel; return whether the library can.

    glibc does so by itself only at the top of a heap (malloc_trim(3)).
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)
    return trim is not None


def _function(name: str) -> Callable[..., int] | None:
    """Return a function of the C library that this process has, None if it has none of the name."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no such handle
        return None
    return found
