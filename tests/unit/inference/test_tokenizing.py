from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers

from sentiment.errors import UsageError
from sentiment.inference.encoding import Encoding
from sentiment.inference.tokenizing import Policy, Tokenizer, groups, pieces
from sentiment.text import clean
from sentiment.training.base_models import locate
from tests.support.models import FAMILIES
from tests.support.tokenizers import (
    SPECIAL_TOKENS,
    token_id,
    vocabulary,
    write_tokenizer,
    write_unigram_tokenizer,
)

CLS, SEP = token_id("[CLS]"), token_id("[SEP]")


def numbers(count: int) -> str:
    """A text of `count` tokens, each of which tells its place."""
    return " ".join(map(str, range(count)))


def kept(encoding: Encoding) -> list[int]:
    """The numbers of `numbers` that are left, once the special tokens are off."""
    first, *ids, last = encoding.ids
    assert (first, last) == (CLS, SEP)
    return [each - token_id("0") for each in ids]


@pytest.fixture
def tokenizer(tokenizer_folder: Path) -> Tokenizer:
    return Tokenizer(tokenizer_folder, max_length=10)


def test_a_text_becomes_its_token_ids_between_the_special_tokens(tokenizer: Tokenizer) -> None:
    expected = [CLS, token_id("good"), token_id("film"), token_id("!"), SEP]
    assert tokenizer.encode("Good film!").ids == expected


def test_an_encoding_is_the_backends_own(tokenizer: Tokenizer, tokenizer_folder: Path) -> None:
    backend = Backend.from_file(str(tokenizer_folder / "tokenizer.json"))
    text = "The plot was, oddly, not very good."
    assert Tokenizer(tokenizer_folder, 50).encode(text).ids == backend.encode(text).ids


def test_a_raw_text_is_cleaned_first(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("good<br />film") == tokenizer.encode("good film")


@pytest.mark.parametrize("raw", ["good &lt;br&gt; film", "good &amp;amp; bad", "a<br />b"])
def test_a_text_cleaned_for_training_is_read_like_the_raw_one_that_is_served(
    tokenizer_folder: Path, raw: str
) -> None:
    """A corpus holds cleaned texts, and the tokenizer cleans what it is given."""
    tokenizer = Tokenizer(tokenizer_folder, max_length=50)
    assert tokenizer.encode(clean(raw)) == tokenizer.encode(raw)


def test_a_batch_is_encoded_like_its_texts_one_by_one(tokenizer: Tokenizer) -> None:
    texts = ["good", numbers(30), "not &amp; very", "unheard-of"]
    assert tokenizer.encode_batch(texts) == [tokenizer.encode(text) for text in texts]


def test_a_batch_of_no_texts_is_empty(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode_batch([]) == []


@pytest.mark.parametrize("count", [1, 7, 8])
def test_a_text_that_fits_is_left_whole(tokenizer: Tokenizer, count: int) -> None:
    encoding = tokenizer.encode(numbers(count))
    assert kept(encoding) == list(range(count))
    assert (encoding.truncated, encoding.tokens) == (False, count + 2)


@pytest.mark.parametrize(
    ("policy", "max_length", "left"),
    [
        ("head+tail", 10, [0, 1, 14, 15, 16, 17, 18, 19]),
        ("head", 10, [0, 1, 2, 3, 4, 5, 6, 7]),
        ("head+tail", 5, [17, 18, 19]),
        ("head+tail", 3, [19]),
        ("head", 3, [0]),
        ("head+tail", 21, [0, 1, 2, 3, *range(5, 20)]),
    ],
)
def test_a_long_text_is_cut_to_the_budget(
    tokenizer_folder: Path, policy: Policy, max_length: int, left: list[int]
) -> None:
    encoding = Tokenizer(tokenizer_folder, max_length, policy).encode(numbers(20))
    assert kept(encoding) == left
    assert len(encoding.ids) == max_length


def test_a_cut_is_told_with_the_length_of_the_whole_text(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode(numbers(20))
    assert (encoding.truncated, encoding.tokens) == (True, 22)


def test_the_lengths_saved_in_the_file_do_not_count(tmp_path: Path, tokenizer_folder: Path) -> None:
    """A saved tokenizer may carry a truncation and a padding of its own."""
    backend = Backend.from_file(str(tokenizer_folder / "tokenizer.json"))
    backend.enable_truncation(4)
    backend.enable_padding(length=30)
    backend.save(str(tmp_path / "tokenizer.json"))
    encoding = Tokenizer(tmp_path, max_length=20).encode(numbers(8))
    assert kept(encoding) == list(range(8))


def test_a_tokenizer_without_special_tokens_gives_the_whole_budget_to_the_text(
    tmp_path: Path,
) -> None:
    backend = Backend(models.WordLevel({"a": 0, "good": 1}))
    backend.save(str(tmp_path / "tokenizer.json"))
    assert Tokenizer(tmp_path, max_length=1).encode("good").ids == [1]


def test_several_threads_may_share_a_tokenizer(tokenizer: Tokenizer) -> None:
    texts = [numbers(count) for count in range(1, 60)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokenizer.encode, texts)) == tokenizer.encode_batch(texts)


def test_a_folder_without_a_fast_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path} has no tokenizer.json.*fast tokenizer"):
        Tokenizer(tmp_path, 10)


@pytest.mark.parametrize("max_length", [0, 1, 2])
def test_a_length_that_the_special_tokens_use_up_is_refused(
    tokenizer_folder: Path, max_length: int
) -> None:
    with pytest.raises(UsageError, match=f"length of {max_length} leaves no room.*--max-length"):
        Tokenizer(tokenizer_folder, max_length)


# --- what a text cannot do, and what the model cannot read ----------------------------


def unigram(folder: Path) -> Path:
    """A tokenizer such as XLM-R's, whose vocabulary holds the names of its special tokens."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    letters = [f"\u2581{word}" for word in ("bad", "film")] + list(
        "\u2581abcdefilmnpsuk<>/[]ACDEKLMNPSU"
    )
    pieces = [(name, 0.0) for name in special] + [(piece, -2.0) for piece in letters]
    backend = Backend(models.Unigram(pieces, unk_id=3))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.add_special_tokens(special)
    backend.save(str(folder / "tokenizer.json"))
    return folder


def byte_level(folder: Path) -> Path:
    """A tokenizer such as RoBERTa's, which has a token for every byte and none unknown."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    ids = {name: place for place, name in enumerate([*special, *alphabet])}
    backend = Backend(models.BPE(ids, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.add_special_tokens(special)
    backend.save(str(folder / "tokenizer.json"))
    return folder


def packaged(_: Path) -> Path:
    return Path(locate("packaged"))


SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<pad>", "<unk>", "<mask>")


@pytest.mark.parametrize("make", [unigram, byte_level, packaged])
@pytest.mark.parametrize("name", SPECIAL)
def test_the_name_of_a_special_token_is_read_as_ordinary_characters(
    tmp_path: Path, make: Callable[[Path], Path], name: str
) -> None:
    folder = make(tmp_path)
    tokenizer = Tokenizer(folder, max_length=400)
    backend = Backend.from_file(str(folder / "tokenizer.json"))
    special = {backend.token_to_id(each) for each in SPECIAL} - {None}
    before = tokenizer.encode("a bad film")
    inside = [each for each in before.ids if each in special]
    for text in (f"a bad film {name * 60}", f"a bad film{f' {name}' * 60}", f"a{name}bad film"):
        for encoding in (tokenizer.encode(text), *tokenizer.encode_batch([text])):
            assert [each for each in encoding.ids if each in special] == inside
            assert encoding.tokens > before.tokens


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_reads_the_names_of_its_special_tokens_as_words(
    tmp_path: Path, family: str
) -> None:
    tokenizer = Tokenizer(write_tokenizer(tmp_path, family), max_length=100)
    ids, names = vocabulary(family), SPECIAL_TOKENS[family]
    reserved = {ids[name] for role, name in names.items() if role != "unk"}
    for name in names.values():
        assert reserved.isdisjoint(tokenizer.encode(f"film {name} film").ids[1:-1])


def test_unknown_tokens_are_counted_over_the_whole_text(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode(f"{numbers(20)} zzz zzzz good zzz")
    assert (encoding.unknown, encoding.readable) == (3, True)


@pytest.mark.parametrize("text", ["zzz", "zzz zzzz", "\u2d30", "\u0e01"])
def test_a_text_of_unknown_tokens_alone_is_not_readable(tokenizer: Tokenizer, text: str) -> None:
    assert not tokenizer.encode(text).readable


@pytest.mark.parametrize("length", [101, 1000, 50_000])
def test_a_long_word_is_read_in_parts(length: int) -> None:
    """WordPiece makes one unknown token of a word of more than a hundred letters."""
    encoding = Tokenizer(packaged(Path()), max_length=64).encode("a" * length)
    assert (encoding.unknown, encoding.readable) == (0, True)


@pytest.mark.parametrize("text", ["bad \u2d31 film", "bad \u2d30 film", "<s> bad \u2d30 film"])
def test_what_a_unigram_vocabulary_lacks_stays_an_unknown_token(tmp_path: Path, text: str) -> None:
    encoding = Tokenizer(unigram(tmp_path), max_length=100).encode(text)
    assert encoding.unknown == encoding.ids.count(3) > 0
    assert encoding.readable


@pytest.mark.parametrize(
    ("text", "in_pieces"),
    [
        ("good film", False),
        ("a film , a b c good film film", False),
        ("фильм скучный", True),
        ("g f q x z", True),
        ("电影 很好 good", True),
        ("?! ... , , ,", False),
    ],
)
def test_a_text_of_unknown_tokens_and_single_letters_is_told(
    tokenizer_folder: Path, text: str, in_pieces: bool
) -> None:
    tokenizer = Tokenizer(tokenizer_folder, max_length=50)
    assert tokenizer.in_pieces(tokenizer.encode(text)) == in_pieces


def test_single_letters_are_nothing_special_to_a_vocabulary_that_is_made_of_them(
    tmp_path: Path,
) -> None:
    letters = {name: number for number, name in enumerate(["[UNK]", "[CLS]", "[SEP]", *"电影很好"])}
    backend = Backend(models.WordPiece(letters, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer(tmp_path, max_length=50)
    assert not tokenizer.in_pieces(tokenizer.encode("电 影 很 好"))
    assert tokenizer.in_pieces(tokenizer.encode("good film 影"))


# --- in how small parts -----------------------------------------------------------


def test_groups_are_small_and_keep_the_order() -> None:
    texts = [*["a" * 40_000] * 5, "b", *["c"] * 600, "d" * 200_000, "e"]
    found = list(groups(iter(texts)))
    assert [text for group in found for text in group] == texts
    for group in found:
        assert len(group) <= 256
        assert len(group) == 1 or sum(map(len, group)) <= 65_536


def test_no_text_is_no_group() -> None:
    assert list(groups([])) == []


@pytest.mark.parametrize(
    "text", ["", "short", "word " * 20_000, "." * 50_000, "a b" + "c" * 40_000]
)
def test_pieces_make_up_the_text_and_end_before_a_space(text: str) -> None:
    found = list(pieces(text))
    assert "".join(found) == text
    assert max(map(len, found)) <= 16_384
    assert all(piece[0] == " " or " " not in piece for piece in found[1:])


@pytest.mark.parametrize("family", ["bert", "roberta", "xlm-roberta"])
def test_a_long_text_has_the_tokens_of_the_whole(tmp_path: Path, family: str) -> None:
    """Alone and in a list, though it is tokenised in pieces."""
    folder = write_tokenizer(tmp_path, family)
    text = "the plot was, oddly, not very good! " * 3000 + "." * 30_000
    backend = Backend.from_file(str(folder / "tokenizer.json"))
    whole = backend.encode(clean(text), add_special_tokens=False).ids
    tokenizer = Tokenizer(folder, 50)
    assert list(tokenizer.text_ids(["good", text])) == [[vocabulary(family)["good"]], whole]
    assert tokenizer.encode(text).tokens == len(whole) + 2


def test_a_long_text_of_a_unigram_tokenizer_has_the_tokens_of_the_whole(tmp_path: Path) -> None:
    words = ["the plot was not very good", "фильм очень скучный", "une perte de temps"]
    write_unigram_tokenizer(tmp_path, words)
    text = " ".join(words * 1500)
    backend = Backend.from_file(str(tmp_path / "tokenizer.json"))
    whole = backend.encode(clean(text), add_special_tokens=False).ids
    assert next(Tokenizer(tmp_path, 50).text_ids([text])) == whole
