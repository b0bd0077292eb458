"""The client for programs without an event loop."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, overload

import httpx

from sentiment.client.connection import Connection, Patience
from sentiment.client.messages import (
    Result,
    body,
    check_text,
    check_wishes,
    content_of,
    is_too_much,
    pieces,
    results_of,
)
from sentiment.errors import ServerError
from sentiment.schema import Prediction, ServedModel
from sentiment.waiting import result_of

_GRACE_S = 1.0  # for answers that nobody wants any more, so that their connections are closed well


class _InTime(httpx.SyncByteStream):
    """The bytes of an answer, which is given up when it has trickled for too long."""

    def __init__(self, stream: Any, seconds: float) -> None:
        self._stream = stream
        self._end = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if time.monotonic() > self._end:
                raise httpx.ReadTimeout("it took too long")
            yield part

    def close(self) -> None:
        self._stream.close()


def _begun(call: Callable[[], list[Result]]) -> Future[list[Result]]:
    """Begin a call in a thread of its own, which ends with a program that is interrupted."""
    future: Future[list[Result]] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


class Client:
    """Asks a running server; may be used by several threads, and closed by `with`.

    Takes the options of `Connection` by name. Each method raises `ServerError` for what the
    server refuses, with its code and message, and `NoAnswer` where none comes. 429 and 503 are
    taken for an answer only when the time of `patience_s` is over.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._connection = Connection(url.rstrip("/"), **options)
        try:
            options = self._connection.options()
            self._http = httpx.Client(**options, event_hooks={"response": [self._bound]})
        except (ImportError, ValueError, httpx.InvalidURL) as error:  # of a proxy
            raise self._connection.failed(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _bound(self, answer: httpx.Response) -> None:
        answer.stream = _InTime(answer.stream, self._connection.timeout_s)

    def close(self) -> None:
        """Close the connections to the server."""
        self._http.close()

    def model(self) -> ServedModel:
        """Return the served model: its tag, engine and card."""
        return content_of(self._asked("GET", "/model", None), ServedModel)

    def predict(self, text: str, **wishes: bool) -> Prediction:
        """Return the prediction of one text.

        `wishes` are what it is to say beside itself: `sentences`, `explain`, `warnings`.
        """
        check_text(text)
        check_wishes(wishes)
        return content_of(self._asked("POST", "/predict", {"text": text, **wishes}), Prediction)

    @overload
    def predict_batch(
        self, texts: Iterable[str], return_errors: Literal[False] = False, **wishes: bool
    ) -> list[Prediction]: ...

    @overload
    def predict_batch(
        self, texts: Iterable[str], return_errors: Literal[True], **wishes: bool
    ) -> list[Result]: ...

    def predict_batch(
        self, texts: Iterable[str], return_errors: bool = False, **wishes: bool
    ) -> list[Prediction] | list[Result]:
        """Return one prediction for each text, in order, however many there are.

        The first text that is refused raises its error, which says which one it was. With
        `return_errors` errors of texts stand in their places instead. `wishes` are those of
        `predict`.
        """
        found: list[Result] = []
        for result in self.predict_each(texts, **wishes):
            if isinstance(result, ServerError) and not return_errors:
                raise result.of_text(len(found) + 1)
            found.append(result)
        return found

    def predict_each(self, texts: Iterable[str], **wishes: bool) -> Iterator[Result]:
        """Yield a prediction or an error for each text, in order, as answers come."""
        check_wishes(wishes)
        for results in self._in_order(pieces(texts), wishes):
            yield from results

    def _in_order(
        self, lists: Iterable[list[str]], wishes: Mapping[str, bool]
    ) -> Iterator[list[Result]]:
        """Yield the results of lists, of which some are asked at once; end early on an error."""
        waiting: deque[Future[list[Result]]] = deque()
        stop = threading.Event()
        try:
            for texts in lists:
                if len(waiting) == self._connection.at_once:
                    yield result_of(waiting.popleft())
                waiting.append(_begun(partial(self._results, texts, wishes, stop)))
            while waiting:
                yield result_of(waiting.popleft())
        finally:
            stop.set()
            wait(waiting, _GRACE_S)

    def _results(
        self, texts: Sequence[str], wishes: Mapping[str, bool], stop: threading.Event
    ) -> list[Result]:
        """Return the results of one list, which is halved as long as it is too much."""
        answer = self._asked("POST", "/predict/batch", {"texts": texts, **wishes}, stop)
        if not is_too_much(answer, texts):
            return results_of(answer, texts)
        half = len(texts) // 2
        return self._results(texts[:half], wishes, stop) + self._results(texts[half:], wishes, stop)

    def _asked(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None,
        stop: threading.Event | None = None,
    ) -> httpx.Response:
        """Return the answer to a request, which is sent again while the server is full."""
        patience = Patience(self._connection.patience_s)
        stop = stop or threading.Event()
        content = None if fields is None else body(fields)
        while True:
            try:
                answer = self._http.request(method, path, content=content)
            except (httpx.HTTPError, httpx.InvalidURL, ImportError) as error:
                raise self._connection.failed(error) from None
            wait = patience.wait_s(answer)
            if wait is None or stop.wait(wait):
                return answer
