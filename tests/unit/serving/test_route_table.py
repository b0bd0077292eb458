"""A path finds its routes and parameters, and what it is not told by errors of its protocol."""

from typing import Any

import pytest

from sentiment.schema import Liveness
from sentiment.serving.protocols import open_inference
from sentiment.serving.route import OUR_ERRORS, Route
from sentiment.serving.route_table import RouteTable


async def handler(_: Any) -> Liveness:
    return Liveness()


def route(method: Any, path: str, **fields: Any) -> Route:
    return Route(
        method, path, handler, summary="", role="anyone", reply=Liveness, reply_summary="", **fields
    )


TABLE = RouteTable(
    [
        route("GET", "/v2/models/{model}", errors_as=open_inference.ERRORS),
        route("POST", "/v2/models/{model}/versions/{version}/infer"),
        route("GET", "/v2/models/fixed"),
        route("POST", "/"),
        route("GET", "/"),
    ]
)


@pytest.mark.parametrize(
    ("path", "methods", "parameters"),
    [
        ("/", {"GET", "HEAD", "POST"}, {}),
        ("/v2/models/a", {"GET", "HEAD"}, {"model": "a"}),
        ("/v2/models/fixed", {"GET", "HEAD"}, {}),
        ("/v2/models/a/versions/b/infer", {"POST"}, {"model": "a", "version": "b"}),
        ("/v2/models/a:b/versions/é/infer", {"POST"}, {"model": "a:b", "version": "é"}),
        ("/v2/models/", set(), {}),
        ("/v2/models/a/", set(), {}),
        ("/v2/models/a\n", {"GET", "HEAD"}, {"model": "a\n"}),
        ("/v2/models/a/b", set(), {}),
        ("", set(), {}),
    ],
)
def test_a_path_finds_its_routes(path: str, methods: set[str], parameters: Any) -> None:
    found, values = TABLE.find(path)
    assert (set(found), dict(values)) == (methods, parameters)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v2/nothing", open_inference.ERRORS),
        ("/v2nothing", OUR_ERRORS),
        ("/nothing", OUR_ERRORS),
    ],
)
def test_a_path_without_a_route_has_the_errors_of_its_protocol(path: str, shape: Any) -> None:
    assert TABLE.errors_below(path) is shape
