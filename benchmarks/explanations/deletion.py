"""Deletes the five words that an explanation names most, against five at random."""

import random
from collections.abc import Sequence

from benchmarks.explanations.result import Deletion
from sentiment.answers.detail import predict_in_detail
from sentiment.answers.explanation import without
from sentiment.inference.predictor import Predictor
from sentiment.schema import Contribution, Prediction, Wishes

WORDS = 5


def measure_deletion(predictor: Predictor, texts: Sequence[str], seed: int = 0) -> Deletion:
    """Return what deleting words does to the answers to some texts that have enough words."""
    draw = random.Random(seed)  # noqa: S311 -- nothing is kept secret by it
    before: list[Prediction] = []
    changed: list[str] = []
    for text in texts:
        answer = predict_in_detail(predictor, text, Wishes(explain=True))
        words = answer.explanation.words if answer.explanation is not None else []
        if len(words) < 2 * WORDS:
            continue
        most = sorted(words, key=lambda each: -(each.contribution or 0.0))[:WORDS]
        before.append(answer)
        changed += [_delete(text, most), _delete(text, draw.sample(words, WORDS))]
    after = predictor.predict(changed)
    named, at_random = after[::2], after[1::2]
    return {
        "texts": len(before),
        "words": WORDS,
        "named": _fall(before, named),
        "random": _fall(before, at_random),
        "flipped_named": _flipped(before, named),
        "flipped_random": _flipped(before, at_random),
    }


def _delete(text: str, words: Sequence[Contribution]) -> str:
    for each in sorted(words, key=lambda word: -word.offset):
        text = without(text, (each.offset, each.offset + each.length))
    return text


def _fall(before: Sequence[Prediction], after: Sequence[Prediction]) -> float:
    pairs = zip(before, after, strict=True)
    falls = [one.confidence - other.probabilities[one.label] for one, other in pairs]
    return sum(falls) / len(falls)


def _flipped(before: Sequence[Prediction], after: Sequence[Prediction]) -> float:
    pairs = zip(before, after, strict=True)
    return sum(one.label != other.label for one, other in pairs) / len(before)
