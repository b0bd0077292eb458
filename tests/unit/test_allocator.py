import ctypes
from collections.abc import Callable

import pytest

from sentiment.allocator import keep_freed_memory, return_freed_memory


@pytest.mark.parametrize("failure", [OSError, AttributeError, TypeError])
@pytest.mark.parametrize("ask", [keep_freed_memory, return_freed_memory])
def test_another_c_library_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], bool], failure: type[Exception]
) -> None:
    def no_library(name: str | None) -> None:
        raise failure(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert ask() is False
