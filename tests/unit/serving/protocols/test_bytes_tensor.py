"""Strings and numbers as bytes, as Triton's own functions write and read them."""

import numpy as np
import pytest
from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor

from sentiment.errors import InvalidValue
from sentiment.serving.protocols import bytes_tensor

TEXTS = ["good", "", "naïve \N{GRINNING FACE}", "x" * 300]


def test_strings_are_read_as_triton_writes_them() -> None:
    written = serialize_byte_tensor(np.array(TEXTS, dtype=object)).item()
    assert bytes_tensor.decoded(written, 9) == TEXTS
    assert bytes_tensor.encoded(TEXTS) == written


def test_strings_past_the_most_are_refused_and_not_read() -> None:
    written = bytes_tensor.encoded(TEXTS)
    assert bytes_tensor.decoded(written, len(TEXTS)) == TEXTS
    with pytest.raises(InvalidValue, match="at most 3 are taken"):
        bytes_tensor.decoded(written + b"?", 3)


def test_triton_reads_what_is_written() -> None:
    read = deserialize_bytes_tensor(bytes_tensor.encoded(TEXTS)).tolist()
    assert [each.decode() for each in read] == TEXTS
    assert np.frombuffer(bytes_tensor.doubles([0.25, 1.0])).tolist() == [0.25, 1.0]


@pytest.mark.parametrize("raw", [b"\x01", b"\x05\0\0\0good", b"\xff\xff\xff\xff", b"\x01\0\0\0"])
def test_lengths_that_are_wrong_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidValue, match="middle of a text"):
        bytes_tensor.decoded(raw, 9)
