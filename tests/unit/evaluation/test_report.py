import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from sentiment import data
from sentiment.errors import DataError
from sentiment.evaluation import report
from sentiment.evaluation.text_report import to_text
from sentiment.inference.cascade import Cascade
from sentiment.inference.fake import FakeEngine
from sentiment.inference.ngrams import BITS, NgramClassifier
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import CascadeRule, Combination, ModelCard
from sentiment.settings import DataSettings
from sentiment.store import SEEN_FILE, StoredModel
from sentiment.terminal import cells
from tests.support.cards import card_trained_on, make_card
from tests.support.reviews import write_csv

NAMES = ["negative", "positive"]
ROWS = [(f"good film {n}", NAMES[n % 2]) for n in range(60)]


def trained_on(path: Path, **changes: Any) -> StoredModel:
    """A stored model whose training read the file at `path`."""
    card, corpus = card_trained_on(path, **changes)
    np.save(path.parent / SEEN_FILE, corpus.seen_hashes())
    return StoredModel("sentiment:1", path.parent, card)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "mine.csv", ROWS)


def texts(corpus: data.Corpus) -> list[str]:
    return list(corpus.splits["test"]["text"])


# --- what is evaluated on -----------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"seed": 7}, {"train_size": 10}])
def test_a_model_is_evaluated_on_the_test_split_of_its_own_training(
    path: Path, changes: dict[str, Any]
) -> None:
    own = data.load(DataSettings.parse({"data": str(path), **changes}))
    assert texts(report.test_split(trained_on(path, **changes), {})) == texts(own)


def test_data_that_changed_since_training_are_refused_by_their_fingerprints(path: Path) -> None:
    model = trained_on(path)
    write_csv(path, [*ROWS[:-1], ("another text", "positive")])
    with pytest.raises(DataError) as caught:
        report.test_split(model, {})
    said = str(caught.value)
    assert f"{path} is not what sentiment:1 was trained on: fingerprint" in said
    assert f"not {model.card.data.fingerprint[:12]}." in said
    assert said.endswith(
        "--data with the file to evaluate on; texts that it has seen are left out."
    )


def drawn_before(model: StoredModel) -> StoredModel:
    """The same model as if its splits had been drawn in another way, before there were groups."""
    card = model.card
    settings = {name: value for name, value in card.settings.items() if name != "group_column"}
    summary = card.data.model_copy(update={"fingerprint": "0" * 64})
    older = card.model_copy(update={"settings": settings, "data": summary})
    return StoredModel(model.tag, model.folder, older)


def test_a_model_whose_splits_were_drawn_otherwise_keeps_its_own(path: Path) -> None:
    """They were drawn with another seed than its card would draw them with now."""
    model = trained_on(path, seed=7)
    older = drawn_before(model)
    older.card.settings["seed"] = 0
    corpus = report.test_split(older, {})
    assert set(texts(corpus)) == set(texts(report.test_split(model, {})))
    assert "drawn by an older version" in corpus.notes[-1]


def test_a_file_that_changed_is_refused_for_such_a_model_too(path: Path) -> None:
    older = drawn_before(trained_on(path))
    write_csv(path, [*ROWS, ("another text", "positive")])
    with pytest.raises(DataError, match="is not what sentiment:1 was trained on"):
        report.test_split(older, {})


def test_data_that_are_gone_are_named(path: Path) -> None:
    model = trained_on(path)
    path.unlink()
    with pytest.raises(DataError, match=f"No such data file: {path}"):
        report.test_split(model, {})


def test_a_file_that_is_passed_is_evaluated_on_whole(path: Path, tmp_path: Path) -> None:
    other = write_csv(tmp_path / "other.csv", [("bad", "negative"), ("great", "positive")])
    corpus = report.test_split(trained_on(path), {"data": str(other)})
    assert texts(corpus) == ["bad", "great"]
    assert list(corpus.splits["test"]["label"]) == [0, 1]


def test_a_file_that_is_passed_may_have_its_values_mapped(path: Path, tmp_path: Path) -> None:
    other = write_csv(tmp_path / "other.csv", [("bad", 1), ("great", 5)])
    given = {"data": str(other), "labels": ["1=negative", "5=positive"]}
    assert list(report.test_split(trained_on(path), given).splits["test"]["label"]) == [0, 1]


def test_a_file_in_other_labels_than_the_models_is_refused(path: Path, tmp_path: Path) -> None:
    other = write_csv(tmp_path / "other.csv", [("bad", 1), ("great", 5)])
    with pytest.raises(DataError, match=r"not among \['negative', 'positive'\].*--labels"):
        report.test_split(trained_on(path), {"data": str(other)})


def test_built_in_data_in_other_labels_than_the_models_are_refused(tmp_path: Path) -> None:
    """The sentences are negative and positive; the model tells sad from merry."""
    rows = [(text, {"negative": "sad", "positive": "merry"}[label]) for text, label in ROWS]
    model = trained_on(write_csv(tmp_path / "moods.csv", rows))
    with pytest.raises(DataError) as caught:
        report.test_split(model, {"data": "rotten-tomatoes"})
    assert str(caught.value) == (
        "The labels of the data are ['negative', 'positive'], the model's ['merry', 'sad']. "
        "rotten-tomatoes has its own; pass --data with a file, whose labels can be mapped."
    )


# --- texts seen in training ---------------------------------------------------------


def with_seen(path: Path, model: StoredModel, split: str) -> data.Corpus:
    """A test file with three texts of a split of the model's own data, and a new one."""
    seen = list(data.load(DataSettings(data=str(path))).splits[split]["text"])[:3]
    rows = [*((text, "positive") for text in seen), ("a new text", "negative")]
    other = write_csv(path.parent / "other.csv", rows)
    return report.test_split(model, {"data": str(other)})


def test_texts_that_were_never_seen_are_let_through(path: Path) -> None:
    model = trained_on(path)
    corpus = report.test_split(model, {})
    kept, seen, left_out = report.leave_out_seen(model, corpus, allow=False)
    assert (texts(kept), seen, left_out) == (texts(corpus), 0, 0)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_texts_that_training_or_calibration_saw_are_left_out_and_counted(
    path: Path, split: str
) -> None:
    model = trained_on(path)
    corpus = with_seen(path, model, split)
    kept, seen, left_out = report.leave_out_seen(model, corpus, allow=False)
    assert (texts(kept), seen, left_out) == (["a new text"], 0, 3)
    assert list(kept.splits["test"]["label"]) == [0]


def test_texts_that_were_all_seen_are_refused_with_their_number(path: Path) -> None:
    model = trained_on(path)
    seen = list(data.load(DataSettings(data=str(path))).splits["train"]["text"])[:3]
    other = write_csv(path.parent / "other.csv", [(text, "positive") for text in seen])
    corpus = report.test_split(model, {"data": str(other)})
    with pytest.raises(DataError) as caught:
        report.leave_out_seen(model, corpus, allow=False)
    assert str(caught.value) == (
        "sentiment:1 was trained or calibrated on all of these 3 texts: a report on them would "
        "flatter it. Pass other data, or --allow-seen to report all the same."
    )


def test_texts_that_were_seen_are_counted_when_allowed(path: Path) -> None:
    model = trained_on(path)
    kept, seen, left_out = report.leave_out_seen(model, with_seen(path, model, "train"), allow=True)
    assert (len(texts(kept)), seen, left_out) == (4, 3, 0)


def test_what_was_left_out_as_seen_is_in_the_report(
    predictor: Predictor, corpus: data.Corpus
) -> None:
    answers = report.answer(predictor, texts(corpus), int)
    found = report.evaluate(answers, corpus, 0, left_out=7)
    assert found.values["left_out_as_seen"] == 7
    assert "7 more left out as seen" in " ".join(found.text.split())


# --- the report ---------------------------------------------------------------------


@pytest.fixture
def predictor(card: ModelCard, tokenizer_folder: Path) -> Predictor:
    return Predictor("sentiment:1", card, Tokenizer(tokenizer_folder, 16), FakeEngine())


@pytest.fixture
def corpus(tmp_path: Path, predictor: Predictor) -> data.Corpus:
    """Twelve texts, one too long; the model is right on all but the first three."""
    rows = [f"good film {n}" for n in range(11)] + ["dull " * 30]
    answers = [each.label for each in predictor.predict(rows)]
    other = {"negative": "positive", "positive": "negative"}
    labels = [other[label] for label in answers[:3]] + answers[3:]
    path = write_csv(tmp_path / "t.csv", zip(rows, labels, strict=True))
    return data.load_test(DataSettings(data=str(path)), NAMES)


def evaluate(
    predictor: Predictor, corpus: data.Corpus, seen: int | None = 0, progress: Any = int
) -> report.Report:
    return report.evaluate(report.answer(predictor, texts(corpus), progress), corpus, seen)


@pytest.fixture
def result(predictor: Predictor, corpus: data.Corpus) -> report.Report:
    return evaluate(predictor, corpus)


def test_the_report_holds_the_metrics_of_the_models_answers(result: report.Report) -> None:
    assert result.values["accuracy"] == 9 / 12
    assert result.values["texts"] == 12
    assert np.sum(result.values["confusion_matrix"]) == 12
    assert np.trace(result.values["confusion_matrix"]) == 9


def test_the_report_tells_the_parts_of_a_cascade_apart(
    corpus: data.Corpus, card: ModelCard, tokenizer_folder: Path
) -> None:
    ngrams = NgramClassifier(
        np.ones((1, 1 << BITS), dtype=np.int8), np.array([1.0]), np.array([0.0])
    )  # which call everything positive
    of_long = CascadeRule(confidence=0.5, tokens=20, seen=0, steady=False)
    of_others = Combination(
        encoder=0.0,
        ngrams=1.0,
        tokens=3,
        used=True,
        accuracy=0.9,
        log_loss=0.3,
        expected_calibration_error=0.0,
        pairs_right=None,
    )
    cascade = Cascade(ngrams, of_long, 1.0, card.calibration.temperature, of_others)
    tokenizer = Tokenizer(tokenizer_folder, 16, ask_ngrams=cascade)
    found = evaluate(Predictor("sentiment:1", card, tokenizer, FakeEngine(), cascade), corpus)
    parts = found.values["cascade"]
    positive = np.mean(corpus.splits["test"]["label"])
    assert parts["share"] == pytest.approx(1 / 12)
    assert parts["both"] == pytest.approx(11 / 12)
    assert parts["encoder"]["accuracy"] == pytest.approx(9 / 12)
    assert parts["ngrams"]["accuracy"] == parts["cascade"]["accuracy"] == pytest.approx(positive)
    assert "answered 8.3% of the texts, and 91.7% together with the encoder." in found.text


def test_the_report_says_what_was_measured_on_what(
    result: report.Report, corpus: data.Corpus
) -> None:
    expected = {
        "model": "sentiment:1",
        "recipe": "quick",
        "base_model": "packaged",
        "data": corpus.summary.source,
        "data_fingerprint": corpus.summary.fingerprint,
        "seen_texts": 0,
        "truncated_texts": 1,
        "unreadable_texts": 0,
        "max_length": 16,
        "temperature": 2.0,
        "engine": FakeEngine().describe().model_dump(),
    }
    assert {name: result.values[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("seen", "words"), [(3, "HAS SEEN 3 of these texts"), (None, "IS NOT KNOWN")]
)
def test_the_report_confesses_seen_texts(
    predictor: Predictor, corpus: data.Corpus, seen: int | None, words: str
) -> None:
    result = evaluate(predictor, corpus, seen)
    assert result.values["seen_texts"] == seen
    assert words in result.text


def test_the_report_can_be_written_as_json(result: report.Report) -> None:
    assert json.loads(json.dumps(result.values))["accuracy"] == 9 / 12


def test_the_file_holds_every_number_that_is_printed(result: report.Report) -> None:
    def leaves(value: Any) -> Iterator[Any]:
        if isinstance(value, dict | list):
            each = value.values() if isinstance(value, dict) else value
            yield from (leaf for one in each for leaf in leaves(one))
        else:
            yield value

    written = json.loads(json.dumps(result.values, allow_nan=False))
    found = list(leaves(written))
    numbers = [leaf for leaf in found if isinstance(leaf, int | float)]
    known = {shown for n in numbers for shown in (f"{n:.4f}", f"{n:,}", f"{n:.0f}")}
    words = " ".join(leaf for leaf in found if isinstance(leaf, str))
    printed = [token.strip("(),:;") for token in result.text.split()]
    digits = [token for token in printed if re.search(r"\d", token) and token not in words]
    names = {"95", "F1"}  # of the intervals' level and of metrics
    assert set(digits) - known <= names
    assert written["labels"] == NAMES
    assert set(written["classification_report"]) >= {*NAMES, "macro avg", "weighted avg"}


@pytest.mark.parametrize(
    "shown",
    [
        "model:    sentiment:1 (recipe quick)",
        "encoder:  packaged",
        "computed: by fake in fp32 on cpu",
        "accuracy                    0.7500  (95 %: ",
        "balanced accuracy           0.",
        "macro F1                    0.",
        "share of the largest label  0.",
        "F1 of positive  ",
        "precision of positive  ",
        "recall of positive  ",
        "ROC AUC  ",
        "temperature                 2.0000",
        " before, ",
        "confusion matrix (rows: true, columns: predicted)",
        "mean of labels",
    ],
)
def test_the_terminal_shows(result: report.Report, shown: str) -> None:
    assert shown in result.text


def test_the_terminal_shows_how_many_texts_there_are_and_were_cut(result: report.Report) -> None:
    words = " ".join(result.text.split())  # the path before them is long or short
    assert "12 texts of the test split, 1 cut to 16" in words


def test_the_terminal_shows_each_row_of_the_confusion_matrix(result: report.Report) -> None:
    rows = [line.split() for line in result.text.splitlines()]
    for name, counts in zip(NAMES, result.values["confusion_matrix"], strict=True):
        assert [name, *map(str, counts)] in rows


def test_the_terminal_says_when_a_metric_is_undefined(predictor: Predictor, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [("good", "positive"), ("great", "positive")])
    one_label = data.load_test(DataSettings(data=str(path)), NAMES)
    shown = evaluate(predictor, one_label).text
    assert "ROC AUC                     undefined: a label is missing" in shown


def test_a_text_that_a_server_would_refuse_is_left_out_and_told(
    predictor: Predictor, tmp_path: Path
) -> None:
    rows = [("good film", "positive"), ("\u2d30\u2d31", "negative"), ("bad film", "negative")]
    corpus = data.load_test(DataSettings(data=str(write_csv(tmp_path / "t.csv", rows))), NAMES)
    done: list[int] = []
    result = evaluate(predictor, corpus, progress=done.append)
    assert sum(done) == 3
    assert (result.values["texts"], result.values["unreadable_texts"]) == (2, 1)
    assert "1 more left out as unreadable" in " ".join(result.text.split())


def test_texts_of_which_none_can_be_read_are_refused(predictor: Predictor, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [("\u2d30", "positive"), ("\u2d31", "negative")])
    corpus = data.load_test(DataSettings(data=str(path)), NAMES)
    with pytest.raises(DataError, match="can read none of the texts"):
        evaluate(predictor, corpus)


def in_labels(names: list[str]) -> dict[str, Any]:
    """The values of a report on 3 texts a label, of which the first is taken for the next."""
    count = len(names)
    labels = np.repeat(np.arange(count), 3)
    logits = np.eye(count)[np.where(np.arange(3 * count) % 3, labels, (labels + 1) % count)]
    card = make_card(labels=names)
    answers = report.Answers("sentiment:1", card, FakeEngine().describe(), logits, 0)
    rows = {"text": [f"text {n}" for n in range(3 * count)], "label": labels.tolist()}
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    splits = DatasetDict({"test": Dataset.from_dict(rows, features=features)})
    summary = card.data.model_copy(update={"source": "tickets.csv"})
    return report.evaluate(answers, data.Corpus(splits, summary), 0).values


@pytest.mark.parametrize(
    "names",
    [
        ["billing and payments", "cancellation of a subscription", "delivery problems abroad"],
        [f"{number} label with quite a long name" for number in range(12)],
        [f"{number} label with quite a long name" for number in range(60)],
        ["支付问题和发票", "取消订阅" * 6, "海外配送" * 6],
    ],
    ids=["three long", "twelve", "sixty", "wide"],
)
def test_a_report_keeps_to_eighty_columns_and_its_numbers_apart(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    values = in_labels(names)
    shown = to_text(values)
    assert max(map(cells, shown.splitlines())) <= 80
    lines = [line.split() for line in shown.splitlines()]
    for count in ([2, 1, 0], [0, 2, 1], [1, 0, 2]) if len(names) == 3 else []:
        assert any(line[-3:] == [str(each) for each in count] for line in lines)
    if len(names) == 60:
        assert "most frequent confusions, 20 of 60" in shown
        assert "0 label with quite a long name → 1 label with quite a long name" in shown
    else:
        assert "confusion matrix" in shown


def many(path: Path, negative: int, positive: int) -> Path:
    rows = [(f"bad film {n}", "negative") for n in range(negative)]
    return write_csv(path, rows + [(f"good film {n}", "positive") for n in range(positive)])


@pytest.mark.parametrize(
    ("negative", "positive", "expected"),
    [
        (90, 6, ["94% of the texts", "positive (6)"]),
        (20, 20, []),
    ],
    ids=["one label in sixteen", "even"],
)
def test_the_report_warns_of_data_that_flatter(
    predictor: Predictor, tmp_path: Path, negative: int, positive: int, expected: list[str]
) -> None:
    path = many(tmp_path / "t.csv", negative, positive)
    found = evaluate(predictor, data.load_test(DataSettings(data=str(path)), NAMES))
    warnings = found.values["warnings"]
    for part in expected:
        assert any(part in warning for warning in warnings)
    shown = " ".join(found.text.split())
    assert all(f"WARNING: {warning}" in shown for warning in warnings)
    assert any("--class-weight balanced" in warning for warning in warnings) == bool(expected)


def test_a_model_no_better_than_the_largest_label_is_told_so(
    predictor: Predictor, tmp_path: Path
) -> None:
    """The fake engine's answers have nothing to do with the labels."""
    path = many(tmp_path / "t.csv", 40, 40)
    found = evaluate(predictor, data.load_test(DataSettings(data=str(path)), NAMES))
    better = found.values["accuracy_interval"][0] > 0.5
    assert any("not surely better" in each for each in found.values["warnings"]) != better


def test_progress_counts_every_text(predictor: Predictor, corpus: data.Corpus) -> None:
    steps: list[int] = []
    evaluate(predictor, corpus, progress=steps.append)
    assert sum(steps) == 12
