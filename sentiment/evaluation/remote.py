"""The model behind a running server, evaluated over HTTP like one of the store.

It gets the model's card, then sends the texts by `sentiment.client`, which waits as long as
the server says when that is full. `report` makes the report from the answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentiment import store
from sentiment.client import Client
from sentiment.data import load
from sentiment.errors import (
    DataError,
    InvalidValue,
    ModelNotFound,
    NoAnswer,
    SentimentError,
    ServerError,
    UsageError,
)
from sentiment.evaluation.report import Answers
from sentiment.schema import EngineInfo, ModelCard, Prediction
from sentiment.settings import DataSettings, own_key

_PATIENCE_S = 600.0  # for how long one list is sent again while the server is full


@dataclass(frozen=True)
class RemoteModel:
    """The model that a running server answers with."""

    url: str
    tag: str
    card: ModelCard
    engine: EngineInfo

    def seen_hashes(self) -> npt.NDArray[np.uint64] | None:
        """Return the hashes of the texts it was trained or calibrated on, None if unknown.

        The server does not have them. They are read from the local store if it has the same
        model. Otherwise they are computed from the data that the card names, if the data can
        be loaded here and have the same fingerprint.
        """
        fingerprint = self.card.data.fingerprint
        try:
            stored = store.find(self.tag)
            if stored.card.data.fingerprint == fingerprint:
                return stored.seen_hashes()
        except (ModelNotFound, OSError):
            pass
        names = DataSettings.model_fields
        own = {name: value for name, value in self.card.settings.items() if name in names}
        try:
            corpus = load(DataSettings.parse(own))
        except SentimentError:
            return None
        if corpus.summary.fingerprint != fingerprint:
            return None
        return corpus.seen_hashes(all_train=self.card.cascade is not None)


def connect(url: str, tag: str = "") -> RemoteModel:
    """Return the model that the server at `url` answers with.

    Raises `UsageError` if no server of this project is ready there, or if it serves
    another model than the one that `tag` names.
    """
    url = url.rstrip("/")
    try:
        with Client(url, patience_s=0.0, key=own_key()) as client:
            served = client.model()
    except (NoAnswer, ServerError) as error:
        raise UsageError(
            f"There is no model to evaluate at {url}: {error}",
            "Start a server and wait for its /readyz: bentoml serve service:Sentiment",
        ) from None
    if ":" in tag and tag != served.tag:
        raise UsageError(f"{url} serves {served.tag}, not {tag}.", "Name that tag, or none.")
    return RemoteModel(url, served.tag, served.card, served.engine)


def ask(model: RemoteModel, texts: Sequence[str], progress: Callable[[int], object]) -> Answers:
    """Return the server's answers to texts; call `progress` with 1 for each.

    Raises `DataError` when a text is refused for another reason than that none of its
    tokens is in the vocabulary, or when another model answers, and what the client raises.
    """
    answered: list[Prediction] = []
    unreadable = []
    with Client(model.url, patience_s=_PATIENCE_S, key=own_key()) as client:
        for place, result in enumerate(client.predict_each(texts)):
            if isinstance(result, Prediction):
                if result.model != model.tag:
                    message = f"{result.model} answered in the place of {model.tag}."
                    remedy = "Evaluate again when no version is being rolled out."
                    raise DataError(message, remedy)
                answered.append(result)
            elif result.code == InvalidValue.code:
                unreadable.append(place)  # our own cleaning has found the text in order
            else:
                message = f"Text {place + 1} was refused: {result}"
                raise DataError(message, "Raise the server's limit, or leave the text out.")
            progress(1)
    rows = [[result.probabilities[name] for name in model.card.labels] for result in answered]
    return Answers(
        model.tag,
        model.card,
        model.engine,
        # The logits before calibration, but for a constant in each row, which changes no
        # probability.
        np.log(np.maximum(np.reshape(rows, (-1, len(model.card.labels))), np.finfo(float).tiny))
        * model.card.calibration.temperature,
        sum(result.truncated for result in answered),
        unreadable,
    )
