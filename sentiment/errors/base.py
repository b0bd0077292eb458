"""What all errors that users see have in common, and the error of another library in a line."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self


class SentimentError(Exception):
    """Base of all errors meant for users.

    `message` says what was wrong, `remedy` what to do; `details` is a list of
    JSON objects for programs. None of them may hold a caller's text.
    """

    code: str = "internal_error"
    http_status: int = 500
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, remedy: str = "", details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.details = [dict(detail) for detail in details]

    def body(self) -> dict[str, Any]:
        """Return the JSON object with which every failed HTTP request is answered."""
        return {"error": {"code": self.code, "message": str(self), "details": self.details}}

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that belong to the error."""
        return {}

    def of_text(self, number: int) -> Self:
        """Return the error, which now says which text of a list it is about, counted from 1."""
        self.args = (f"Text {number}: {self}",)
        return self


def in_one_line(error: BaseException) -> str:
    """Return an error of another library in one line: its kind, and the first line it says.

    Where that ends with a colon, as OpenVINO's lines of source code do, the next belongs to it.
    """
    try:
        said = str(error).strip().splitlines()
    except Exception:  # some errors of libraries fail at that
        said = []
    first = said[0].strip() if said else ""
    for line in said[1:]:
        if not first.endswith(":"):
            break
        first = f"{first} {line.strip()}"
    first = first[:300]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def printable(text: str) -> str:
    """Return a text on one line, without what would steer a terminal.

    A name of a file or a value of a setting may hold anything.
    """
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
