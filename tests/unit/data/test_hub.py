"""Data sets in the format of `datasets`: of the hub's cache, of a folder."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value

from sentiment import data
from sentiment.errors import DataError, UsageError
from sentiment.settings import DataSettings
from tests.support.reviews import write_csv

NAMES = ["sad", "merry", "angry"]


def rows(size: int, start: int = 0, label: Any = None, **columns: Any) -> Dataset:
    """Rows whose labels take turns, in an order that is not the alphabet's."""
    values = {
        "text": [f"text {n}" for n in range(start, start + size)],
        "label": [n % 3 if label is None else label for n in range(size)],
    }
    features = Features(text=Value("string"), label=ClassLabel(names=NAMES))
    made = Dataset.from_dict(values, features=features)
    for name, column in columns.items():
        made = made.add_column(name, column)
    return made


def saved(folder: Path, **splits: Dataset) -> Path:
    DatasetDict(splits).save_to_disk(folder)
    return folder


def load(source: object, **changes: Any) -> data.Corpus:
    return data.load(DataSettings.parse({"data": str(source), **changes}))


def test_the_splits_and_the_names_of_a_folder_are_kept(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60), validation=rows(9, 100), test=rows(6, 200))
    corpus = load(folder)
    assert corpus.summary.sizes == {"train": 60, "validation": 9, "test": 6}
    assert corpus.labels == NAMES
    assert corpus.summary.source == str(folder)
    assert corpus.splits["test"][:] == {
        "text": [f"text {n}" for n in range(200, 206)],
        "label": [0, 1, 2, 0, 1, 2],
    }


def test_validation_is_drawn_from_training_where_there_is_none(tmp_path: Path) -> None:
    corpus = load(saved(tmp_path / "d", train=rows(60), test=rows(6, 200)))
    assert corpus.summary.sizes == {"train": 48, "validation": 12, "test": 6}


def test_a_single_saved_split_is_split_like_a_file(tmp_path: Path) -> None:
    rows(60).save_to_disk(tmp_path / "d")
    assert load(tmp_path / "d").summary.sizes == {"train": 42, "validation": 12, "test": 6}


@pytest.mark.parametrize("spelling", ["valid", "val", "dev"])
def test_a_validation_split_may_be_spelt_otherwise(tmp_path: Path, spelling: str) -> None:
    folder = saved(tmp_path / "d", train=rows(60), test=rows(6, 200), **{spelling: rows(9, 100)})
    assert load(folder).summary.sizes["validation"] == 9


def test_a_test_split_without_labels_is_noticed_and_another_drawn(tmp_path: Path) -> None:
    """As benchmarks publish it: -1 in each row."""
    parts = {"train": rows(60), "validation": rows(9, 100), "test": rows(30, 200, label=-1)}
    corpus = load(saved(tmp_path / "d", **parts))
    assert corpus.summary.sizes == {"train": 54, "validation": 9, "test": 6}
    assert corpus.notes == (
        "the test split has no labels in any of its 30 rows, so it is not used",
    )


def test_some_rows_without_a_label_are_refused_with_their_number(tmp_path: Path) -> None:
    labels = [0, 1, 2, -1] * 15
    train = rows(60).remove_columns("label").add_column("label", labels)
    train = train.cast_column("label", ClassLabel(names=NAMES))
    with pytest.raises(DataError, match=r"The train split of .* has 15 rows without a label"):
        load(saved(tmp_path / "d", train=train))


def test_what_the_training_rows_lack_does_not_matter_to_an_evaluation(tmp_path: Path) -> None:
    train = rows(60).remove_columns("label").add_column("label", [0, 1, 2, -1] * 15)
    train = train.cast_column("label", ClassLabel(names=NAMES))
    folder = saved(tmp_path / "d", train=train, test=rows(6, 200))
    corpus = data.load_test(DataSettings(data=str(folder)), NAMES)
    assert corpus.summary.sizes == {"test": 6}


def test_a_saved_folder_may_be_named_as_of_the_hub(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60), test=rows(6, 200))
    assert load(f"hub:{folder}").summary.sizes["test"] == 6


def test_columns_and_splits_are_listed_up_to_a_bound(tmp_path: Path) -> None:
    wide = Dataset.from_dict({f"column {n}": ["x"] for n in range(300)})
    with pytest.raises(DataError, match=r"… 280 more\]\. Name yours with --text-column"):
        load(saved(tmp_path / "wide", train=wide))
    many = {f"language_{n}": rows(3) for n in range(30)}
    with pytest.raises(DataError, match=r"None of the splits .*… 25 more\]"):
        load(saved(tmp_path / "many", **many))


def test_what_a_data_set_can_do_about_a_rare_label_is_said(tmp_path: Path) -> None:
    """No file of another split goes with it."""
    train = rows(41).select([*range(0, 40, 3), *range(1, 40, 3), 2])
    folder = saved(tmp_path / "d", train=train)
    with pytest.raises(
        DataError, match=r"'angry' has 1 row\. Add others, or leave them out"
    ) as said:
        load(folder)
    assert "-file" not in str(said.value)
    assert load(folder, labels=("sad", "merry")).labels == ["sad", "merry"]


def test_splits_for_other_ends_are_told(tmp_path: Path) -> None:
    parts = {"train": rows(60), "test": rows(6, 200), "unsupervised": rows(5, 300, label=-1)}
    assert "not used: the splits unsupervised" in load(saved(tmp_path / "d", **parts)).notes


def test_columns_of_other_names_are_asked_for(tmp_path: Path) -> None:
    train = rows(60).rename_columns({"text": "sentence", "label": "mood"})
    folder = saved(tmp_path / "d", train=train)
    with pytest.raises(
        DataError, match=r"no column 'text' and .*\['mood', 'sentence'\].*--label-column"
    ):
        load(folder)
    corpus = load(folder, text_column="sentence", label_column="mood")
    assert corpus.labels == NAMES


@pytest.mark.parametrize(
    ("kind", "values", "names"),
    [
        (Value("int64"), [5, 1, 3], ["1", "3", "5"]),
        (Value("string"), ["b", "a", "c"], ["a", "b", "c"]),
        (Value("bool"), [True, False, True], ["False", "True"]),
    ],
    ids=["numbers", "words", "truth"],
)
def test_labels_without_names_are_what_they_are(
    tmp_path: Path, kind: Value, values: list[Any], names: list[str]
) -> None:
    columns = {"text": [f"text {n}" for n in range(60)], "label": values * 20}
    made = Dataset.from_dict(columns, Features(text=Value("string"), label=kind))
    assert load(saved(tmp_path / "d", train=made)).labels == names


def test_names_can_be_mapped(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60))
    labels = ("angry=bad", "sad=dull", "merry=good")
    assert load(folder, labels=labels).labels == ["bad", "dull", "good"]


def test_names_that_do_not_occur_are_no_labels(tmp_path: Path) -> None:
    train = rows(60).filter(lambda row: row["label"] < 2)
    assert load(saved(tmp_path / "d", train=train)).labels == ["sad", "merry"]


def test_groups_of_a_folder_stay_together(tmp_path: Path) -> None:
    train = rows(120, film=[n // 4 for n in range(120)])
    corpus = load(saved(tmp_path / "d", train=train), group_column="film")
    films = [{int(t.split()[1]) // 4 for t in part["text"]} for part in corpus.splits.values()]
    assert sum(map(len, films)) == 30


@pytest.mark.parametrize(
    ("feature", "values", "said"),
    [
        (List(Value("int64")), [[1, 2]] * 9, "several labels a text are not supported"),
        ({"a": Value("int64")}, [{"a": 1}] * 9, "several labels a text are not supported"),
    ],
    ids=["a list", "an object"],
)
def test_several_labels_a_text_are_refused(
    tmp_path: Path, feature: Any, values: list[Any], said: str
) -> None:
    columns = {"text": [f"text {n}" for n in range(9)], "label": values}
    made = Dataset.from_dict(columns, Features(text=Value("string"), label=feature))
    with pytest.raises(DataError, match=said):
        load(saved(tmp_path / "d", train=made))


def test_dates_are_no_labels(tmp_path: Path) -> None:
    columns = {"text": ["a", "b"] * 30, "label": [datetime(2026, 1, 1), datetime(2026, 1, 2)] * 30}
    folder = saved(tmp_path / "d", train=Dataset.from_dict(columns))
    with pytest.raises(DataError, match=r"'label' of .* holds no words or numbers but timestamp"):
        load(folder)


def test_a_column_of_numbers_is_no_text(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60, stars=list(range(60))))
    with pytest.raises(DataError, match=r"'stars' of .* holds no text but int64"):
        load(folder, text_column="stars")


def test_a_folder_of_nothing_that_can_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"The folder {tmp_path} cannot be read as a data set"):
        load(tmp_path)


def test_files_of_other_splits_do_not_go_with_it(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60))
    with pytest.raises(UsageError, match="--test-file does not go with"):
        load(folder, test_file=tmp_path / "t.csv")


# --- folders of files -----------------------------------------------------------------


def files(folder: Path, **contents: str) -> Path:
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content.encode("latin-1"))
    return folder


MOODS = "".join(f"schön {n};{'sad' if n % 2 else 'merry'}\n" for n in range(60))


def test_files_that_are_named_for_their_splits_are_read_as_any_file(tmp_path: Path) -> None:
    """Separators, encodings and words such as NA are not left to another reader."""
    held_out = "text;label\nNA;sad\nnull;merry\n"
    folder = files(tmp_path, train_csv=f"text;label\n{MOODS}", test_csv=held_out, notes_txt="x")
    corpus = load(folder)
    assert corpus.summary.source == str(folder)
    assert corpus.summary.sizes == {"train": 48, "validation": 12, "test": 2}
    assert corpus.splits["test"]["text"] == ["NA", "null"]
    assert load(folder, delimiter=";").labels == ["merry", "sad"]
    assert data.load_test(DataSettings(data=str(folder)), NAMES).summary.sizes == {"test": 2}


def test_a_folder_without_a_file_to_train_on_or_with_two_is_refused(tmp_path: Path) -> None:
    folder = files(tmp_path, test_csv=f"text;label\n{MOODS}")
    with pytest.raises(DataError, match=r"has no training file; it has test\.csv"):
        load(folder)
    files(tmp_path, train_csv="text\n", train_jsonl="")
    with pytest.raises(DataError, match=r"two files of one split: train\.csv and train\.jsonl"):
        load(folder)


# --- evaluating -----------------------------------------------------------------------


def test_a_model_is_evaluated_on_the_test_split(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", train=rows(60), test=rows(6, 200))
    corpus = data.load_test(DataSettings(data=str(folder)), NAMES)
    assert corpus.summary.sizes == {"test": 6}


def test_without_labels_there_a_model_is_evaluated_on_validation_and_told_so(
    tmp_path: Path,
) -> None:
    parts = {"train": rows(60), "validation": rows(9, 100), "test": rows(6, 200, label=-1)}
    folder = saved(tmp_path / "d", **parts)
    corpus = data.load_test(DataSettings(data=str(folder)), NAMES)
    assert corpus.summary.sizes == {"test": 9}
    assert corpus.notes[-1] == "there is no labelled test split; the validation split is used"


def test_labels_are_numbered_as_the_model_has_them(tmp_path: Path) -> None:
    folder = saved(tmp_path / "d", test=rows(3), train=rows(60, 100))
    corpus = data.load_test(DataSettings(data=str(folder)), ["angry", "merry", "sad"])
    assert list(corpus.splits["test"]["label"]) == [2, 1, 0]


# --- the hub --------------------------------------------------------------------------


def test_without_hub_and_cache_the_error_names_the_data_set_and_another_source() -> None:
    """The tests' environment is offline and its cache is empty."""
    with pytest.raises(DataError) as caught:
        load("hub")
    said = str(caught.value)
    assert said.startswith("stanfordnlp/imdb could be loaded neither from the hub nor")
    assert said.endswith("Check the connection, or pass --data packaged.")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository as the hub has it, which `datasets` finds by its name in this folder."""
    folder = tmp_path / "owner" / "moods"
    for place, configuration in enumerate(("small", "large")):
        (folder / configuration).mkdir(parents=True)
        for split, start in (("train", 0), ("test", 500)):
            texts = range(start, start + 60 * (place + 1))
            written = [(f"text {n}", ("b", "a")[n % 2]) for n in texts]
            write_csv(folder / configuration / f"{split}.csv", written, ("words", "mood"))
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: small\n  data_dir: small\n"
        "- config_name: large\n  data_dir: large\n---\n"
    )
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(("configuration", "size"), [("small", 60), ("large", 120)])
def test_a_configuration_of_a_data_set_is_loaded_by_its_name(
    repository: Path, configuration: str, size: int
) -> None:
    source = f"hub:owner/moods:{configuration}"
    corpus = load(source, text_column="words", label_column="mood")
    assert corpus.summary.sizes["test"] == size
    assert (corpus.summary.source, corpus.labels) == (source, ["a", "b"])


@pytest.mark.parametrize("source", ["", "hub:"])
def test_no_name_at_all_is_said_to_be_that(source: str) -> None:
    with pytest.raises(DataError, match="names nothing"):
        load(source)


def test_configurations_to_choose_from_are_named(repository: Path) -> None:
    with pytest.raises(DataError, match=r"owner/moods could be loaded neither .*small.*large"):
        load("hub:owner/moods", text_column="words", label_column="mood")
