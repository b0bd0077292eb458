"""What training and export read of a split is what a server would read."""

from pathlib import Path

import pytest

from sentiment import data
from sentiment.data import Corpus
from sentiment.errors import DataError
from sentiment.inference.encoded_split import encode_split
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import DataSettings
from tests.support.reviews import write_csv


@pytest.fixture
def tokenizer(tokenizer_folder: Path) -> Tokenizer:
    return Tokenizer(tokenizer_folder, max_length=16)


def corpus_of(path: Path, rows: list[tuple[str, str]]) -> Corpus:
    return data.load_test(DataSettings(data=str(write_csv(path, rows))), ["bad", "good"])


def test_texts_ids_and_labels_go_together(tokenizer: Tokenizer, tmp_path: Path) -> None:
    split = encode_split(
        corpus_of(tmp_path / "t.csv", [("good film", "good"), ("dull", "bad")]), "test", tokenizer
    )
    assert split.texts == ["good film", "dull"]
    assert split.ids == [tokenizer.encode(text).ids for text in split.texts]
    assert split.labels == [1, 0]
    assert split.lengths == [len(ids) for ids in split.ids]


def test_what_a_server_would_refuse_is_left_out_and_counted(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    rows = [("\u2d30", "good"), ("dull", "bad"), ("g f q", "good")]
    split = encode_split(corpus_of(tmp_path / "t.csv", rows), "test", tokenizer)
    assert (split.texts, split.labels) == (["dull", "g f q"], [0, 1])
    assert (split.unreadable, split.in_pieces) == (1, 1)


def test_a_split_of_which_nothing_can_be_read_is_refused(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    corpus = corpus_of(tmp_path / "t.csv", [("\u2d30", "good"), ("\u2d31", "bad")])
    with pytest.raises(DataError, match="No text of the test split has a token"):
        encode_split(corpus, "test", tokenizer)
