"""Text files of a data set of the hub are read as `--data FILE` reads them.

The data sets are folders in the hub's layout, and snapshots in the hub's cache: the tests'
environment is offline.
"""

import bz2
import gzip
import io
import json
import lzma
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from huggingface_hub import constants

from sentiment import data
from sentiment.errors import DataError, UsageError
from sentiment.settings import DataSettings

MOODS = ("merry", "sad")
CARD = "license: mit"
NAMED = """
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': sad
          '1': merry
"""


def lines(size: int, start: int = 0, between: str = ",", word: str = "text") -> str:
    """Rows whose labels take turns."""
    return "".join(f"{word} {n}{between}{MOODS[n % 2]}\n" for n in range(start, start + size))


def repository(folder: Path, files: Mapping[str, str | bytes], card: str = CARD) -> Path:
    """A folder in the layout of the hub: files, and a card with YAML at its top."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "README.md").write_text(f"---\n{card.strip()}\n---\n", encoding="utf-8")
    return folder


def load(source: object, **changes: Any) -> data.Corpus:
    return data.load(DataSettings.parse({"data": str(source), **changes}))


def rows(corpus: data.Corpus) -> dict[str, dict[str, list[Any]]]:
    return {split: part[:] for split, part in corpus.splits.items()}


def refusal(source: object, **changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(source, **changes)
    return str(caught.value)


# --- the same rows ---------------------------------------------------------------------

OBJECTS = [{"text": f"text {n}", "label": float(n % 2)} for n in range(60)]
CONTENTS: dict[str, tuple[str, bytes]] = {
    "semicolons": (".csv", f"text;label\n{lines(60, between=';', word='good, bad')}".encode()),
    "bars": (".csv", f"text|label\n{lines(60, between='|')}".encode()),
    "TSV": (".tsv", f"text\tlabel\n{lines(60, between=chr(9))}".encode()),
    "Windows-1252": (".csv", f"text,label\n{lines(60, word='„schön“ für 5 €')}".encode("cp1252")),
    "UTF-16": (".csv", f"text,label\n{lines(60, word='schön')}".encode("utf-16")),
    "a line sep=": (".csv", f"sep=;\ntext;label\n{lines(60, between=';')}".encode()),
    "a heading once more": (".csv", f"text,label\n{lines(30)}text,label\n{lines(30, 30)}".encode()),
    "words such as NA": (".csv", f"text,label\n{lines(60)}NA,sad\nnull,merry\n".encode()),
    "words of numbers": (
        ".csv",
        ("text,label\n" + "".join(f"00{n},{MOODS[n % 2]}\n" for n in range(60))).encode(),
    ),
    "an array": (".json", json.dumps(OBJECTS).encode()),
    "JSON Lines": (".jsonl", "".join(f"{json.dumps(each)}\n" for each in OBJECTS).encode()),
}


@pytest.mark.parametrize(("ending", "content"), CONTENTS.values(), ids=CONTENTS)
def test_a_file_of_the_hub_has_the_rows_of_a_file(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    folder = repository(tmp_path / "moods", {f"moods{ending}": content})
    of_hub, of_file = load(f"hub:{folder}"), load(folder / f"moods{ending}")
    assert rows(of_hub) == rows(of_file)
    assert of_hub.labels == of_file.labels
    assert [note for note in of_hub.notes if "WARNING" in note or "read as" in note] == [
        note for note in of_file.notes if "WARNING" in note or "read as" in note
    ]


REFUSED: dict[str, tuple[str, str, str]] = {
    "a quote that is never closed": (
        ".csv",
        f'text,label\n{lines(3)}"never closed,sad\n{lines(60, 3)}',
        "line 5: A quote in this row is not closed",
    ),
    "more fields than the heading": (
        ".csv",
        f"text,label\n{lines(3)}one, two,sad\n{lines(60, 3)}",
        "line 5: The row has more fields than the heading",
    ),
    "two columns of one name": (".csv", f"text,label,text\n{lines(60)}", "has 2 columns 'text'"),
    "a missing label": (".csv", f"text,label\n{lines(60)}odd,\n", "1 row without a label"),
    "no such column": (".csv", f"review,label\n{lines(60)}", "has no column 'text'"),
    "half a line": (".jsonl", '{"text": "a", "label": 1}\n{"text": "b"', "line 2: "),
}


@pytest.mark.parametrize(("ending", "content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_of_a_file_is_refused_of_the_hub(
    tmp_path: Path, ending: str, content: str, said: str
) -> None:
    folder = repository(tmp_path / "moods", {f"moods{ending}": content})
    path = folder / f"moods{ending}"
    of_hub, of_file = refusal(folder), refusal(path)
    assert said in of_file
    assert of_hub == of_file.replace(str(path), f"The train split of {folder}") or of_hub == of_file


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst", ".zip"])
def test_a_file_may_be_packed(tmp_path: Path, ending: str) -> None:
    plain = f"text;label\n{lines(60, between=';')}".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("moods.csv", plain)
    content = {
        ".gz": gzip.compress(plain),
        ".bz2": bz2.compress(plain),
        ".zst": pa.Codec("zstd").compress(plain, asbytes=True),
        ".zip": packed.getvalue(),
    }[ending]
    folder = repository(tmp_path / "moods", {f"moods.csv{ending}": content})
    assert rows(load(folder)) == rows(load(folder / f"moods.csv{ending}"))


# --- which file is of which split ------------------------------------------------------

SPLITS = {
    "train": f"text;label\n{lines(60, between=';')}",
    "validation": f"text;label\n{lines(9, 100, ';')}",
    "test": f"text;label\n{lines(6, 200, ';')}",
}
STATED = """
configs:
- config_name: default
  data_files:
  - split: train
    path: a.csv
  - split: validation
    path: b.csv
  - split: test
    path: c.csv
"""
LAYOUTS: dict[str, tuple[Mapping[str, str], str]] = {
    "names": ({"train": "train.csv", "validation": "valid.csv", "test": "test.csv"}, CARD),
    "a folder of data": (
        {"train": "data/train.csv", "validation": "data/dev.csv", "test": "data/test.csv"},
        CARD,
    ),
    "folders": ({"train": "train/x.csv", "validation": "val/x.csv", "test": "test/x.csv"}, CARD),
    "shards": (
        {split: f"data/{split}-00000-of-00001.csv" for split in SPLITS},
        CARD,
    ),
    "the card": ({"train": "a.csv", "validation": "b.csv", "test": "c.csv"}, STATED),
}


@pytest.mark.parametrize(("names", "card"), LAYOUTS.values(), ids=LAYOUTS)
def test_splits_are_found_by_names_and_by_the_card(
    tmp_path: Path, names: Mapping[str, str], card: str
) -> None:
    files = {name: SPLITS[split] for split, name in names.items()}
    folder = repository(tmp_path / "moods", files, card)
    held_out = {f"{split}_file": folder / names[split] for split in ("validation", "test")}
    assert rows(load(folder)) == rows(load(folder / names["train"], **held_out))


def test_a_folder_without_a_card_is_read_alike(tmp_path: Path) -> None:
    """Its files lie deeper than those that are named for their splits."""
    folder = repository(tmp_path / "moods", {f"data/{each}.csv": SPLITS[each] for each in SPLITS})
    (folder / "README.md").unlink()
    assert load(folder).summary.sizes == {"train": 60, "validation": 9, "test": 6}


def test_several_files_of_a_split_are_read_in_their_order(tmp_path: Path) -> None:
    """Each has a heading and a way of writing of its own."""
    parts = {
        "data/train-00000-of-00002.csv": f"text;label\n{lines(40, between=';')}",
        "data/train-00001-of-00002.csv": "label,text\nsad,text 90\nmerry,text 91\n",
        "data/validation-00000-of-00001.csv": SPLITS["validation"],
        "data/test-00000-of-00001.csv": SPLITS["test"],
    }
    corpus = load(repository(tmp_path / "moods", parts))
    assert corpus.splits["train"]["text"][:] == [f"text {n}" for n in (*range(40), 90, 91)]


def test_a_fault_in_one_of_several_files_names_that_file(tmp_path: Path) -> None:
    parts = {
        "train-0.csv": f"text,label\n{lines(60)}",
        "train-1.csv": f"text,label\n{lines(2, 70)}a,b,sad\n",
    }
    folder = repository(tmp_path / "moods", parts)
    assert refusal(folder).startswith(f"{folder}/train-1.csv cannot be read as .csv: line 4: ")


CONFIGURATIONS = """
configs:
- config_name: small
  data_files: small/*.csv
- config_name: large
  data_files:
  - split: train
    path: large/one.csv
  - split: test
    path: large/two.csv
"""


def test_a_configuration_has_the_files_that_the_card_gives_it(tmp_path: Path) -> None:
    files = {
        "small/x.csv": SPLITS["train"],
        "large/one.csv": SPLITS["train"],
        "large/two.csv": SPLITS["test"],
    }
    folder = repository(tmp_path / "moods", files, CONFIGURATIONS)
    assert load(f"hub:{folder}:small").summary.sizes == {"train": 42, "validation": 12, "test": 6}
    assert load(f"hub:{folder}:large").summary.sizes == {"train": 48, "validation": 12, "test": 6}
    assert "small" in refusal(f"hub:{folder}")
    assert "large" in refusal(f"hub:{folder}")


def test_files_without_labels_are_told_and_others_drawn(tmp_path: Path) -> None:
    """As benchmarks publish their tests: -1 in each row."""
    unlabelled = "text;label\n" + "".join(f"text {n};-1\n" for n in range(200, 230))
    folder = repository(tmp_path / "d", {"train.csv": SPLITS["train"], "test.csv": unlabelled})
    corpus = load(folder)
    assert corpus.summary.sizes == {"train": 42, "validation": 12, "test": 6}
    assert corpus.notes == (
        "the test split has no labels in any of its 30 rows, so it is not used",
    )


def test_a_model_is_evaluated_on_the_file_of_the_test_split(tmp_path: Path) -> None:
    folder = repository(tmp_path / "d", {f"{each}.csv": SPLITS[each] for each in SPLITS})
    corpus = data.load_test(DataSettings(data=f"hub:{folder}"), ["sad", "merry"])
    assert corpus.summary.sizes == {"test": 6}
    assert corpus.splits["test"][:] == {
        "text": [f"text {n}" for n in range(200, 206)],
        "label": [1, 0] * 3,
    }


# --- what the card says of labels ------------------------------------------------------


@pytest.mark.parametrize("written", [("1", "0"), ("merry", "sad"), ("1", "sad")], ids=str)
def test_names_that_the_card_gives_to_numbers_are_kept(
    tmp_path: Path, written: tuple[str, str]
) -> None:
    texts = "".join(f"text {n};{written[n % 2]}\n" for n in range(60))
    folder = repository(tmp_path / "moods", {"moods.csv": f"text;label\n{texts}"}, NAMED)
    corpus = load(folder)
    assert corpus.labels == ["sad", "merry"]
    merry = [int(text.split()[1]) % 2 == 0 for text in corpus.splits["train"]["text"]]
    assert [label == 1 for label in corpus.splits["train"]["label"]] == merry
    assert load(folder, labels=("merry=good", "sad=bad")).labels == ["good", "bad"]


def test_a_number_in_json_is_the_place_of_a_name_even_if_a_name_is_a_number(tmp_path: Path) -> None:
    card = NAMED.replace("sad", "'1'").replace("merry", "'2'")
    texts = "".join(f'{{"text": "text {n}", "label": {n % 2}}}\n' for n in range(60))
    corpus = load(repository(tmp_path / "moods", {"moods.jsonl": texts}, card))
    assert corpus.labels == ["1", "2"]
    first = corpus.splits["train"][0]
    assert first["label"] == int(first["text"].split()[1]) % 2


def test_names_may_be_those_of_a_configuration(tmp_path: Path) -> None:
    features = NAMED.partition("features:\n")[2]
    card = f"configs:\n- config_name: default\n  data_files: moods.csv\n  features:\n{features}"
    texts = "".join(f"text {n},{n % 2}\n" for n in range(60))
    folder = repository(tmp_path / "moods", {"moods.csv": f"text,label\n{texts}"}, card)
    assert load(folder).labels == ["sad", "merry"]


def test_minus_one_is_no_label_where_the_card_has_names(tmp_path: Path) -> None:
    texts = "".join(f"text {n},{n % 2}\n" for n in range(60))
    content = f"text,label\n{texts}one more,-1\n"
    folder = repository(tmp_path / "moods", {"moods.csv": content}, NAMED)
    assert "has 1 row without a label" in refusal(folder)


def test_a_label_that_the_card_does_not_know_is_named(tmp_path: Path) -> None:
    texts = "".join(f"text {n},{n % 2}\n" for n in range(60))
    content = f"text,label\n{texts}one more,7\n"
    folder = repository(tmp_path / "moods", {"moods.csv": content}, NAMED)
    assert "labels that are not among ['sad', 'merry']: ['7']" in refusal(folder)


# --- what the card says of how a file is written ---------------------------------------


def stated(options: str) -> str:
    return f"configs:\n- config_name: default\n  data_files: moods.csv\n  {options}\n"


def test_the_delimiter_of_the_card_is_taken(tmp_path: Path) -> None:
    content = f"text^label\n{lines(60, between='^')}"
    folder = repository(tmp_path / "d", {"moods.csv": content}, stated('sep: "^"'))
    assert rows(load(folder)) == rows(load(folder / "moods.csv", delimiter="^"))


def test_the_encoding_of_the_card_is_taken_and_a_flag_goes_before_it(tmp_path: Path) -> None:
    content = f"text,label\n{lines(60, word='яблоко')}".encode("koi8-r")
    folder = repository(tmp_path / "d", {"moods.csv": content}, stated("encoding: koi8-r"))
    assert "яблоко" in load(folder).splits["train"]["text"][0]
    assert "яблоко" not in load(folder, encoding="windows-1251").splits["train"]["text"][0]


def test_quotes_are_letters_where_the_card_says_so(tmp_path: Path) -> None:
    content = f"text\tlabel\n{lines(60, between=chr(9), word=chr(34) + 'so')}"
    card = stated('sep: "\\t"\n  quoting: 3')
    folder = repository(tmp_path / "d", {"moods.csv": content}, card)
    assert load(folder).splits["train"]["text"][0].startswith('"so')


@pytest.mark.parametrize("options", ["column_names: [label, text]", "names: [label, text]"])
def test_columns_may_be_named_by_the_card(tmp_path: Path, options: str) -> None:
    content = "".join(f"{MOODS[n % 2]};text {n}\n" for n in range(60))
    folder = repository(tmp_path / "d", {"moods.csv": content}, stated(options))
    numbered = {"no_header": True, "text_column": "2", "label_column": "1"}
    assert rows(load(folder)) == rows(load(folder / "moods.csv", **numbered))
    assert "has no column 'review'; it has ['label', 'text']" in refusal(
        folder, text_column="review"
    )


def test_an_option_that_there_is_no_word_for_is_left_to_datasets_and_told(tmp_path: Path) -> None:
    content = f"# moods\ntext,label\n{lines(60)}"
    folder = repository(tmp_path / "d", {"moods.csv": content}, stated("skiprows: 1"))
    corpus = load(folder)
    assert sum(corpus.summary.sizes.values()) == 60
    assert any("skiprows" in note and "`datasets`" in note for note in corpus.notes)


def test_a_kind_of_packing_that_is_not_known_is_left_to_datasets_and_told(tmp_path: Path) -> None:
    packed = lzma.compress(f"text,label\n{lines(60)}".encode())
    folder = repository(tmp_path / "d", {"moods.csv.xz": packed})
    corpus = load(folder)
    assert sum(corpus.summary.sizes.values()) == 60
    assert any("moods.csv.xz" in note and "`datasets`" in note for note in corpus.notes)


# --- flags -----------------------------------------------------------------------------


def test_flags_of_files_go_with_files_of_the_hub(tmp_path: Path) -> None:
    content = f"text^label\n{lines(60, between='^')}"
    folder = repository(tmp_path / "moods", {"moods.csv": content})
    assert rows(load(folder, delimiter="^")) == rows(load(folder / "moods.csv", delimiter="^"))


def test_they_do_not_go_with_what_datasets_reads(tmp_path: Path) -> None:
    made = {"text": [f"text {n}" for n in range(60)], "label": [0, 1] * 30}
    folder = tmp_path / "moods"
    DatasetDict(train=Dataset.from_dict(made)).save_to_disk(folder)
    with pytest.raises(UsageError, match="--delimiter does not go with --data"):
        load(folder, delimiter=";")


def test_flags_of_csv_do_not_go_with_json(tmp_path: Path) -> None:
    texts = "".join(f'{{"text": "text {n}", "label": {n % 2}}}\n' for n in range(60))
    folder = repository(tmp_path / "moods", {"moods.jsonl": texts})
    with pytest.raises(UsageError, match="--delimiter is of CSV and TSV files"):
        load(folder, delimiter=";")


def test_groups_are_for_splits_that_are_drawn(tmp_path: Path) -> None:
    grouped = "text,label,film\n" + "".join(f"text {n},{n % 2},{n // 4}\n" for n in range(120))
    folder = repository(tmp_path / "a", {"train.csv": grouped})
    corpus = load(folder, group_column="film")
    films = [{int(t.split()[1]) // 4 for t in part["text"]} for part in corpus.splits.values()]
    assert sum(map(len, films)) == 30
    whole = repository(tmp_path / "b", {f"{each}.csv": SPLITS[each] for each in SPLITS})
    (whole / "train.csv").write_text(grouped)
    with pytest.raises(UsageError, match="--group-column is for splits that are drawn"):
        load(whole, group_column="film")


# --- what stays with `datasets` --------------------------------------------------------


def test_parquet_keeps_the_names_that_it_has(tmp_path: Path) -> None:
    features = Features(text=Value("string"), label=ClassLabel(names=["sad", "merry"]))
    made = {"text": [f"text {n}" for n in range(60)], "label": [0, 1] * 30}
    folder = repository(tmp_path / "moods", {})
    Dataset.from_dict(made, features=features).to_parquet(folder / "train.parquet")
    assert load(folder).labels == ["sad", "merry"]


# --- the hub's cache -------------------------------------------------------------------


@pytest.fixture
def cached() -> Any:
    """A repository in the hub's cache, as a download leaves it, under the name owner/moods."""
    home = Path(constants.HF_HUB_CACHE) / "datasets--owner--moods"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(commit)
    yield home / "snapshots" / commit
    shutil.rmtree(home)


def test_a_snapshot_in_the_cache_is_read_as_files_and_told(cached: Path) -> None:
    folder = repository(cached, {f"{each}.csv": SPLITS[each] for each in SPLITS})
    corpus = load("hub:owner/moods")
    held_out = {f"{split}_file": folder / f"{split}.csv" for split in ("validation", "test")}
    assert rows(corpus) == rows(load(folder / "train.csv", **held_out))
    assert corpus.summary.source == "hub:owner/moods"
    assert any("from the hub's cache" in note and "01234567" in note for note in corpus.notes)


def test_files_of_a_snapshot_may_be_links_to_where_their_content_lies(cached: Path) -> None:
    """So the hub's client lays them down; their names are those of the links."""
    blob = cached.parents[1] / "blobs" / "abc"
    blob.parent.mkdir()
    blob.write_text(SPLITS["train"])
    repository(cached, {})
    (cached / "train.csv").symlink_to(blob)
    assert load("hub:owner/moods").summary.sizes["train"] == 42


def test_a_fault_in_a_snapshot_is_told_with_its_line(cached: Path) -> None:
    repository(cached, {"train.csv": f"text,label\n{lines(3)}a,b,sad\n"})
    assert "train.csv cannot be read as .csv: line 5: " in refusal("hub:owner/moods")


def test_a_snapshot_with_configurations_names_them(cached: Path) -> None:
    files = {f"{each}/x.csv": SPLITS["train"] for each in ("small", "large")}
    card = "configs:\n- config_name: small\n  data_dir: small\n- config_name: large\n"
    repository(cached, files, f"{card}  data_dir: large\n")
    said = refusal("hub:owner/moods")
    assert "small" in said
    assert "large" in said
    assert load("hub:owner/moods:small").summary.sizes["train"] == 42


def test_a_snapshot_without_the_files_says_that_neither_has_them(cached: Path) -> None:
    repository(cached, {})
    said = refusal("hub:owner/moods")
    assert said.startswith("owner/moods could be loaded neither from the hub nor from its cache")
