"""Warnings say why an answer may be worth little, and ordinary reviews get none."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.answers.warnings import has_words, warnings
from sentiment.inference.encoding import NgramAnswer
from sentiment.inference.tokenizing import Tokenizer
from tests.support.cards import make_card
from tests.support.tokenizers import write_unigram_tokenizer

ENGLISH = [
    "the film was dull and the acting was bad but the music was good",
    "a superb and moving story that i loved very much from start to end",
]
PROFILE = {"shortest": 20, "pieces_per_word": 4.0, "seen": 0.4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pieces")
    write_unigram_tokenizer(path, [*ENGLISH, "żźćńąęłó абвгдежзиклмн"], size=90)
    return path


def found(folder: Path, text: str, seen: float | None = None, **profile: Any) -> Sequence[str]:
    tokenizer = Tokenizer(folder, 40)
    encoding = tokenizer.encode(text)
    if seen is not None:
        answer = NgramAnswer(np.zeros(2), decides=False, seen=seen)
        encoding = replace(encoding, ngrams=answer)
    return warnings(text, encoding, tokenizer, make_card(texts=PROFILE | profile))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("good", ["short"]),
        ("https://example.com/a?b=c @somebody &quot; 10/10 !!!", ["no_words"]),
        ("👍 &#128077; 👍 &amp;#128077;", ["no_words"]),
    ],
)
def test_a_text_that_tells_little_is_told(folder: Path, text: str, wanted: list[str]) -> None:
    assert [code for code in found(folder, text) if code in ("short", "no_words")] == wanted


def test_words_in_more_pieces_than_training_had_are_another_language(folder: Path) -> None:
    words = "wspaniały widziałem przepiękny najlepszy obejrzałem film"
    assert "other_language" in found(folder, words)
    assert "other_language" not in found(folder, words, pieces_per_word=20.0)
    assert "other_language" not in found(folder, ENGLISH[0])


def test_words_whose_n_grams_nobody_has_seen_are_another_language(folder: Path) -> None:
    assert "other_language" in found(folder, ENGLISH[0], seen=0.1)
    assert "other_language" not in found(folder, ENGLISH[0], seen=0.3)
    assert "other_language" not in found(folder, "the film", seen=0.1)


def test_a_cut_is_told(folder: Path) -> None:
    assert "truncated" in found(folder, " ".join(ENGLISH * 3))
    assert "truncated" not in found(folder, "the film")


def test_an_older_model_warns_of_what_needs_no_profile(folder: Path) -> None:
    tokenizer = Tokenizer(folder, 40)
    encoding = tokenizer.encode("10 / 10")
    assert "no_words" in warnings("10 / 10", encoding, tokenizer, make_card())
    assert "short" not in warnings("10 / 10", encoding, tokenizer, make_card())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("good", True),
        ("très bien", True),
        ("很好", True),
        ("see www.example.com", True),
        ("www.example.com", False),
        ("<br /> 12 &nbsp;&amp;lt; :-(", False),
        ("mail@example.com", False),
        ("<b>mail@example.com</b> @me a@@b", False),
        ("film@", True),
        ("film &#" + "9" * 5000 + ";", True),
        ("example.com/a?b t.co/x1 ftp://a.b youtube.com", False),
        ("(mailto:me@example.com)", False),
        ("Loved it.Great", True),
        ("a < b", True),
    ],
)
def test_links_and_symbols_are_no_words(text: str, wanted: bool) -> None:
    assert has_words(text) == wanted


@pytest.mark.parametrize("piece", ["1", "1.", "@", "<", "1@", "-.", "http://", "&amp;", "&", "//"])
def test_links_are_found_in_time_that_grows_with_the_length(piece: str) -> None:
    assert not has_words((piece * 100_000)[:100_000])


@pytest.mark.parametrize("piece", ["a", "a@", ">a", "<@a", "www"])
def test_words_are_found_in_time_that_grows_with_the_length(piece: str) -> None:
    assert has_words(f"word {piece * (100_000 // len(piece))}")
