"""From texts to predictions without a queue or a server.

`predict.py` and `evaluate.py` use it. The server takes the same steps, with its
runner in between, and gives the same answers.
"""

from collections.abc import Callable, Sequence

from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.backends import (
    TORCH_WEIGHTS,
    BackendChoice,
    choose_backend,
    open_engine,
    unread_files,
)
from sentiment.inference.cascade import Cascade, merged
from sentiment.inference.encoding import Encoding
from sentiment.inference.engine import Engine
from sentiment.inference.engine_pool import EnginePool
from sentiment.inference.ngrams import NGRAMS_FILE
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard, Prediction
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel


class Predictor:
    """A stored model, its tokenizer and an engine."""

    def __init__(
        self,
        tag: str,
        card: ModelCard,
        tokenizer: Tokenizer,
        engine: Engine,
        cascade: Cascade | None = None,
    ) -> None:
        """`cascade` is what the tokenizer asks, if that asks n-grams."""
        self.tag = tag
        self.cascade = cascade
        self.card = card
        self.tokenizer = tokenizer
        self.engine = engine

    @classmethod
    def load(
        cls,
        model: StoredModel,
        settings: EngineSettings | None = None,
        choice: BackendChoice | None = None,
    ) -> "Predictor":
        """Load a model of the store with the backend that the settings, or a `choice`, name.

        Raises `ModelDamaged` if a file that is loaded is not as it was stored.
        """
        settings = settings or EngineSettings.parse({})
        cut = model.card.truncation
        _check_files(model, settings, choice)
        cascade = Cascade.load(model) if settings.cascade == "auto" else None
        tokenizer = Tokenizer(model.folder, cut.max_length, cut.policy, cascade)
        engine = open_engine(model.folder, settings, cut.max_length, choice)
        return cls(model.tag, model.card, tokenizer, engine, cascade)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Return one prediction for each text, in order."""
        if not texts:
            return []
        encodings = self.tokenizer.encode_batch(texts)
        return self.predictions(encodings, self.logits(encodings))

    def logits(
        self, encodings: Sequence[Encoding], progress: Callable[[int], object] = int
    ) -> FloatArray:
        """Return logits, shape (texts, labels); call `progress` as `batched_logits` does.

        They are the n-grams' where those decide.
        """
        ids = [encoding.ids for encoding in encodings if not encoding.decided]
        progress(len(encodings) - len(ids))
        computed = batched_logits(self.engine, ids, len(self.card.labels), progress)
        return merged(encodings, computed)

    def predictions(self, encodings: Sequence[Encoding], logits: FloatArray) -> list[Prediction]:
        """Return calibrated predictions for rows of logits."""
        rows = probabilities(logits, self.card.calibration.temperature).tolist()
        return [
            prediction_of(row, encoding, self.card.labels, self.tag)
            for row, encoding in zip(rows, encodings, strict=True)
        ]


def _check_files(
    model: StoredModel, settings: EngineSettings, choice: BackendChoice | None
) -> None:
    """Raise `ModelDamaged` if a file is missing, or one of those to be loaded is damaged.

    Whether they are there is asked first, because a missing format would only let another be
    chosen. Torch's weights, the largest file, are looked at only if torch computes.
    """
    ngrams = () if settings.cascade == "auto" else (NGRAMS_FILE,)
    model.require_files((*ngrams, *TORCH_WEIGHTS))
    choice = choice or choose_backend(model.folder, settings)
    model.check_files((*ngrams, *unread_files(choice)))


def prediction_of(
    row: Sequence[float], encoding: Encoding, labels: Sequence[str], tag: str
) -> Prediction:
    """Return what a model answers to a text with these probabilities, in the order of `labels`."""
    return Prediction.of(
        row,
        labels,
        truncated=encoding.truncated,
        tokens=encoding.tokens,
        unknown_tokens=encoding.unknown,
        model=tag,
        decided_by=encoding.decided_by,
    )


def batched_logits(
    engine: Engine,
    ids: Sequence[Sequence[int]],
    label_count: int,
    progress: Callable[[int], object] = int,
) -> FloatArray:
    """Return logits, shape (texts, labels), of token ids; nothing else may use the engine.

    Calls `progress` with the number of texts of each micro-batch that is done; the
    default, `int`, does nothing.
    """
    with EnginePool(engine, label_count) as pool:
        return pool.submit(ids, exclusive=True).logits(progress)
