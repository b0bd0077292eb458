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


PAGES_BETWEEN = """
from sentiment.allocator import return_freed_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

blocks = [bytearray(b"x") * 100_000 for _ in range(1_000)]
last = blocks.pop()  # at the top of the heap
held = resident()
blocks.clear()
freed = resident()
assert return_freed_memory()
print(held - freed, freed - resident())
"""


@on_glibc
def test_what_lies_between_blocks_in_use_is_returned_when_asked_for() -> None:
    ended = python("-c", PAGES_BETWEEN)
    assert ended.returncode == 0, ended.stderr
    by_itself, when_asked = map(int, ended.stdout.split())
    assert by_itself < 10 << 20
    assert when_asked > 80 << 20
