"""Odd JSON in every place of every body that the server takes: never a fault of the server's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sentiment.serving.routes import ROUTES
from tests.support.contract import check
from tests.support.servers import contract_server

JSON = {"content-type": "application/json"}
HERE = "put it here"
WITH_BODY = [route.path for route in ROUTES if route.body is not None]

ODD = [
    *("null", "true", "-0", "1.0", "1e999", "9" * 6000, "NaN", "-Infinity", "01", ""),
    *('""', r'"\ud800"', r'"\udfff good"', r'"\u0000"', r'"\uffff"', '"\x01"', "'a'", '"a'),
    *("[]", "{}", "[[],[]]", "[" * 500 + "]" * 500, '{"a": ' * 500 + "1" + "}" * 500),
    *('{"a": 1, "a": 2}', r'{"\ud800": 1}', '{"": {}}', '["good", 7]', '[{"name": "label"}]'),
]


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    told = tmp_path_factory.mktemp("odd") / "feedback.jsonl"
    with contract_server(tokenizer_folder, max_texts=8, feedback_file=told) as (address, _):
        yield address


def places(value: Any) -> Iterator[Any]:
    """Yield a value with `HERE` in the place of each of its parts, and beside each field."""
    yield HERE
    if isinstance(value, dict):
        yield value | {HERE: 1}
        for name, part in value.items():
            yield from (value | {name: changed} for changed in places(part))
    if isinstance(value, list):
        yield [*value, HERE]
        for place, part in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in places(part))


def bodies(document: Any, path: str) -> Iterator[str]:
    """Yield bodies with each odd value in each place: of the example and of all fields."""
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    others = dict.fromkeys(content["schema"]["properties"], HERE)
    bases = [*places(content["example"])]
    bases += [content["example"] | {name: HERE} for name in others]
    for base in bases:
        for odd in ODD:
            yield json.dumps(base).replace(f'"{HERE}"', odd)


@pytest.mark.parametrize("path", WITH_BODY)
def test_no_odd_value_is_a_fault_of_the_servers(url: str, document: Any, path: str) -> None:
    address = url + path.format(model="sentiment", version="fake")
    with httpx.Client(headers=JSON, timeout=60) as client:
        for body in bodies(document, path):
            response = client.post(address, content=body.encode())
            assert response.status_code < 500, body
            check(document, response, path)
