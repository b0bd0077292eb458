"""Fields are read as the standard library reads them, and what no route takes is never built."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment.serving.json_fields import JsonFields, TooManyValues, parse

KNOWN = ("text", "texts")
MANY = 1_000_000


def read(body: bytes, texts: int = 1024, values: int = MANY) -> Any:
    return parse(body, KNOWN, texts, values)


def is_json(body: bytes) -> bool:
    """Whether the standard library takes it, NaN and Infinity left out."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        json.loads(body.decode("utf-8"), parse_constant=refuse, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*KNOWN, "x", ""]) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(value=values, indent=st.sampled_from([None, 0, 3]), escaped=st.booleans())
def test_any_json_is_read_like_the_standard_library_reads_it(
    value: Any, indent: int | None, escaped: bool
) -> None:
    found = read(json.dumps(value, indent=indent, ensure_ascii=escaped).encode())
    if not isinstance(value, dict):
        assert found is None
        return
    assert set(found.values) == value.keys() & set(KNOWN)
    assert found.unknown == len(value.keys() - set(KNOWN))
    assert found.repeated == set()
    for name, field in found.values.items():
        assert type(field) in (type(value[name]), int)  # any number stands as 0
        if isinstance(field, str):
            assert field == value[name]
        if isinstance(field, list):
            texts = [each for each in value[name] if isinstance(each, str)]
            assert [each for each in field if isinstance(each, str)] == texts
            assert len(field) == len(value[name])


TOKENS = [
    *("{", "}", "[", "]", ",", ":", '"', "\\", '"text"', '"texts"', '"a"', '"\\ud800"', "\\u00e9"),
    *("null", "true", "-1", "0", "01", "1e5", "1.", "NaN", "-Infinity", " ", "\n", "\x01", "é"),
]


@settings(deadline=None)
@given(pieces=st.lists(st.sampled_from(TOKENS), max_size=12))
@example(pieces=["{", '"text"', ":", '"a"', ",", "}"])
@example(pieces=["[", "[", "]", "}"])
def test_what_is_not_json_is_refused_and_nothing_else(pieces: list[str]) -> None:
    body = "".join(pieces).encode()
    try:
        read(body)
        taken = True
    except ValueError:
        taken = False
    assert taken == is_json(body)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity", "nan"])
def test_what_is_no_number_in_json_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no value"):
        read(f'{{"texts": ["good", {name}]}}'.encode())


def test_an_odd_value_stands_as_an_empty_one_of_its_type() -> None:
    body = b'{"texts": ["a", 1, %s, true, null, [[1]], {"b": ["c"]}]}' % (b"9" * 6000)
    assert read(body).values == {"texts": ["a", 0, 0, True, None, [], {}]}


def test_half_a_surrogate_pair_stays_in_its_text() -> None:
    found = read(b'{"texts": ["good", "\\ud800", "\\ud83d\\ude00"]}')
    assert found.values == {"texts": ["good", "\ud800", "\N{GRINNING FACE}"]}


def test_a_name_that_stands_twice_is_told_however_it_is_spelt() -> None:
    found = read(b'{"text": "a", "te\\u0078t": "b", "other": 1, "other": 2}')
    assert found == JsonFields({"text": "a"}, {"text"}, unknown=2)


def test_a_byte_order_mark_may_stand_first() -> None:
    assert read(b'\xef\xbb\xbf{"text": "a"}').values == {"text": "a"}


def test_past_the_bound_texts_are_only_counted() -> None:
    assert read(b'{"texts": ["a", "b", "c"]}', texts=2).values == {"texts": ["a", "b", None]}


@pytest.mark.parametrize(
    "body", [b"[[],[],[]]", b'{"x": {"a": 1, "b": 2}}', b'{"a":1,"b":2,"c":3}']
)
def test_more_values_than_allowed_are_not_read(body: bytes) -> None:
    with pytest.raises(TooManyValues):
        read(body, values=2)


@pytest.mark.parametrize("junk", [b"[]", b"{}", b"1e9", b'"ab"', b'{"a":[]}'])
def test_what_no_route_takes_is_never_built(junk: bytes) -> None:
    body = b'{"x": [' + b",".join([junk] * 20_000) + b"]}"
    tracemalloc.start()
    try:
        assert read(body).unknown == 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(body) + 100_000  # the text itself


def test_depth_alone_is_no_harm() -> None:
    assert read(b"[" * 100_000 + b"]" * 100_000) is None
