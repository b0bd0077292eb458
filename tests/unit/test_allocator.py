import ctypes

import pytest

from sentiment.allocator import keep_freed_memory


@pytest.mark.parametrize("failure", [OSError, AttributeError])
def test_another_c_library_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def no_library(name: str) -> None:
        raise failure(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert keep_freed_memory() is False
