"""The client for programs without an event loop."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Literal, Self, overload

import httpx

from sentiment.client.connection import Connection, Patience
from sentiment.client.messages import Result, body, content_of, is_too_much, pieces, results_of
from sentiment.errors import ServerError
from sentiment.schema import Prediction, ServedModel


class Client:
    """Asks a running server; may be used by several threads, and closed by `with`.

    Takes the options of `Connection` by name. Each method raises `ServerError` for what the
    server refuses, with its code and message, and `NoAnswer` where none comes. 429 and 503 are
    taken for an answer only when the time of `patience_s` is over.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._connection = Connection(url.rstrip("/"), **options)
        try:
            self._http = httpx.Client(**self._connection.options())
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

    def close(self) -> None:
        """Close the connections to the server."""
        self._http.close()

    def model(self) -> ServedModel:
        """Return the served model: its tag, engine and card."""
        return content_of(self._asked("GET", "/model", None), ServedModel)

    def predict(self, text: str) -> Prediction:
        """Return the prediction of one text."""
        return content_of(self._asked("POST", "/predict", {"text": text}), Prediction)

    @overload
    def predict_batch(
        self, texts: Iterable[str], return_errors: Literal[False] = False
    ) -> list[Prediction]: ...

    @overload
    def predict_batch(self, texts: Iterable[str], return_errors: Literal[True]) -> list[Result]: ...

    def predict_batch(
        self, texts: Iterable[str], return_errors: bool = False
    ) -> list[Prediction] | list[Result]:
        """Return one prediction for each text, in order, however many there are.

        The first text that is refused raises its error, which says which one it was. With
        `return_errors` errors of texts stand in their places instead.
        """
        found: list[Result] = []
        for result in self.predict_each(texts):
            if isinstance(result, ServerError) and not return_errors:
                raise result.of_text(len(found) + 1)
            found.append(result)
        return found

    def predict_each(self, texts: Iterable[str]) -> Iterator[Result]:
        """Yield a prediction or an error for each text, in order, as answers come."""
        for results in self._in_order(pieces(texts)):
            yield from results

    def _in_order(self, lists: Iterable[list[str]]) -> Iterator[list[Result]]:
        """Yield the results of lists, of which some are asked at once; end early on an error."""
        waiting: deque[Future[list[Result]]] = deque()
        stop = threading.Event()
        try:
            for texts in lists:
                full = len(waiting) == self._connection.at_once
                answered = waiting.popleft().result() if full else None
                waiting.append(self._asked_in_a_thread(texts, stop))
                if answered is not None:
                    yield answered
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()

    def _asked_in_a_thread(
        self, texts: Sequence[str], stop: threading.Event
    ) -> Future[list[Result]]:
        """Begin to ask for the results of one list.

        A pool's threads would be waited for when the program ends, and a server that is silent
        would hold up Ctrl-C for minutes.
        """
        future: Future[list[Result]] = Future()

        def ask() -> None:
            try:
                future.set_result(self._results(texts, stop))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=ask, name="asking", daemon=True).start()
        return future

    def _results(self, texts: Sequence[str], stop: threading.Event) -> list[Result]:
        """Return the results of one list, which is halved as long as it is too much."""
        answer = self._asked("POST", "/predict/batch", {"texts": texts}, stop)
        if not is_too_much(answer, texts):
            return results_of(answer, texts)
        half = len(texts) // 2
        return self._results(texts[:half], stop) + self._results(texts[half:], stop)

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
