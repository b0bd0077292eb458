import json

import pytest

from sentiment import errors
from sentiment.errors import MethodNotAllowed, NotReady, QueueFull, SentimentError


def family(root: type[SentimentError] = SentimentError) -> list[type[SentimentError]]:
    return [root, *(each for child in root.__subclasses__() for each in family(child))]


@pytest.mark.parametrize(
    ("kind", "status", "code", "exit_code"),
    [
        (errors.SentimentError, 500, "internal_error", 1),
        (errors.UsageError, 500, "usage", 2),
        (errors.DataError, 500, "bad_data", 2),
        (errors.Unreachable, 500, "unreachable", 2),
        (errors.ModelNotFound, 503, "model_not_found", 2),
        (errors.TrainingError, 500, "training_failed", 1),
        (errors.BadRequest, 400, "invalid_json", 1),
        (errors.RouteNotFound, 404, "not_found", 1),
        (errors.MethodNotAllowed, 405, "method_not_allowed", 1),
        (errors.BodyTooLarge, 413, "body_too_large", 1),
        (errors.TextTooLong, 413, "text_too_long", 1),
        (errors.UnsupportedMediaType, 415, "unsupported_media_type", 1),
        (errors.InvalidValue, 422, "invalid_value", 2),
        (errors.QueueFull, 429, "overloaded", 1),
        (errors.EngineFailed, 500, "engine_failed", 1),
        (errors.NotReady, 503, "not_ready", 1),
        (errors.DeadlineExceeded, 504, "deadline_exceeded", 1),
        (errors.RequestTooSlow, 408, "request_too_slow", 1),
        (errors.UnsupportedEncoding, 415, "unsupported_encoding", 1),
        (errors.ProtocolError, 400, "bad_request", 1),
        (errors.HeadersTooLarge, 431, "headers_too_large", 1),
        (errors.TooManyConnections, 503, "too_many_connections", 1),
    ],
)
def test_a_kind_of_error_has_one_status_one_code_and_one_exit_status(
    kind: type[SentimentError], status: int, code: str, exit_code: int
) -> None:
    assert (kind.http_status, kind.code, kind.exit_code) == (status, code, exit_code)


def test_no_two_kinds_share_a_code() -> None:
    codes = [kind.code for kind in family()]
    assert len(codes) == len(set(codes))


def test_message_and_remedy_become_one_sentence_after_the_other() -> None:
    assert str(SentimentError("The file is empty.", "Pass another.")) == (
        "The file is empty. Pass another."
    )


def test_an_error_without_a_remedy_ends_with_its_message() -> None:
    assert str(SentimentError("The file is empty.")) == "The file is empty."


def test_the_body_is_json_with_code_message_and_details() -> None:
    error = errors.InvalidValue("Bad.", "Mend it.", [{"field": "text"}])
    assert json.loads(json.dumps(error.body())) == {
        "error": {
            "code": "invalid_value",
            "message": "Bad. Mend it.",
            "details": [{"field": "text"}],
        }
    }


def test_details_are_a_copy_of_what_was_given() -> None:
    detail = {"field": "text"}
    error = SentimentError("Bad.", details=[detail])
    detail["field"] = "changed"
    assert error.details == [{"field": "text"}]


def test_a_full_queue_says_when_to_try_again() -> None:
    error = QueueFull("Too much waits.", retry_after_s=3)
    assert error.headers() == {"Retry-After": "3"}
    assert str(error) == "Too much waits. Try again in 3 s."


def test_a_wrong_method_names_the_right_one() -> None:
    error = MethodNotAllowed("GET is not answered here.", allow="POST")
    assert error.headers() == {"Allow": "POST"}
    assert str(error).endswith("Use POST.")


def test_a_server_that_is_not_ready_asks_for_another_try() -> None:
    assert NotReady("Starting.").headers() == {"Retry-After": "1"}


def test_other_errors_add_no_headers() -> None:
    assert errors.DataError("Bad.").headers() == {}
