"""How many log lines of a kind pass in a second, by a clock that the test turns."""

import io
import logging
from collections.abc import Iterator

import pytest

from sentiment.serving.log_rate import LogRate


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def output() -> Iterator[tuple[logging.Logger, io.StringIO, Clock]]:
    """A logger whose handler its parent has too, as BentoML configures uvicorn's."""
    clock, stream = Clock(), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(LogRate(2, clock))
    parent, child = (logging.getLogger(f"rate{end}") for end in ("", ".child"))
    for logger in (parent, child):
        logger.addHandler(handler)
    yield child, stream, clock
    for logger in (parent, child):
        logger.removeHandler(handler)


def test_a_line_is_written_once(output: tuple[logging.Logger, io.StringIO, Clock]) -> None:
    logger, stream, _ = output
    logger.warning("a reset")
    assert stream.getvalue() == "a reset\n"


def test_few_lines_of_a_kind_pass_and_the_next_one_says_how_many_did_not(
    output: tuple[logging.Logger, io.StringIO, Clock],
) -> None:
    logger, stream, clock = output
    for place in range(50):
        logger.warning("reset %d", place)
    logger.warning("another kind")
    clock.now += 1
    logger.warning("reset %d", 50)
    assert stream.getvalue().splitlines() == [
        *("reset 0", "reset 1", "another kind"),
        "reset 50 (48 more such lines left out)",
    ]


def test_messages_that_differ_each_time_do_not_pile_up(
    output: tuple[logging.Logger, io.StringIO, Clock],
) -> None:
    logger, stream, _ = output
    for place in range(3000):
        logger.warning(f"made by a library: {place}")
    assert len(stream.getvalue().splitlines()) == 3000


def test_the_time_is_what_it_is_told() -> None:
    clock = Clock()
    rate = LogRate(1, clock, seconds=60)
    passed = []
    for now in (0.0, 59.0, 60.0, 119.0):
        clock.now = now
        passed.append(rate.filter(logging.makeLogRecord({"msg": "down"})))
    assert passed == [True, False, True, False]
