"""The client for programs with an event loop."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
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


class AsyncClient:
    """Asks a running server from one event loop; is to be closed by `async with`.

    Takes the options of `Connection` by name, and raises as `Client` does.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._connection = Connection(url.rstrip("/"), **options)
        try:
            self._http = httpx.AsyncClient(**self._connection.options())
        except (ImportError, ValueError, httpx.InvalidURL) as error:  # of a proxy
            raise self._connection.failed(error) from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._http.aclose()

    async def model(self) -> ServedModel:
        """Return the served model: its tag, engine and card."""
        return content_of(await self._asked("GET", "/model", None), ServedModel)

    async def predict(self, text: str, **wishes: bool) -> Prediction:
        """Return the prediction of one text.

        `wishes` are what it is to say beside itself: `sentences`, `explain`, `warnings`.
        """
        check_text(text)
        check_wishes(wishes)
        return content_of(
            await self._asked("POST", "/predict", {"text": text, **wishes}), Prediction
        )

    @overload
    async def predict_batch(
        self, texts: Iterable[str], return_errors: Literal[False] = False, **wishes: bool
    ) -> list[Prediction]: ...

    @overload
    async def predict_batch(
        self, texts: Iterable[str], return_errors: Literal[True], **wishes: bool
    ) -> list[Result]: ...

    async def predict_batch(
        self, texts: Iterable[str], return_errors: bool = False, **wishes: bool
    ) -> list[Prediction] | list[Result]:
        """Return one prediction for each text, in order, however many there are.

        The first text that is refused raises its error, which says which one it was. With
        `return_errors` errors of texts stand in their places instead. `wishes` are those of
        `predict`.
        """
        check_wishes(wishes)
        lists = [*pieces(texts)]
        free = asyncio.Semaphore(self._connection.at_once)

        async def results(piece: list[str]) -> list[Result]:
            async with free:
                return await self._results(piece, wishes)

        tasks = [asyncio.ensure_future(results(piece)) for piece in lists]
        found: list[Result] = []
        try:
            for task in tasks:
                for result in await task:
                    if isinstance(result, ServerError) and not return_errors:
                        raise result.of_text(len(found) + 1)
                    found.append(result)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return found

    async def _results(self, texts: Sequence[str], wishes: Mapping[str, bool]) -> list[Result]:
        """Return the results of one list, which is halved as long as it is too much."""
        answer = await self._asked("POST", "/predict/batch", {"texts": texts, **wishes})
        if not is_too_much(answer, texts):
            return results_of(answer, texts)
        half = len(texts) // 2
        return [
            *await self._results(texts[:half], wishes),
            *await self._results(texts[half:], wishes),
        ]

    async def _asked(
        self, method: str, path: str, fields: Mapping[str, Any] | None
    ) -> httpx.Response:
        """Return the answer to a request, which is sent again while the server is full."""
        patience = Patience(self._connection.patience_s)
        content = None if fields is None else body(fields)
        while True:
            try:
                async with asyncio.timeout(self._connection.timeout_s):
                    answer = await self._http.request(method, path, content=content)
            except (httpx.HTTPError, httpx.InvalidURL, ImportError, TimeoutError) as error:
                raise self._connection.failed(error) from None
            wait = patience.wait_s(answer)
            if wait is None:
                return answer
            await asyncio.sleep(wait)
