from pathlib import Path

import numpy as np
import pytest

from sentiment import store
from sentiment.calibration import probabilities
from sentiment.errors import ModelDamaged
from sentiment.file_hashes import read_hashes, write_hashes
from sentiment.inference.backends import BackendChoice, unread_files
from sentiment.inference.fake import FakeEngine
from sentiment.inference.ngrams import NGRAMS_FILE
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard
from sentiment.settings import EngineSettings
from tests.support.cards import make_card
from tests.support.models import classifier_card, make_classifier

TEXTS = ["good film", "bad", "the plot was dull , not great !", "it was very very good"]


@pytest.fixture
def predictor(card: ModelCard, tokenizer_folder: Path) -> Predictor:
    """A model that answers by the ids of a text; 16 tokens, temperature 2."""
    tokenizer = Tokenizer(tokenizer_folder, card.truncation.max_length, card.truncation.policy)
    return Predictor("sentiment:1", card, tokenizer, FakeEngine())


def expected(predictor: Predictor, text: str) -> list[float]:
    """Calibrated probabilities of one text alone."""
    engine = predictor.engine
    assert isinstance(engine, FakeEngine)
    logits = engine.expected(predictor.tokenizer.encode(text).ids)
    (row,) = probabilities(logits[None], predictor.card.calibration.temperature).tolist()
    return row


def test_each_text_gets_the_answer_it_would_get_alone(predictor: Predictor) -> None:
    answers = predictor.predict(TEXTS)
    assert [list(answer.probabilities.values()) for answer in answers] == [
        pytest.approx(expected(predictor, text)) for text in TEXTS
    ]


def test_confidence_is_calibrated(predictor: Predictor) -> None:
    (answer,) = predictor.predict(["good film"])
    engine = predictor.engine
    assert isinstance(engine, FakeEngine)
    raw = engine.expected(predictor.tokenizer.encode("good film").ids)
    assert predictor.card.calibration.temperature == 2.0
    assert answer.confidence == pytest.approx(1 / (1 + np.exp(-abs(raw[1] - raw[0]) / 2)))


def test_answers_do_not_depend_on_the_order_of_the_texts(predictor: Predictor) -> None:
    assert predictor.predict(TEXTS[::-1]) == predictor.predict(TEXTS)[::-1]


def test_an_answer_names_its_model(predictor: Predictor) -> None:
    assert predictor.predict(["good"])[0].model == "sentiment:1"


def test_an_answer_tells_whether_the_text_was_cut(predictor: Predictor) -> None:
    short, long = predictor.predict(["good film", "good " * 30])
    assert (short.truncated, short.tokens) == (False, 4)
    assert (long.truncated, long.tokens) == (True, 32)


def test_no_texts_get_no_answers(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_the_engine_gets_texts_of_similar_length_together(predictor: Predictor) -> None:
    predictor.predict(["good", "good " * 9] * 64)
    engine = predictor.engine
    assert isinstance(engine, FakeEngine)
    lengths = [{len(text) for text in batch} for batch in engine.batches]
    assert lengths == [{11}, {3}]


def test_progress_counts_every_text_once(predictor: Predictor) -> None:
    encodings = predictor.tokenizer.encode_batch(["good"] * 150)
    steps: list[int] = []
    predictor.logits(encodings, steps.append)
    assert sum(steps) == 150
    assert len(steps) > 1


def test_logits_are_one_row_a_text_in_their_order(predictor: Predictor) -> None:
    engine = predictor.engine
    assert isinstance(engine, FakeEngine)
    encodings = predictor.tokenizer.encode_batch(TEXTS)
    rows = predictor.logits(encodings)
    np.testing.assert_array_equal(rows, [engine.expected(each.ids) for each in encodings])


def test_a_model_of_three_labels_answers_with_three_probabilities(
    card: ModelCard, tokenizer_folder: Path
) -> None:
    three = card.model_copy(update={"labels": ["bad", "fair", "good"]})
    tokenizer = Tokenizer(tokenizer_folder, 16)
    (answer,) = Predictor("t:1", three, tokenizer, FakeEngine(labels=3)).predict(["dull"])
    assert list(answer.probabilities) == ["bad", "fair", "good"]
    assert sum(answer.probabilities.values()) == pytest.approx(1)


def test_missing_ngrams_are_no_damage_once_they_are_switched_off(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, "bert")
    (folder / NGRAMS_FILE).touch()
    seen = np.empty(0, dtype=np.uint64)
    model = store.find(store.save("sentiment", folder, classifier_card(), seen))
    (model.folder / NGRAMS_FILE).unlink()
    with pytest.raises(ModelDamaged, match=f"{NGRAMS_FILE} is missing"):
        Predictor.load(model)
    assert Predictor.load(model, EngineSettings(cascade="off")).predict(["good film"])


@pytest.mark.parametrize(
    ("backend", "precision", "read", "unread"),
    [
        ("openvino", "int8", "openvino-int8/model.bin", "openvino-fp32/model.bin"),
        ("openvino", "bf16", "openvino-fp32/model.bin", "openvino-int8/model.xml"),
        ("onnxruntime", "fp32", "onnx-fp32/model.onnx", "model.safetensors"),
        ("torch", "fp32", "model.safetensors", "openvino-int8/model.bin"),
    ],
)
def test_only_what_is_loaded_is_checked(
    tmp_path: Path, backend: str, precision: str, read: str, unread: str
) -> None:
    for name in (read, unread, "tokenizer.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    write_hashes(tmp_path)
    model = store.StoredModel("sentiment:1", tmp_path, make_card(), read_hashes(tmp_path))
    left_out = unread_files(BackendChoice(backend, precision))
    (tmp_path / unread).write_text("other")
    model.check_files(left_out)
    for name in (read, "tokenizer.json"):
        (tmp_path / name).write_text("other")
        with pytest.raises(ModelDamaged, match=name):
            model.check_files(left_out)
