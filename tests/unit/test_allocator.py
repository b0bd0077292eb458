import ctypes
import platform
import subprocess
import sys

import pytest

from sentiment.allocator import keep_freed_memory

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
    command = [sys.executable, "-c", SCRIPT, mode]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@on_glibc
def test_a_freed_block_stays_in_the_process() -> None:
    assert returned_to_the_kernel("keep") < 1 << 20


@on_glibc
def test_a_freed_block_is_returned_unless_asked_to_be_kept() -> None:
    assert returned_to_the_kernel("as it comes") > 60 << 20


@pytest.mark.parametrize("failure", [OSError, AttributeError])
def test_another_c_library_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def no_library(name: str) -> None:
        raise failure(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert keep_freed_memory() is False
