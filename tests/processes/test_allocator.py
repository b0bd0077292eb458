"""What a process gives back to the kernel when it frees memory."""

import platform

import pytest

from tests.support.processes import python

on_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")


SCRIPT = """
import sys
from sentiment.allocator import keep_freed_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

if sys.argv[1] == "keep":
    assert keep_freed_memory()
block = bytearray(b"x") * (64 << 20)
held = resident()
del block
print(held - resident())
"""


def returned_to_the_kernel(mode: str) -> int:
    """Bytes that a fresh process gives back when it frees a block of 64 MiB."""
    ended = python("-c", SCRIPT, mode)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


@on_glibc
def test_a_freed_block_stays_in_the_process() -> None:
    assert returned_to_the_kernel("keep") < 1 << 20


@on_glibc
def test_a_freed_block_is_returned_unless_asked_to_be_kept() -> None:
    assert returned_to_the_kernel("as it comes") > 60 << 20
