"""What an answer says beside the prediction, worked out by asking for further predictions.

`details` is a generator: it yields texts to classify and is sent what the model says of them,
so that a server with a queue and a command line without one use the same. It computes
between the questions, and so runs in a thread of whoever asks.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment.answers.explanation import Parts, by_ngrams, left_out, without
from sentiment.answers.sentences import sentences, words
from sentiment.answers.warnings import warnings
from sentiment.calibration import probabilities
from sentiment.inference.cascade import Cascade
from sentiment.inference.encoding import Encoding
from sentiment.inference.predictor import Predictor, prediction_of
from sentiment.inference.tokenizing import Tokenizer, unreadable
from sentiment.schema import ModelCard, Prediction, Sentence, Wishes
from sentiment.text_spans import Span

_SURE = 0.8  # a sentence of this confidence has a say in whether a text is mixed


@dataclass(frozen=True)
class Reader:
    """What details take of a model, beside its predictions."""

    card: ModelCard
    tokenizer: Tokenizer
    cascade: Cascade | None

    @property
    def language(self) -> str:
        """The language by which sentences are told apart: the model's, if it has only one."""
        return self.card.languages[0] if len(self.card.languages) == 1 else "en"


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of a text."""

    encoding: Encoding
    row: Sequence[float] | None
    """Probabilities in the order of the labels; None for a text of which it can read nothing."""


class _Without(Sequence[str]):
    """A text without each of its parts, made when it is asked for: together they are long."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self._text, self._spans = text, spans

    def __len__(self) -> int:
        return len(self._spans)

    def __getitem__(self, place: Any) -> Any:
        return without(self._text, self._spans[place])

    def __iter__(self) -> Iterator[str]:
        return (without(self._text, span) for span in self._spans)


Details = Generator[Sequence[str], Sequence[Said], dict[str, Any]]
"""Yields texts, is sent what is said of each, and returns fields of a prediction."""


def details(text: str, wishes: Wishes, reader: Reader) -> Details:
    """Return a generator of what is wished for of a text as it was sent.

    It first yields the text itself, with its sentences if those are asked for. Only texts
    of which the model can read something are taken further.
    """
    found = sentences(text, reader.language) if wishes.sentences or wishes.explain else []
    asked = found if wishes.sentences else []
    said = yield [text, *(text[slice(*span)] for span in asked)]
    whole = said[0]
    fields: dict[str, Any] = {}
    if wishes.sentences:
        fields |= _of_sentences(asked, said[1:], reader.card.labels)
    if wishes.warnings:
        fields["warnings"] = warnings(text, whole.encoding, reader.tokenizer, reader.card)
    if wishes.explain and whole.row is not None:
        labels = reader.card.labels
        best = max(range(len(labels)), key=whole.row.__getitem__)
        parts = Parts.of(text, words(text), found)
        if whole.encoding.decided and reader.cascade is not None:
            fields["explanation"] = by_ngrams(
                text, parts, labels, labels[best], reader.tokenizer, reader.cascade
            )
        else:
            tries = (yield _Without(text, parts.spans)) if parts.spans else []
            rest = [None if each.row is None else each.row[best] for each in tries]
            fields["explanation"] = left_out(parts, labels[best], whole.row[best], rest)
    return fields


def predict_in_detail(predictor: Predictor, text: str, wishes: Wishes) -> Prediction:
    """Return the prediction of a text with what is wished for, without a queue.

    Raises `InvalidValue` for a text of which the model can read nothing.
    """
    reader = Reader(predictor.card, predictor.tokenizer, predictor.cascade)
    work = details(text, wishes, reader)
    question = next(work)
    first = said = _asked(predictor, question)
    if first[0].row is None:
        raise unreadable()
    while True:
        try:
            question = work.send(said)
        except StopIteration as end:
            fields = end.value
            break
        said = _asked(predictor, question)
    whole = first[0]
    plain = prediction_of(whole.row or (), whole.encoding, reader.card.labels, predictor.tag)
    return plain.model_copy(update=fields)


def _asked(predictor: Predictor, texts: Sequence[str]) -> list[Said]:
    """Return what a model says of texts."""
    encodings = predictor.tokenizer.encode_batch(texts)
    readable = [encoding for encoding in encodings if encoding.readable]
    logits = predictor.logits(readable) if readable else np.empty((0, len(predictor.card.labels)))
    rows = iter(probabilities(logits, predictor.card.calibration.temperature).tolist())
    return [Said(each, next(rows) if each.readable else None) for each in encodings]


def _of_sentences(
    spans: Sequence[Span], said: Sequence[Said], labels: Sequence[str]
) -> dict[str, Any]:
    """Return the predictions of the sentences that the model can read, and whether they differ."""
    found = []
    for (start, end), each in zip(spans, said, strict=True):
        if each.row is not None:
            best = max(range(len(labels)), key=each.row.__getitem__)
            found.append(
                Sentence(
                    offset=start,
                    length=end - start,
                    label=labels[best],
                    confidence=each.row[best],
                    probabilities=dict(zip(labels, each.row, strict=True)),
                )
            )
    sure = {each.label for each in found if each.confidence >= _SURE}
    return {"sentences": found, "mixed": len(sure) > 1}
