import json
import logging

from sentiment.serving.logs import formatter
from sentiment.serving.telemetry.context import RequestContext


def line(**values: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "sentiment", "levelname": "INFO", "msg": "hi", **values}
    )
    parsed: dict[str, object] = json.loads(formatter().format(record))
    return parsed


def test_a_line_has_time_level_logger_and_message() -> None:
    assert set(line()) == {"time", "level", "logger", "message"}
    assert line(msg="ready after %.1f s", args=(1.5,))["message"] == "ready after 1.5 s"


def test_a_traceback_stays_on_the_line() -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        found = line(exc_info=(type(error), error, error.__traceback__))
    assert "Traceback" in str(found["exception"])


def test_what_bentoml_adds_for_its_own_format_is_left_out() -> None:
    assert "trace_msg" not in line(trace_msg="", component="[cli]", request_id=None)


def test_a_line_has_the_ids_of_the_request_that_is_answered() -> None:
    with RequestContext("7"):
        assert set(line()) == {"time", "level", "logger", "message", "request_id"}
    with RequestContext("7", trace_id="0af7", span_id="b7ad"):
        found = line()
    assert (found["request_id"], found["trace_id"], found["span_id"]) == ("7", "0af7", "b7ad")
    assert "request_id" not in line()
