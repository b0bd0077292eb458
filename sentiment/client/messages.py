"""Requests and answers as bytes: lists in pieces, predictions, and errors as exceptions."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from sentiment.errors import InvalidValue, ServerError, listed
from sentiment.schema import ErrorBody, Prediction, Wishes

T = TypeVar("T", bound=BaseModel)

_TEXTS = 64  # in a piece: two micro-batches, which are begun while the next piece comes
_CHARACTERS = 500_000  # in a piece, unless one text has more: at most 3 MB; servers take 8

Result = Prediction | ServerError


def body(fields: Mapping[str, Any]) -> bytes:
    """Return a body, in which half of a surrogate pair is an escape of JSON."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace")


def check_text(text: object, name: str = "A text") -> None:
    """Raise `InvalidValue` for what is no text, of which JSON may have no form."""
    if not isinstance(text, str):
        raise InvalidValue(f"{name} must be a string, not {type(text).__name__}.", "Send a string.")


def check_wishes(wishes: Mapping[str, bool]) -> None:
    """Raise `InvalidValue` for a wish that answers have no field for."""
    if unknown := wishes.keys() - Wishes.model_fields.keys():
        known = ", ".join(Wishes.model_fields)
        raise InvalidValue(f"No answer can say {listed(sorted(unknown))}.", f"Wish for {known}.")


def pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield texts in lists that a server takes, in order; raise `InvalidValue` for what is none."""
    if isinstance(texts, str | bytes):
        raise InvalidValue("This is one text and no list.", "Send it in a list, or by predict.")
    piece: list[str] = []
    size = 0
    for number, text in enumerate(texts, 1):
        check_text(text, f"Text {number}")
        if piece and (len(piece) == _TEXTS or size + len(text) > _CHARACTERS):
            yield piece
            piece, size = [], 0
        piece.append(text)
        size += len(text)
    if piece:
        yield piece


def is_too_much(answer: httpx.Response, texts: Sequence[str]) -> bool:
    """Return whether a server has refused a list that it may take in halves."""
    refused = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
    return answer.status_code in refused and len(texts) > 1


def content_of(answer: httpx.Response, schema: type[T]) -> T:
    """Return what was answered; raise `ServerError` for an error, and for what is no answer."""
    if not answer.is_success:
        raise _error(answer)
    return _valid(answer, schema, _json(answer))


def results_of(answer: httpx.Response, texts: Sequence[str]) -> list[Result]:
    """Return a prediction or an error for each text of a list; raise as `content_of` does.

    An error about a list of one is the error of its text.
    """
    if not answer.is_success:
        error = _error(answer)
        if answer.is_client_error and len(texts) == 1 and error.code in _OF_A_TEXT:
            return [error]
        raise error
    given = _json(answer)
    results = given.get("results") if isinstance(given, dict) else None
    if not isinstance(results, list) or len(results) != len(texts):
        raise _unexpected(answer)
    return [_result(answer, each) for each in results]


_OF_A_TEXT = ("text_too_long", "body_too_large", "invalid_value", "invalid_json")


def _result(answer: httpx.Response, given: Any) -> Result:
    if isinstance(given, dict) and "error" in given:
        told = _valid(answer, ErrorBody, given).error
        return ServerError(told.message, told.code, answer.status_code, told.details)
    return _valid(answer, Prediction, given)


def _error(answer: httpx.Response) -> ServerError:
    try:
        told = ErrorBody.model_validate_json(answer.content).error
    except ValidationError:
        return _unexpected(answer)
    return ServerError(told.message, told.code, answer.status_code, told.details)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise _unexpected(answer) from None


def _valid(answer: httpx.Response, schema: type[T], given: Any) -> T:
    """Return the fields of a schema that was answered; newer servers may have more."""
    try:
        known = {name: given[name] for name in schema.model_fields if name in given}
        return schema.model_validate(known)
    except (ValidationError, TypeError):
        raise _unexpected(answer) from None


def _unexpected(answer: httpx.Response) -> ServerError:
    message = f"{answer.url} answered {answer.status_code} with what this client does not know."
    return ServerError(message, http_status=answer.status_code)
