"""Finds the route of a path, with the values of its parameters."""

import re
from collections.abc import Mapping, Sequence

from sentiment.serving.route import OUR_ERRORS, ErrorShape, Route

_PARAMETER = re.compile(r"\{(\w+)\}")

Methods = Mapping[str, Route]
"""The routes of one path by method; that of GET answers HEAD too."""


def parameters_of(path: str) -> list[str]:
    """Return the names of the parameters of a path."""
    return _PARAMETER.findall(path)


class RouteTable:
    """The routes by path: a dictionary, and patterns for the few paths with parameters."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_path.setdefault(route.path, {})
            methods[route.method] = route
            if route.method == "GET":
                methods["HEAD"] = route
        self._fixed = {path: by_path[path] for path in by_path if "{" not in path}
        self._patterns = [
            (re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", path)), by_path[path])
            for path in by_path
            if "{" in path
        ]
        self._shapes = {route.errors_as for route in routes if route.errors_as.prefix}

    def find(self, path: str) -> tuple[Methods, Mapping[str, str]]:
        """Return the routes of a path, none if it has none, and its parameters by name."""
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, {}
        for pattern, methods in self._patterns:
            if found := pattern.fullmatch(path):
                return methods, found.groupdict()
        return {}, {}

    def errors_below(self, path: str) -> ErrorShape:
        """Return how callers are told that a path has no route."""
        for shape in self._shapes:
            if path.startswith(f"{shape.prefix}/"):
                return shape
        return OUR_ERRORS
