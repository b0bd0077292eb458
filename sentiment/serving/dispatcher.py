"""Gives micro-batches to the engine while a stream is free, and their answers to requests.

It decides when a micro-batch starts; `queue` and `background` decide what is in it. All
bookkeeping is on the event loop; inference is in threads.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from sentiment.errors import EngineFailed, InvalidValue
from sentiment.inference.encoding import Encoding
from sentiment.inference.engine import Engine
from sentiment.serving.background import BackgroundLane
from sentiment.serving.fairness import partition
from sentiment.serving.fault_isolation import Row, compute_isolated
from sentiment.serving.lanes import Flow, QueuedText
from sentiment.serving.observer import Observer
from sentiment.serving.queue import MicroBatchQueue
from sentiment.serving.telemetry.context import current_stages
from sentiment.serving.telemetry.stages import Stages
from sentiment.serving.threads import tell
from sentiment.serving.throughput import Throughput
from sentiment.settings import ServingSettings


@dataclass(frozen=True, slots=True)
class Answer:
    """One text's encoding and its probabilities, or its error."""

    encoding: Encoding
    result: "Row | EngineFailed | InvalidValue"


@dataclass(eq=False, slots=True)
class _Request:
    """A flow in the queue, its answers so far, and the future its caller awaits."""

    flow: Flow
    done: "asyncio.Future[list[Answer]]"
    answers: dict[int, Answer]
    since: float
    background: bool
    stages: Stages | None
    """Where to note when its texts are computed, if anybody asks."""


class Dispatcher:
    """What one engine computes, and for whom. Create and use it on one event loop."""

    def __init__(
        self,
        engine: Engine,
        settings: ServingSettings,
        observer: Observer,
        temperature: float,
        throughput: Throughput,
        clock: Callable[[], float],
        after_batch: Callable[[], object],
    ) -> None:
        """`clock` is that of the runner. `after_batch` is called once its answers are delivered."""
        self._engine = engine
        self._settings = settings
        self._observer = observer
        self._temperature = temperature
        self._throughput = throughput
        self._clock = clock
        self._after_batch = after_batch
        self.queue = MicroBatchQueue(
            settings.max_batch_tokens, settings.max_batch_texts, settings.lookahead
        )
        self.background = BackgroundLane(settings, self._start_batches)
        self.in_flight = 0
        """Micro-batches that the engine has, one of which may wait for a free stream."""
        self.tokens_in_flight = 0
        self._requests: dict[Flow, _Request] = {}
        self._closed = False
        self._inference = ThreadPoolExecutor(engine.streams, "inference")

    def close(self) -> None:
        """Start no micro-batch any more, and wait for none."""
        self._closed = True
        self._inference.shutdown(wait=False)

    async def answers(self, encodings: Sequence[Encoding], background: bool) -> list[Answer]:
        """Return the answers to tokenised texts, once micro-batches have computed them."""
        loop = asyncio.get_running_loop()
        stages, queued = current_stages(), time.perf_counter()
        queue = self.background if background else self.queue
        flow = queue.put(encodings, partition())
        request = _Request(flow, loop.create_future(), {}, self._clock(), background, stages)
        self._requests[flow] = request
        self._observer.queued(self.queue.texts, self.queue.tokens)
        self._start_batches()
        try:
            return await request.done
        finally:
            self._requests.pop(flow, None)
            if queue.cancel(flow):
                self._observer.queued(self.queue.texts, self.queue.tokens)
            if stages is not None:
                tokens = sum(len(each.ids) for each in encodings)
                stages.note_waiting(queued, time.perf_counter(), len(encodings), tokens)

    def _start_batches(self) -> None:
        while not self._closed and self._may_start() and (batch := self._next_batch()):
            self.in_flight += 1
            self.tokens_in_flight += sum(item.tokens for item in batch)
            exclusive = self.in_flight == 1 and not self.queue.texts
            background = self._requests[batch[0].flow].background
            now = self._clock()
            for item in batch if not background else ():
                self._observer.waited(now - self._requests[item.flow].since)
            self._observer.queued(self.queue.texts, self.queue.tokens)
            work = self._inference.submit(self._compute, batch, exclusive)
            tell(asyncio.get_running_loop(), work, partial(self._finish, batch, background))

    def _next_batch(self) -> list[QueuedText]:
        """Return what the engine is to compute next, empty if that is nothing yet.

        The lane in the background comes first where it is its turn, which is seldom.
        """
        now = asyncio.get_running_loop().time()
        if self.queue.texts:
            self.background.saw_plain(now)
        if self.in_flight < self._engine.streams and (batch := self.background.take(now)):
            return batch
        return self.queue.take()

    def _may_start(self) -> bool:
        """Return whether the engine may have another micro-batch now.

        It may while a stream is free. One full micro-batch more may wait for a stream,
        so that a stream that finishes continues at once. Without it, streams waited for
        the event loop for a fifth of their time under load (docs/benchmarks.md).
        """
        full_batch_waits = self.queue.tokens >= self._settings.max_batch_tokens
        return self.in_flight < self._engine.streams + full_batch_waits

    def _compute(self, batch: list[QueuedText], exclusive: bool) -> tuple[list[Any], float, float]:
        """Return a row or an error for each text, and when this began and ended, in a thread."""
        began = time.perf_counter()
        encodings = [item.encoding for item in batch]
        rows = compute_isolated(self._engine, encodings, self._temperature, exclusive)
        return rows, began, time.perf_counter()

    def _finish(self, batch: list[QueuedText], background: bool, done: "Future[Any]") -> None:
        at_once = min(self.in_flight, self._engine.streams)
        self.in_flight -= 1
        tokens = sum(item.tokens for item in batch)
        self.tokens_in_flight -= tokens
        if done.cancelled() or done.exception() is not None:
            failure = EngineFailed("The model failed.", "It is our fault.")
            results: list[Any] = [failure] * len(batch)
            if background:
                self.background.computed(asyncio.get_running_loop().time(), 0.0)
        else:
            results, began, ended = done.result()
            self._throughput.computed(tokens, (ended - began) / at_once)
            if background:
                self.background.computed(asyncio.get_running_loop().time(), ended - began)
            padded = self._engine.padded(max(item.tokens for item in batch)) * len(batch)
            self._observer.computed(len(batch), tokens, padded, ended - began)
            self._note_inference(batch, began, ended)
        self._start_batches()
        for item, result in zip(batch, results, strict=True):
            self._deliver(item, result)
        self._after_batch()

    def _note_inference(self, batch: list[QueuedText], began: float, ended: float) -> None:
        for item in batch:
            request = self._requests.get(item.flow)
            if request is not None and request.stages is not None:
                request.stages.note("inference", began, ended, 1, item.tokens)

    def _deliver(self, item: QueuedText, result: "Row | EngineFailed") -> None:
        request = self._requests.get(item.flow)
        if request is None or request.done.done():
            return  # its caller has left
        request.answers[item.place] = Answer(item.encoding, result)
        if len(request.answers) == item.flow.size:
            request.done.set_result([request.answers[place] for place in range(item.flow.size)])
