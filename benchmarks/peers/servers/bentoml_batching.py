"""BentoML's own adaptive batching behind `bentoml.depends`, with our OpenVINO engine or torch."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bentoml

from benchmarks.peers.servers.answer import answer

Classify = Callable[[list[str]], list[float]]


def openvino(folder: str) -> Classify:
    """Return the stored model as Sentiment itself computes it: calibrated, in several streams."""
    from sentiment.inference.predictor import Predictor
    from sentiment.settings import EngineSettings
    from sentiment.store import read

    settings = EngineSettings.parse({"backend": "openvino"})
    predictor = Predictor.load(read("sentiment", Path(folder)), settings)
    return lambda texts: [
        prediction.probabilities["positive"] for prediction in predictor.predict(texts)
    ]


def torch(folder: str) -> Classify:
    """Return the model as the other peers with torch compute it."""
    from benchmarks.peers.servers.torch_classifier import Classifier

    return Classifier(folder)


ENGINES = {"openvino": openvino, "torch": torch}


@bentoml.service
class Model:
    """Computes batches, in a process of its own."""

    def __init__(self) -> None:
        self.compute = ENGINES[os.environ["ENGINE"]](os.environ["MODEL_FOLDER"])

    # max_latency_ms keeps its default of a minute, because it is not a waiting time but the
    # latency beyond which requests are dropped. BentoML itself adapts how long a batch waits.
    @bentoml.api(batchable=True, max_batch_size=32)
    def classify(self, texts: list[str]) -> list[float]:
        return self.compute(texts)


@bentoml.service(logging={"access": {"enabled": False}})
class Front:
    """Answers HTTP."""

    model = bentoml.depends(Model)

    @bentoml.api
    async def predict(self, text: str) -> dict[str, Any]:
        (positive,) = await self.model.to_async.classify([text])
        return answer(positive)
