"""An explanation adds up, or can be recomputed by asking for the text without a part."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from sentiment.answers.detail import predict_in_detail
from sentiment.answers.explanation import Parts, without
from sentiment.calibration import FloatArray
from sentiment.errors import InvalidValue
from sentiment.inference.cascade import Cascade
from sentiment.inference.fake import FakeEngine
from sentiment.inference.ngrams import BITS, NgramClassifier
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import CascadeRule, Wishes
from sentiment.text import clean
from tests.support.cards import make_card

WHY = Wishes(explain=True)
ALWAYS = CascadeRule(confidence=0.0, tokens=0, seen=0.0, steady=False)
THREE = ["negative", "neutral", "positive"]


def ngrams(labels: int) -> NgramClassifier:
    random = np.random.default_rng(0)
    rows = 1 if labels == 2 else labels
    weights = random.integers(-100, 100, (rows, 2**BITS), dtype=np.int8)
    return NgramClassifier(weights, random.random(rows) / 50, random.random(rows))


def predictor(folder: Path, labels: list[str], rule: CascadeRule | None) -> Predictor:
    card = make_card(labels=labels)
    cascade = Cascade(ngrams(len(labels)), rule, 1.7, card.calibration.temperature)
    tokenizer = Tokenizer(folder, 16, "head+tail", cascade)
    return Predictor("m:1", card, tokenizer, FakeEngine(len(labels)), cascade)


def log_odds(row: list[float], best: int) -> float:
    logits: FloatArray = np.log(row)
    return float(logits[best] - np.delete(logits, best).mean())


@pytest.mark.parametrize("labels", [["negative", "positive"], THREE])
@pytest.mark.parametrize(
    "text",
    [
        "good",
        "A  good film.<br />Not very great &amp; dull ! good film, good film",
        "bad 👍 &quot;dull&quot; film, " * 20,
    ],
)
def test_weights_of_n_grams_add_up_to_the_log_odds(
    tokenizer_folder: Path, labels: list[str], text: str
) -> None:
    model = predictor(tokenizer_folder, labels, ALWAYS)
    answer = predict_in_detail(model, text, WHY)
    why = answer.explanation
    assert answer.decided_by == "ngrams"
    assert why is not None
    assert (why.method, why.label) == ("ngrams", answer.label)
    total = sum(each.contribution or 0 for each in why.words) + (why.rest or 0)
    row = [answer.probabilities[name] for name in labels]
    assert total == pytest.approx(log_odds(row, labels.index(answer.label)), abs=1e-6)
    assert len(model.engine.batches) == 0, "it is free of charge"  # type: ignore[attr-defined]


def test_weights_that_belong_to_no_word_are_the_rest(tokenizer_folder: Path) -> None:
    """A tag in letters of full width can be told only from the whole of the text."""
    model = predictor(tokenizer_folder, ["negative", "positive"], ALWAYS)
    why = predict_in_detail(model, "good film \uff1c br \uff1e dull", WHY).explanation
    assert why is not None
    assert {each.contribution for each in why.words} == {0.0}
    assert why.rest


def test_without_a_decision_of_the_n_grams_parts_are_left_out(tokenizer_folder: Path) -> None:
    model = predictor(tokenizer_folder, ["negative", "positive"], None)
    text = "A good film.<br />Not very great &amp; dull !"
    answer = predict_in_detail(model, text, WHY)
    assert answer.explanation is not None
    for each in answer.explanation.words + answer.explanation.sentences:
        rest = without(text, (each.offset, each.offset + each.length))
        (other,) = model.predict([rest])
        loss = answer.confidence - other.probabilities[answer.label]
        assert each.contribution == pytest.approx(loss, abs=1e-6)


def test_a_text_that_cannot_be_read_has_no_explanation(tokenizer_folder: Path) -> None:
    model = predictor(tokenizer_folder, ["negative", "positive"], None)
    with pytest.raises(InvalidValue, match="No token"):
        predict_in_detail(model, "жжж", WHY)


def test_the_longer_a_text_the_larger_its_parts() -> None:
    words = [(place, place + 1) for place in range(0, 100_000, 2)]
    parts = Parts.of("x" * 100_000, words, [(0, 50_000), (50_000, 100_000)])
    assert (len(parts.words), parts.words_each, parts.sentences_each) == (20, 2500, 1)
    parts = Parts.of("x" * 200, words[:100], [(0, 200)])
    assert (len(parts.words), parts.words_each, parts.sentences) == (100, 1, [])


@given(
    text=some.lists(some.sampled_from(["good ", "x" * 130, "[SEP]", "&amp;", "é👍"])).map("".join)
)
def test_each_token_lies_where_its_characters_stand(tokenizer_folder: Path, text: str) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 16)
    ids, spans = tokenizer.located(text)
    assert ids == next(iter(tokenizer.text_ids([text])))
    cleaned = clean(text)
    assert all(0 <= start <= end <= len(cleaned) for start, end in spans)
    (good,) = tokenizer.located("good")[0]
    where = [cleaned[slice(*span)] for token, span in zip(ids, spans, strict=True) if token == good]
    assert set(where) <= {"good"}
