"""Plain texts a second with and without a full house of explanations, in turns."""

import asyncio
import time
from collections.abc import Sequence
from statistics import median

import prometheus_client

from benchmarks.explanations.result import Slowing
from sentiment.inference.predictor import Predictor
from sentiment.serving.loading import LoadedModel
from sentiment.serving.metrics import Metrics
from sentiment.serving.model_server import ModelServer
from sentiment.settings import ServingSettings

_EXPLAINERS = 24  # callers that always have an explanation asked for; 32 are let in


async def measure_slowing(
    predictor: Predictor, texts: Sequence[str], callers: int, turns: int, seconds: float
) -> Slowing:
    """Return what explanations take from so many callers, in turns of some seconds."""
    model = LoadedModel(
        predictor.tag,
        predictor.card,
        predictor.tokenizer,
        predictor.engine,
        cascade=predictor.cascade,
    )
    server = ModelServer(ServingSettings.parse({}), lambda: model)
    registry = prometheus_client.CollectorRegistry()
    server.start(Metrics(registry))
    await server.started()
    rates: dict[bool, list[float]] = {False: [], True: []}
    parts: list[float] = []
    for turn in range(2 * turns):
        beside = bool(turn % 2)
        behind = [
            asyncio.create_task(_explain(server, [*texts[place:], *texts[:place]]))
            for place in range(_EXPLAINERS if beside else 0)
        ]
        await asyncio.sleep(0.5)
        computed = -_computed(registry)
        rate, elapsed = await _rate(server, texts, callers, seconds)
        computed += _computed(registry)
        rates[beside].append(rate)
        if beside:
            parts.append(computed / elapsed - rate)
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)
    await server.close(1)
    return {
        "callers": callers,
        "alone": median(rates[False]),
        "beside": median(rates[True]),
        "parts": median(parts),
    }


async def _explain(server: ModelServer, texts: Sequence[str]) -> None:
    """Ask for explanations until cancelled."""
    for text in texts:
        await server.predict(text, explain=True)


def _computed(registry: prometheus_client.CollectorRegistry) -> float:
    """Return how many texts and parts of texts the encoder has computed."""
    return registry.get_sample_value("sentiment_texts_total") or 0.0


async def _rate(
    server: ModelServer, texts: Sequence[str], callers: int, seconds: float
) -> tuple[float, float]:
    """Return the texts a second that so many callers get answered, and the seconds they asked."""
    end = time.monotonic() + seconds
    answered = 0

    async def call(first: int) -> None:
        nonlocal answered
        place = first
        while time.monotonic() < end:
            await server.predict(texts[place % len(texts)])
            answered += 1
            place += callers

    started = time.monotonic()
    await asyncio.gather(*(call(first) for first in range(callers)))
    elapsed = time.monotonic() - started
    return answered / elapsed, elapsed
