"""The life of a served model: starting, ready, draining, failed.

Loads the model and warms it up in a thread while the server already answers probes,
and turns texts into predictions once it is ready. `http` deals with HTTP.
"""

import asyncio
import gc
import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from sentiment.answers.detail import Reader
from sentiment.answers.doubt import doubt_line, find_doubt, mark
from sentiment.errors import InvalidValue, NotReady, SentimentError, in_one_line
from sentiment.inference.predictor import prediction_of
from sentiment.inference.tokenizing import groups
from sentiment.schema import BatchResult, Doubt, ErrorBody, Prediction, ServedModel, Wishes
from sentiment.serving.details import in_detail
from sentiment.serving.dispatcher import Answer
from sentiment.serving.fairness import FairThreads
from sentiment.serving.feedback import Feedback
from sentiment.serving.loading import LoadedModel
from sentiment.serving.metrics import Metrics
from sentiment.serving.runner import Runner, RunnerLoad
from sentiment.serving.warm_up import first_that_answers_right
from sentiment.settings import ServingSettings
from sentiment.text import check_text

log = logging.getLogger("sentiment.serving")

_SHORT = 4_000  # characters; handing them to a thread takes as long as checking them, 0.1 ms

_STUCK_S = 1.0  # without an answer while texts wait; micro-batches take a tenth of it

State = Literal["starting", "ready", "draining", "failed"]


class ModelServer:
    """One served model. Everything but the loader runs on the server's event loop."""

    def __init__(self, settings: ServingSettings, load: Callable[[], LoadedModel]) -> None:
        self.settings = settings
        self.state: State = "starting"
        self.load = load
        """Loads the model; is called in a thread, and may be replaced until `start()`."""
        self.feedback = Feedback(settings)
        self._failure = ""
        self._model: LoadedModel | None = None
        self._doubt: Doubt | None = None
        self._runner: Runner | None = None
        self._starting: asyncio.Task[None] | None = None
        self._metrics: Metrics | None = None
        self._drained_by = math.inf
        self._answered_at = -math.inf
        self._built: dict[str, asyncio.Future[bytes]] = {}
        # As many as tokenise, because cleaning a text takes up to thirty times its size.
        self._checking = FairThreads(2, "checking")

    def start(self, metrics: Metrics | None = None) -> None:
        """Begin to load the model and return at once; `state` tells when it is loaded."""
        self._metrics = metrics or Metrics()
        self._starting = asyncio.get_running_loop().create_task(self._start())

    async def started(self) -> None:
        """Wait until the model is loaded or loading has failed."""
        if self._starting is not None:
            await self._starting

    def drain(self) -> None:
        """Tell probes that this server is about to end; still answer the texts that it can."""
        if self.state != "draining":
            self.state = "draining"
            self._drained_by = asyncio.get_running_loop().time() + self.settings.drain_seconds
        if self._starting is not None:
            self._starting.cancel()

    async def close(self, seconds: float | None = None) -> None:
        """Refuse new texts and wait for those accepted, for `seconds` or else `drain_seconds`."""
        self.drain()
        if self._runner is not None:
            await self._runner.close(self.settings.drain_seconds if seconds is None else seconds)

    @property
    def metrics(self) -> Metrics:
        """The metrics of this process, which exist after `start()`."""
        assert self._metrics is not None, "start() comes first"
        return self._metrics

    def runner_load(self) -> RunnerLoad:
        """Return what waits and what is computed; raise `NotReady` before the model is loaded."""
        return self._ready()[1].load()

    def describe(self) -> ServedModel:
        """Return what `GET /model` answers; raise `NotReady` before the model is loaded."""
        model = self._ready()[0]
        return ServedModel(
            tag=model.tag,
            engine=model.engine.describe(),
            passed_over=list(model.passed_over),
            doubt=self._doubt,
            feedback=self.feedback.on,
            card=model.card,
        )

    def loaded_model(self) -> LoadedModel | None:
        """Return the model, None before it is loaded."""
        return self._model

    async def built_once(self, name: str, build: Callable[[], bytes]) -> bytes:
        """Return what `build` makes, in a thread, of the model as it is loaded by now.

        It is called once for a name, however many ask, and once more when a model is loaded.
        """
        future = self._built.get(name)
        if future is None or (future.done() and future.exception() is not None):
            future = self._built[name] = asyncio.ensure_future(asyncio.to_thread(build))
        return await asyncio.shield(future)

    def require_ready(self) -> None:
        """Raise `NotReady`, with the reason, unless texts can be answered."""
        self._ready()

    async def predict(self, text: Any, **wishes: bool) -> Prediction:
        """Return one text's prediction; raise the error that its caller should see.

        `wishes` are fields of `Wishes`: what the prediction is to say beside itself.
        """
        model, runner = self._accepting()
        await self.check(text)
        if any(wishes.values()):
            (result,) = await self._in_detail(model, runner, [text], wishes)
        else:
            (answer,) = await runner.submit([text])
            result = self._result(model, answer)
        if isinstance(result, SentimentError):
            raise result
        return result

    async def check(self, text: Any) -> None:
        """Raise the error of a text that cannot be predicted."""
        if isinstance(text, str) and len(text) > _SHORT:
            await self._checking.run(self._check, text)
        else:
            self._check(text)

    async def predict_batch(self, texts: Sequence[Any], **wishes: bool) -> BatchResult:
        """Return one result for each text, in order; a bad text does not fail the others.

        `wishes` are those of `predict`, for each text.
        """
        model, runner = self._accepting()
        self._check_list(texts)
        refusals = await self._refusals(texts)
        results: list[Prediction | ErrorBody | None] = [*map(_body, refusals)]
        good = [place for place, result in enumerate(results) if result is None]
        some = [texts[place] for place in good]
        if any(wishes.values()):
            answered = await self._in_detail(model, runner, some, wishes)
        else:
            answered = [self._result(model, answer) for answer in await runner.submit(some)]
        for place, result in zip(good, answered, strict=True):
            results[place] = _body(result) if isinstance(result, SentimentError) else result
        return BatchResult.model_construct(results=[done for done in results if done is not None])

    async def predict_all(self, texts: Sequence[Any]) -> list[Prediction]:
        """Return one prediction for each text, in order; raise the first error of any of them.

        Nothing is computed if one of them is refused.
        """
        if len(texts) == 1:
            return [await self.predict(texts[0])]
        model, runner = self._accepting()
        self._check_list(texts)
        found: list[Prediction | SentimentError | None] = [*await self._refusals(texts)]
        if not any(found):
            found = [self._result(model, answer) for answer in await runner.submit(texts)]
        for number, result in enumerate(found, 1):
            if isinstance(result, SentimentError):
                raise result.of_text(number)
        return [result for result in found if isinstance(result, Prediction)]

    async def _in_detail(
        self, model: LoadedModel, runner: Runner, texts: list[str], wishes: dict[str, bool]
    ) -> list[Prediction | SentimentError]:
        reader = Reader(model.card, model.tokenizer, model.cascade)
        given = Wishes(**wishes)
        found = await in_detail(texts, given, reader, runner, self._checking)
        results: list[Prediction | SentimentError] = []
        for answer, fields in found:
            result = fields if isinstance(fields, SentimentError) else self._result(model, answer)
            if isinstance(result, Prediction) and isinstance(fields, dict):
                result = result.model_copy(update=fields)
            results.append(result)
        return results

    def _check(self, text: Any) -> None:
        remedy = "Shorten it, or raise SENTIMENT_MAX_CHARACTERS."
        check_text(text, self.settings.max_characters, remedy)

    def _check_list(self, texts: Sequence[Any]) -> None:
        if not texts:
            raise InvalidValue("The list of texts is empty.", "Send at least one text.")
        if len(texts) > (most := self.settings.max_texts):
            raise InvalidValue(
                f"The list has {len(texts):,} texts; at most {most:,} are taken.",
                "Split it, or raise SENTIMENT_MAX_TEXTS.",
            )

    async def _refusals(self, texts: Sequence[Any]) -> list[SentimentError | None]:
        """Return the error of each text, None for a good one; check a few in a thread at once."""
        found: list[SentimentError | None] = []
        for group in groups(text if isinstance(text, str) else "" for text in texts):
            some = texts[len(found) : len(found) + len(group)]
            found += await self._checking.run(self._each_refusal, some)
        return found

    def _each_refusal(self, texts: Sequence[Any]) -> list[SentimentError | None]:
        return [self._refusal(text) for text in texts]

    def _refusal(self, text: Any) -> SentimentError | None:
        try:
            self._check(text)
        except SentimentError as error:
            return error
        return None

    def _result(self, model: LoadedModel, answer: Answer) -> Prediction | SentimentError:
        self._answered_at = asyncio.get_running_loop().time()
        if isinstance(answer.result, SentimentError):
            return answer.result
        prediction = prediction_of(answer.result, answer.encoding, model.card.labels, model.tag)
        self.metrics.predicted(prediction)
        return mark(prediction, self._doubt)

    def _ready(self) -> tuple[LoadedModel, Runner]:
        if self.state == "ready" and self._model is not None and self._runner is not None:
            return self._model, self._runner
        if self.state == "failed":
            raise NotReady(f"The model could not be loaded: {self._failure}")
        if self.state == "draining":
            raise NotReady("The server is shutting down.", "Send the request to another one.")
        raise NotReady("The server is starting.", "Try again in a moment.")

    def _accepting(self) -> tuple[LoadedModel, Runner]:
        """Return what answers texts, while draining too if that will be in time.

        Callers who reach the server on its last connections have no other to ask.
        """
        if self.state == "draining" and self._model is not None and self._runner is not None:
            load, now = self._runner.load(), asyncio.get_running_loop().time()
            stuck = load.waiting_texts > 0 and now - self._answered_at > _STUCK_S
            if not stuck and now + load.waiting_tokens / load.tokens_per_second < self._drained_by:
                return self._model, self._runner
        return self._ready()

    async def _start(self) -> None:
        since = time.monotonic()
        try:
            model = await asyncio.to_thread(first_that_answers_right, self.load)
            self._doubt = find_doubt(model.card, model.tag, self.settings.max_risk)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # a panic of a library in Rust is no Exception
            ours = isinstance(error, SentimentError)
            self._failure = str(error) if ours else in_one_line(error)
            self.state = "failed"
            log.error(
                "the model could not be loaded: %s", self._failure, exc_info=None if ours else error
            )
            return
        self._model = model
        if self._doubt is not None:
            log.info(doubt_line(self._doubt))
        self._built.clear()
        self.metrics.engine(model.engine.describe())
        self._runner = Runner(
            model.engine,
            model.tokenizer,
            self.settings,
            self.metrics,
            model.card.calibration.temperature,
        )
        gc.collect()
        gc.freeze()  # what exists now stays, so no collection has to traverse it
        if self.state == "starting":
            self.state = "ready"
        log.info(
            "ready after %.1f s: %s on %s",
            time.monotonic() - since,
            model.tag,
            model.engine.describe().model_dump(),
        )


def _body(error: SentimentError | None) -> ErrorBody | None:
    return None if error is None else ErrorBody.model_validate(error.body())
