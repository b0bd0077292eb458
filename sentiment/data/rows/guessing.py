"""Which encoding bytes are in that are not UTF-8, by the letters that they would be in each.

Each encoding is tried with each language that is written in it, and the likeliest pair
wins: the one whose letters, and signs around them, have the fewest bits. This does not
read files, nor tell anyone what was decided.

`charset_normalizer` was tried: it took Hungarian for Latin-1 and Hebrew for Cyrillic,
because it looks at which letters are common in general, not at which a code page is for.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

from sentiment.data.rows.alphabets import LANGUAGES, Language

SEVERAL_BYTES = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
"""Those encodings in which a letter may take more than a byte."""

_SAMPLE = 1 << 14  # bytes of lines that are not ASCII
_ASCII = 5.0  # bits, of a letter of 32 that are about as common
_SIGN = 8.0  # signs that all languages have, such as quotes and dashes
_ODD_SIGN = 14.0  # those that stand in few texts
_OUTSIDE = 16.0  # a letter of another language
_UNUSUAL = 20.0  # a sign that the national standard does not count among the common ones
_CONTROL = 30.0
_IN_ONE_WORD = 6.0  # letters of two scripts, or a capital letter behind a small one
_CAPITAL = 1.6
_IN_A_ROW = 3.0  # accented letters, of which one is rarely beside another
_LISTED = 0.5  # how much of a text is of the signs that are listed, where there are thousands
_PRIOR = {"cp1252": 7.0, "cp": 4.0, "iso": 2.0, "gb": 4.0, "big": 4.0, "koi": 1.0, "euc": 1.0}
_DOS = ("cp850", "cp852", "cp866")
_MOST_CONTROLS = 0.02  # of all characters; binary data has an eighth
_CLEAR = 6.0  # bits: one wrong in 64, were the model right

_SIGNS = frozenset("’‘“”„‚–—…€£¥©®™°«»‹›•¡¿·ºª\xa0、。「」・！？，：；（）～《》\u3000×")  # noqa: RUF001
_OPENING = frozenset("„‚¡¿")  # noqa: RUF001
_NOT_BEFORE = ("Sc", "Sk", "Sm", "So", "No")  # Unicode's categories
# Where the common signs of a national standard stand, as the bytes that begin them.
_COMMON = {
    "gb2312": (0xB0, 0xD7, 3755),
    "big5": (0xA4, 0xC6, 5401),
    "shift_jis": (0x88, 0x97, 2965),
    "euc_kr": (0xB0, 0xC8, 2350),
}


def encodings_like(content: bytes) -> list[str]:
    """Return the encodings that content may be in, the likeliest first.

    There is one alone where that is clear, or others would read the same; none if it is
    binary data.
    """
    sample = _sample(content.splitlines(keepends=True))
    read = {each: text for each in _encodings() if (text := _decoded(sample, each)) is not None}
    bits = {each: _bits(text, each) for each, text in read.items()}
    ordered = sorted(bits, key=lambda each: bits[each])
    if not ordered:
        return []
    best = min((each for each in ordered if read[each] == read[ordered[0]]), key=_prior)
    near = [
        each for each in ordered if bits[each] < bits[best] + _CLEAR and read[each] != read[best]
    ]
    if sum(map(_is_control, read[best])) > _MOST_CONTROLS * len(read[best]):
        return []
    return [best, *near]


def _sample(lines: Iterable[bytes]) -> bytes:
    """Return the first lines that are not ASCII; the last is cut where it is ASCII."""
    sample = b""
    for line in lines:
        if not line.isascii():
            sample += line
        if len(sample) > _SAMPLE:
            break
    end = 2 * _SAMPLE
    while end < len(sample) and sample[end - 1] > 0x20:
        end += 1
    return sample[:end]


def _decoded(sample: bytes, encoding: str) -> str | None:
    """Return the sample as text, None if it cannot be; a stray byte does not rule one out."""
    try:
        return sample.decode(encoding, "strict" if encoding in SEVERAL_BYTES else "replace")
    except UnicodeDecodeError:
        return None


@cache
def _encodings() -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for language in LANGUAGES for each in language.encodings))


def _bits(text: str, encoding: str) -> float:
    """Return how many bits a text takes in the likeliest language of an encoding."""
    pairs = Counter(zip(f"\n{text}", f"{text}\n", strict=True))
    return _prior(encoding) + min(
        sum(count * _cost(before, sign, language) for (before, sign), count in pairs.items())
        for language in LANGUAGES
        if encoding in language.encodings
    )


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" and not sign.isspace()


def _prior(encoding: str) -> float:
    """Return how many bits an encoding has before anything is read, fewer where it is common."""
    if encoding in _DOS:
        return 0.0
    return -next((each for name, each in _PRIOR.items() if encoding.startswith(name)), 0.0)


def _cost(before: str, sign: str, language: Language) -> float:
    """Return the bits of a character behind another one."""
    if sign.isascii():
        if not sign.isalpha():
            return _ASCII if sign.isprintable() or sign.isspace() else _CONTROL
        mixed = not language.is_latin and before.isalpha() and not before.isascii()
        odd = (sign.isupper() and before.islower()) or _is_no_beginning(before)
        return _ASCII - math.log2(1 - language.share) + _IN_ONE_WORD * (mixed + odd)
    bits = _table(language).get(sign.lower())
    if bits is None:
        bits = _of_others(sign, language)
    if sign.isalpha():
        bits += _IN_ONE_WORD * _is_no_beginning(before)
        if language.is_latin:
            bits += _IN_A_ROW * (before.isalpha() and not before.isascii())
        elif before.isalpha() and before.isascii():
            bits += _IN_ONE_WORD
        if sign.isupper():
            bits += _IN_ONE_WORD if before.islower() else _CAPITAL
    return bits + _IN_ONE_WORD * (sign in _OPENING and before.isalpha())


@cache
def _is_no_beginning(sign: str) -> bool:
    """Return whether no letter follows a sign in one word, as none does ½ and €."""
    return not sign.isascii() and (unicodedata.category(sign) in _NOT_BEFORE or sign in "¶§")


@cache
def _table(language: Language) -> dict[str, float]:
    """Return the bits of each letter of a language, as of one in its place by frequency."""
    weights = [1 / (place + 3) for place in range(len(language.letters))]  # as Zipf's law has it
    share = language.share * (_LISTED if language.repertoire else 1.0) / sum(weights)
    pairs = zip(language.letters, weights, strict=True)
    return {letter: -math.log2(weight * share) for letter, weight in pairs}


@cache
def _of_others(sign: str, language: Language) -> float:
    """Return the bits of a character that is not among the letters of a language."""
    if sign in _SIGNS:
        return _SIGN
    category = unicodedata.category(sign)
    if category[0] == "C" or sign == "\N{REPLACEMENT CHARACTER}":
        return _CONTROL
    if not language.repertoire:
        return _OUTSIDE if category[0] in "LM" else _ODD_SIGN
    first, last, count = _COMMON[language.repertoire]
    try:
        code = sign.encode(language.repertoire)
    except UnicodeEncodeError:
        return _UNUSUAL
    return math.log2(count / (1 - _LISTED)) if first <= code[0] <= last else _UNUSUAL
