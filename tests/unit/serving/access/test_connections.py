"""What all connections share: the more there are, the shorter a head has to be."""

from typing import Any

import pytest

from sentiment.serving.access.connections import BOUNDS, Connections
from sentiment.settings import ServingSettings


class Open:
    """As much of a connection as is asked when it opens."""

    client = ("127.0.0.1", 1)
    surplus = False


@pytest.mark.parametrize(("count", "kilobytes"), [(1, 64), (1024, 64), (1600, 40), (2048, 32)])
def test_the_heads_of_all_connections_are_bounded_together(count: int, kilobytes: int) -> None:
    connections = Connections(ServingSettings(), lambda _: None)
    opened: list[Any] = [Open() for _ in range(count)]
    for each in opened:
        connections.opened(each)
    assert connections.head_bytes // 1024 == kilobytes
    for each in opened:
        connections.closed(each)
    assert connections.head_bytes == BOUNDS.head_bytes
