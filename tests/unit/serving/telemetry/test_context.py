"""The ids of a request: what is taken from a caller, and where it is found."""

import re

import pytest

from sentiment.serving.telemetry.context import RequestContext, current_request, current_stages
from sentiment.serving.telemetry.stages import Stage, Stages


@pytest.mark.parametrize("given", ["7", "b7ad6b71-6920_3331.x", "a" * 64])
def test_a_callers_id_is_taken(given: str) -> None:
    assert RequestContext.of(given).request_id == given


@pytest.mark.parametrize("given", [None, "", "a" * 65, "a b", "a\n", "é", '"', "٣"])
def test_what_is_no_plain_id_is_replaced_by_a_new_one(given: str | None) -> None:
    first, second = RequestContext.of(given), RequestContext.of(given)
    assert re.fullmatch("[0-9a-f]{32}", first.request_id)
    assert first.request_id != second.request_id


def test_a_request_is_found_while_it_is_answered() -> None:
    stages = Stages()
    with RequestContext("1", stages=stages):
        with RequestContext("2"):
            assert (current_request(), current_stages()) == (RequestContext("2"), None)
        assert current_stages() is stages
    assert (current_request(), current_stages()) == (None, None)


def test_a_stage_is_from_its_first_part_to_its_last() -> None:
    stages = Stages()
    for began, ended in ((2.0, 3.0), (1.0, 2.5), (4.0, 5.0)):
        stages.note("inference", began, ended, texts=2, tokens=10)
    stages.note_waiting(0.5, 9.0, 6, 30)
    assert stages == {
        "inference": Stage(1.0, 5.0, 6, 30),
        "waiting": Stage(0.5, 1.0, 6, 30),
    }


def test_who_was_never_computed_waited_to_the_end() -> None:
    stages = Stages()
    stages.note_waiting(0.5, 9.0, 1, 4)
    assert stages == {"waiting": Stage(0.5, 9.0, 1, 4)}
