"""Nested JSON becomes a schema, and what is too much of it is refused before it is built."""

from typing import Any

import pytest
from pydantic import Field

from sentiment.errors import BadRequest, InvalidValue
from sentiment.schema import Schema
from sentiment.serving.json_body import read


class Inner(Schema):
    size: int = 1


class Outer(Schema):
    texts: list[Any]
    inner: Inner | None = None
    name: str = Field(default="", max_length=9)


def test_what_is_right_is_returned_as_its_schema() -> None:
    body = b'\xef\xbb\xbf{"texts": ["a", [7]], "inner": {"size": 3}}'
    assert read(body, Outer, 5) == Outer(texts=["a", [7]], inner=Inner(size=3))


@pytest.mark.parametrize("body", [b"", b"{", b"{'a': 1}", b'{"texts": [NaN]}', b"\xff", b'"\x01"'])
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        read(body, Outer, 5)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "texts"),
        (b"[]", ""),
        (b'{"texts": "a"}', "texts"),
        (b'{"texts": [], "inner": {"size": "3"}}', "inner.size"),
        (b'{"texts": [], "inner": {"size": %s}}' % (b"9" * 50), "inner.size"),
        (b'{"texts": [], "inner": {"xyzzy": 3}}', "inner.(unknown field)"),
        (b'{"texts": [], "name": "\\ud800"}', "name"),
    ],
)
def test_each_wrong_field_is_named(body: bytes, field: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        read(body, Outer, 5)
    assert [detail["field"] for detail in raised.value.details] == [field]
    assert "xyzzy" not in str(raised.value)


def test_the_values_are_counted_before_they_are_built() -> None:
    with pytest.raises(InvalidValue, match=r"more than 1,010 values"):
        read(b'{"texts": [%s[]]}' % (b"[]," * 1200), Outer, 5)


def test_a_name_that_stands_twice_is_refused_at_any_depth() -> None:
    with pytest.raises(InvalidValue, match="more than once"):
        read(b'{"texts": [], "inner": {"size": 1, "size": 2}}', Outer, 5)


def test_depth_is_bounded() -> None:
    with pytest.raises(InvalidValue, match="nested"):
        read(b'{"texts": %s}' % (b"[" * 90_000 + b"]" * 90_000), Outer, 50_000)
