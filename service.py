"""The HTTP service: `bentoml serve service:Sentiment`.

Declares the contract to BentoML (client, schema, Bento) and wires the parts;
answering is `sentiment.serving`'s. Settings: `SENTIMENT_*`, see the README.
"""

import logging
import sys

import bentoml

from sentiment import store
from sentiment.errors import SentimentError, UsageError
from sentiment.schema import BatchResult, Prediction
from sentiment.serving.http import ApiMiddleware, answer_first
from sentiment.serving.logs import use_json
from sentiment.serving.model_server import LoadedModel, ModelServer
from sentiment.serving.shutdown import drain_on_signals
from sentiment.settings import MODEL_NAME, ServingSettings

# Ours come first: BentoML's limits answer in another shape, and its metrics keep a
# label for each path that anybody asks for, without bound.
_BENTOML_TIMEOUT_S = 3600

# No distribution is named, because each brings a compiler and git. BentoML makes these folders
# on start, which a read-only root file system forbids; OpenVINO sends usage statistics unless a
# file declines.
_IMAGE = bentoml.images.Image(
    base_image="docker.io/library/python:3.11-slim-bookworm",
    distro="none",
    python_version="3.11",
    commands=[
        "mkdir /home/bentoml/bentos /home/bentoml/models /home/bentoml/envs /home/bentoml/tmp "
        "&& mkdir /home/bentoml/intel && echo 0 > /home/bentoml/intel/openvino_telemetry"
    ],
)

# Python's own 5 ms are what a finished micro-batch may wait for the event loop to yield.
_SWITCH_S = 0.0005

try:
    SETTINGS = ServingSettings.from_environment()
except SentimentError as error:
    sys.exit(f"error: {error}")

if SETTINGS.log_format == "json":
    use_json()


@bentoml.service(
    name=MODEL_NAME,
    image=_IMAGE,
    traffic={"timeout": _BENTOML_TIMEOUT_S},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
class Sentiment:
    """Calibrated text classification with adaptive batching."""

    model = store.ModelReference(SETTINGS.model)

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """Begin to load the model; `/readyz` tells when it can answer."""
        logging.getLogger("sentiment").setLevel(logging.INFO)
        sys.setswitchinterval(_SWITCH_S)
        MODEL_SERVER.start()
        answer_first(MODEL_SERVER)
        drain_on_signals(MODEL_SERVER.close, SETTINGS.drain_seconds)

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """Answer what was accepted, then go."""
        await MODEL_SERVER.close()

    @bentoml.api(route="/predict")  # type: ignore[untyped-decorator]
    async def predict(self, text: str) -> Prediction:
        """Classify one text."""
        return await MODEL_SERVER.predict(text)

    @bentoml.api(route="/predict/batch")  # type: ignore[untyped-decorator]
    async def predict_batch(self, texts: list[str]) -> BatchResult:
        """Classify a list of texts; a bad text fails alone."""
        return await MODEL_SERVER.predict_batch(texts)


def _load() -> LoadedModel:
    """Load the model: the one inside the Bento, else the one that the settings name."""
    from sentiment.inference.golden import GoldenSet
    from sentiment.inference.predictor import Predictor

    model = store.find(_tag())
    predictor = Predictor.load(model, SETTINGS)
    golden = GoldenSet.read(model.folder)
    return LoadedModel(model.tag, model.card, predictor.tokenizer, predictor.engine, golden)


def _tag() -> str:
    """Return the tag to serve; a Bento serves the model it was built with and no other."""
    bento = Sentiment.bento  # type: ignore[attr-defined]  # the decorator makes it a Service
    if bento is None:
        return SETTINGS.model
    inside = str(bento.info.all_models[0].tag)
    if "model" in SETTINGS.model_fields_set and SETTINGS.model != inside:
        raise UsageError(
            f"SENTIMENT_MODEL is {SETTINGS.model!r}, but this Bento holds {inside}.",
            "Unset it, or build a Bento with that model.",
        )
    return inside


MODEL_SERVER = ModelServer(SETTINGS, _load)
Sentiment.add_asgi_middleware(ApiMiddleware, model_server=MODEL_SERVER)  # type: ignore[attr-defined]
