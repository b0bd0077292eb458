"""The adaptive-batching runner: from a request's texts to their predictions.

It is work-conserving and has no wait window: an idle engine starts at once, and what
arrives while it is busy makes the next micro-batch. It refuses early, drops what nobody
waits for any more, and isolates a text that fails from the others. All bookkeeping is
on the event loop; tokenising and inference are in threads.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sentiment.calibration import probabilities
from sentiment.errors import BodyTooLarge, DeadlineExceeded, NotReady, QueueFull
from sentiment.inference.encoding import Encoding
from sentiment.inference.engine import Engine
from sentiment.inference.tokenizing import groups, unreadable
from sentiment.serving.access.caller import current_caller
from sentiment.serving.dispatcher import Answer, Dispatcher
from sentiment.serving.fairness import FairThreads, fair_room, partition
from sentiment.serving.observer import Observer
from sentiment.serving.telemetry.context import current_stages
from sentiment.serving.throughput import Throughput
from sentiment.settings import ServingSettings

_IN_TIME = 0.5  # of the time that callers wait; a machine may become twice as slow meanwhile
_TOGETHER_CHARACTERS = 16_384  # of several requests, in one thread: a dozen reviews

log = logging.getLogger("sentiment.serving")


class BatchTokenizer(Protocol):
    """The part of a tokenizer that the runner uses."""

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]: ...


@dataclass(frozen=True, slots=True)
class RunnerLoad:
    """The work that a runner has at one moment."""

    waiting_texts: int
    """Texts that are tokenised and in no micro-batch yet."""
    waiting_tokens: int
    batches_in_flight: int
    """Micro-batches that the engine has, one of which may wait for a free stream."""
    tokens_per_second: float
    """Tokens that the engine computes in a second, padding left out, as measured so far."""


class Runner:
    """Runs one engine for many concurrent callers. Create and use it on one event loop."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: BatchTokenizer,
        settings: ServingSettings,
        observer: Observer,
        temperature: float = 1.0,
        *,
        throughput: Throughput | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds, to measure how long texts wait; deadlines use the event loop's."""
        self._tokenizer = tokenizer
        self._settings = settings
        self._observer = observer
        self._temperature = temperature
        self._deadlines: set[asyncio.Timeout] = set()
        self._throughput = throughput or Throughput()
        self._dispatcher = Dispatcher(
            engine, settings, observer, temperature, self._throughput, clock, self._note_idle
        )
        self._closing = False
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._tokenizing = FairThreads(2, "tokenizing")
        self._untokenised = 0  # tokens that what is not tokenised yet has at most, by experience

    async def submit(
        self, texts: Sequence[str], timeout: float | None = None, background: bool = False
    ) -> list[Answer]:
        """Return one answer for each text, in order, within `timeout` seconds.

        The default is the `timeout` setting. In the `background` they wait until no plain
        request loses by it. Raises `QueueFull`, `BodyTooLarge`, `LimitExceeded`, `NotReady`
        (draining) and `DeadlineExceeded`. Cancelling the call drops what has not been
        computed yet.
        """
        if self._closing:
            self._observer.refused("draining")
            raise NotReady("The server is shutting down.", "Send the request to another one.")
        if not texts:
            return []
        limit = self._settings.timeout if timeout is None else timeout
        deadline = asyncio.timeout(limit)
        self._deadlines.add(deadline)
        self._idle.clear()
        try:
            async with deadline:
                if not background:
                    return await self._answer(texts, background)
                async with self._dispatcher.background:
                    return await self._answer(texts, background)
        except TimeoutError:
            if self._closed:
                self._observer.refused("draining")
                raise NotReady("The server shut down before the answer.") from None
            self._observer.refused("deadline")
            raise DeadlineExceeded(
                f"No answer within {limit:g} s.", "Send fewer texts at once, or try again later."
            ) from None
        finally:
            self._deadlines.remove(deadline)
            self._note_idle()

    async def close(self, patience: float) -> None:
        """Refuse new work, wait up to `patience` seconds for what was accepted, then stop."""
        if self._closed:
            return
        self._closing = True
        try:
            async with asyncio.timeout(patience):
                await self._idle.wait()
        except TimeoutError:
            left = len(self._deadlines)
            log.warning("shutdown after %g s with %d requests left", patience, left)
        self._closed = True
        self._abandon()
        self._dispatcher.close()
        # Not before what waits for a thread has noticed.
        asyncio.get_running_loop().call_soon(self._tokenizing.shutdown)

    def _abandon(self) -> None:
        """Let the deadlines of all requests that still wait, tokenised or not, expire now."""
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(now)

    def load(self) -> RunnerLoad:
        """Return what waits and what is computed at this moment."""
        return RunnerLoad(
            waiting_texts=self._dispatcher.queue.texts,
            waiting_tokens=self._dispatcher.queue.tokens,
            batches_in_flight=self._dispatcher.in_flight,
            tokens_per_second=self._throughput.tokens_per_second,
        )

    def _note_idle(self) -> None:
        if not self._deadlines and self._dispatcher.in_flight == 0:
            self._idle.set()

    async def _answer(self, texts: Sequence[str], background: bool) -> list[Answer]:
        if not background:
            self._refuse_when_full(self._throughput.expected_tokens(len(texts)), expected=True)
        caller = current_caller()
        coming = 0 if background else self._throughput.most_tokens(len(texts))
        self._untokenised += coming
        try:
            encodings = await self._tokenised(texts, background)
        finally:
            self._untokenised -= coming
        waiting = [each for each in encodings if _waits(each)]
        if waiting and caller is not None:
            tokens = sum(len(each.ids) for each in waiting)
            await caller.charge(tokens)
            if not background:
                self._refuse_when_full(tokens)  # others may have come meanwhile
        computed = iter(await self._dispatcher.answers(waiting, background) if waiting else [])
        return [self._answered(encoding) or next(computed) for encoding in encodings]

    async def _tokenised(self, texts: Sequence[str], background: bool) -> list[Encoding]:
        """Return the encodings of texts for which the queue has room.

        They are tokenised in groups, each by the next free thread, so that a list of long
        texts does not hold up others, and what nobody waits for any more is left as it is.
        """
        stages = current_stages()
        encodings: list[Encoding] = []
        tokens, seconds = 0, 0.0
        for group in groups(texts):
            if self._closed:
                raise NotReady("The server shut down before the answer.")
            weight = sum(map(len, group)) / _TOGETHER_CHARACTERS
            found, began, ended = await self._tokenizing.run(self._encode, group, weight=weight)
            encodings += found
            more = sum(len(each.ids) for each in found if _waits(each))
            tokens, seconds = tokens + more, seconds + ended - began
            if stages is not None:
                stages.note("tokenising", began, ended, len(found), more)
            if background:
                self._refuse_too_large(tokens)
                continue
            self._throughput.tokenised(len(found), more, sum(len(each.ids) for each in found))
            self._refuse_when_full(tokens)
        self._observer.tokenised(seconds)
        return encodings

    def _encode(self, texts: list[str]) -> tuple[list[Encoding], float, float]:
        """Return the encodings of texts, and when this began and ended. This runs in a thread."""
        began = time.perf_counter()
        return self._tokenizer.encode_batch(texts), began, time.perf_counter()

    def _answered(self, encoding: Encoding) -> Answer | None:
        """Return the answer to a text that has no place in the queue, None for the others."""
        if not encoding.readable:
            return Answer(encoding, unreadable())
        if encoding.early is not None:
            return Answer(encoding, probabilities(encoding.early, self._temperature).tolist())
        return None

    def _refuse_when_full(self, tokens: int, expected: bool = False) -> None:
        """Raise if so many more tokens cannot wait; `expected` marks them as an estimate.

        A full queue refuses by the estimate, so that no time is spent on tokenising
        what will be refused. Tokens are counted before a refusal if the queue is
        empty, or if the estimate is more than even an empty queue can hold. It is full
        as well when what waits takes half the time that callers wait, so that on a slow
        machine too they are refused at once instead of at their deadline. What is still to be
        tokenised takes its place already, else it would pile up on a machine that has no time for
        it.
        """
        bound = self._settings.max_queue_tokens
        waiting = self._dispatcher.queue.tokens + (self._untokenised if expected else 0)
        if expected and (tokens > bound or not waiting):
            return
        self._refuse_too_large(tokens)
        caller = partition()
        own = 0 if caller is None else self._dispatcher.queue.tokens_of(caller)
        in_time = self._throughput.within(self._settings.timeout * _IN_TIME)
        room = fair_room(int(min(bound, in_time)), waiting, own)
        if tokens > room and waiting:
            self._observer.refused("queue_full")
            ahead = self._dispatcher.tokens_in_flight + tokens - room
            seconds = max(1, math.ceil(ahead / self._throughput.tokens_per_second))
            yours = f", {own:,} of them yours" if own else ""
            raise QueueFull(f"The queue is full ({waiting:,} tokens wait{yours}).", seconds)

    def _refuse_too_large(self, tokens: int) -> None:
        bound = self._settings.max_queue_tokens
        if tokens > bound:
            self._observer.refused("too_large")
            raise BodyTooLarge(
                f"The texts have {tokens:,} tokens; at most {bound:,} can wait at once.",
                "Split the list.",
            )


def _waits(encoding: Encoding) -> bool:
    """Return whether a text has a place in the queue."""
    return encoding.readable and not encoding.decided
