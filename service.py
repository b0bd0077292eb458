"""The HTTP service: `bentoml serve service:Sentiment`.

Declares the contract to BentoML (client, schema, Bento) and wires the parts;
answering is `sentiment.serving`'s. Settings: `SENTIMENT_*`, see the README.
"""

import sys

import bentoml

from sentiment import store
from sentiment.errors import SentimentError
from sentiment.schema import BatchResult, Prediction
from sentiment.serving.backend import Backend, Loaded
from sentiment.serving.http import Front
from sentiment.settings import ServingSettings

# Ours come first: BentoML's limits answer in another shape.
_BENTOML_TIMEOUT_S = 3600

try:
    SETTINGS = ServingSettings.from_environment()
except SentimentError as error:
    sys.exit(f"error: {error}")


@bentoml.service(
    name=store.MODEL_NAME,
    traffic={"timeout": _BENTOML_TIMEOUT_S},
    logging={"access": {"enabled": False}},
)
class Sentiment:
    """Calibrated text classification with adaptive batching."""

    model = store.ModelReference(SETTINGS.model)

    @bentoml.on_startup
    async def start(self) -> None:
        """Begin to load the model; `/readyz` tells when it can answer."""
        BACKEND.start()

    @bentoml.on_shutdown
    async def stop(self) -> None:
        """Answer what was accepted, then go."""
        await BACKEND.close()

    @bentoml.api(route="/predict")
    async def predict(self, text: str) -> Prediction:
        """Classify one text."""
        return await BACKEND.predict(text)

    @bentoml.api(route="/predict/batch")
    async def predict_batch(self, texts: list[str]) -> BatchResult:
        """Classify a list of texts; a bad text fails alone."""
        return await BACKEND.predict_batch(texts)


def _load() -> Loaded:
    """Load the model: the one inside the Bento, else the one that the settings name."""
    from sentiment.inference.predictor import Predictor

    bento = Sentiment.bento
    tag = str(bento.info.all_models[0].tag) if bento else SETTINGS.model
    predictor = Predictor.load(store.find(tag), SETTINGS.device, SETTINGS.threads)
    return Loaded(predictor.tag, predictor.card, predictor.tokenizer, predictor.engine)


BACKEND = Backend(SETTINGS, _load)
Sentiment.add_asgi_middleware(Front, backend=BACKEND)
