"""Labels: what a cell says, which classes there are, and in which order the model gives them.

It works on the counts of labels, so it needs no rows in memory. What is in a file is read
by `rows`; what becomes of a row whose label is left out is for the caller.
"""

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sentiment.data.rows import ABSENT
from sentiment.errors import DataError, any_of, listed, listed_counts

Counts = Mapping[str, int]
"""How many rows have each label, as `label_text` spells it."""

_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"  # of no width, and no white space to Python
_AROUND = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_WHOLE = re.compile(r"([+-]?\d+)\.0*", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?", re.ASCII | re.IGNORECASE)
_SCORE = re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?|[+-]?\d+e-\d+", re.ASCII | re.IGNORECASE)

# What pandas and spreadsheets write where there is nothing, without regard to case.
_MISSING = frozenset(
    {
        *("", "nan", "-nan", "+nan", "na", "n/a", "#n/a", "#n/a n/a", "#na", "<na>", "nat"),
        *("null", "#null!", "none", "nil", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    }
)

_FEW_LABELS = 4  # however few rows there are of each
_MANY = 20  # labels; so many different numbers with a fraction are a score
_LONG = 40  # characters; labels that are longer on average are texts
_MOST_SUGGESTED = 12  # labels in a command that a message suggests
_LEAST_OF_A_CLASS = 3  # rows: one for each split


def label_text(value: Any) -> str:
    """Return a label as text; what is null, absent or not a number is empty.

    Space around it goes, and accents are spelt in one way. 1, 1.0 and "1" are one label, as
    are true in JSON, `True` and `TRUE`.
    """
    if value is None or value is ABSENT or value != value:  # NaN is not equal to itself
        return ""
    text = _plain(str(value))
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if text in ("-0", "+0"):
        return "0"
    return text.capitalize() if text.casefold() in ("true", "false") else text


def _plain(text: str) -> str:
    """Return a text without space around it, each accent one character with its letter."""
    return unicodedata.normalize("NFC", _AROUND.sub("", text))


def is_missing(label: str) -> bool:
    """Return whether a label is one of the spellings of "there is none"."""
    return label.casefold() in _MISSING


def sort_key(label: str) -> tuple[bool, Decimal, str]:
    """Return what labels are sorted by: numbers first, by value, then words; no two are alike."""
    if _NUMBER.fullmatch(label):
        return (False, Decimal(label), label)
    return (True, Decimal(0), label)


def _ordered(values: Iterable[str]) -> list[str]:
    return sorted(values, key=sort_key)


@dataclass(frozen=True)
class LabelScheme:
    """The classes of a model, and the label values that stand for each."""

    names: list[str]
    """In the order of the logits."""
    codes: Mapping[str, int]
    """The place in `names` of each value that a label may have; others are no class."""

    def pairs(self) -> list[tuple[str, str]]:
        """Return each value and the name of its class, in the order of the classes."""
        ordered = sorted(self.codes.items(), key=lambda item: item[1])
        return [(value, self.names[place]) for value, place in ordered]

    def left_out(self, found: Counts) -> dict[str, int]:
        """Return those counts whose labels stand for no class."""
        return {label: count for label, count in found.items() if label not in self.codes}


def choose_labels(
    stated: Sequence[str], missing_as: str | None, train: Counts, everywhere: Counts
) -> LabelScheme:
    """Return the classes to train: those `stated` in their order, else those found, sorted.

    `train` counts the labels of the training file, `everywhere` those of all files. Rows
    whose label is missing are a class of the name `missing_as` if that is given. Raises
    `DataError` if the labels cannot be classes.
    """
    if stated:
        pairs = _stated(stated, everywhere)
        _refuse_unused(pairs, everywhere)
    else:
        values = [label for label in train if not is_missing(label)]
        _refuse_too_many(values, sum(train[label] for label in values))
        pairs = [(value, value) for value in values]
    pairs += _missing_pairs(pairs, missing_as, everywhere)
    names = list(dict.fromkeys(name for _, name in pairs))
    if not stated:
        names.sort(key=sort_key)
    if len(names) < 2:
        raise DataError(
            f"Two or more different labels are needed, found {listed(names)}.",
            "Check --label-column and --labels.",
        )
    return LabelScheme(names, {value: names.index(name) for value, name in pairs})


def model_labels(
    stated: Sequence[str], missing_as: str | None, names: Sequence[str], found: Counts
) -> LabelScheme:
    """Return the classes of a stored model, for a file whose labels may have other names.

    Raises `DataError` if `stated` names a class that the model does not have.
    """
    own = [(label_text(name), name) for name in names]
    pairs = _stated(stated, found) if stated else own
    pairs = [*pairs, *_missing_pairs(pairs, missing_as, found)]
    used = list(dict.fromkeys(name for _, name in pairs))
    if not set(used) <= set(names):
        raise DataError(
            f"The labels of the data are {listed(used)}, the model's {listed(names)}.",
            "Map them with --labels VALUE=NAME, where NAME is a label of the model.",
        )
    places = {name: place for place, name in enumerate(names)}
    return LabelScheme(list(names), {value: places[name] for value, name in pairs})


def require_labelled(
    source: object, found: Counts, stated: Sequence[str], missing_as: str | None, of_model: bool
) -> None:
    """Raise `DataError` if labels are missing and nothing says what becomes of such rows."""
    missing = {label: count for label, count in found.items() if is_missing(label)}
    if not missing or stated or missing_as is not None:
        return
    spelt = f" ({listed_counts(missing)})" if set(missing) != {""} else ""
    others = _ordered(label for label in found if not is_missing(label))
    remedies = ["Remove or label them"]
    if of_model or len(others) > 1:
        named = _command((label, label) for label in others)
        remedies.append(f"leave them out by naming the other labels: --labels {named}")
    if of_model:
        remedies.append("take them as one with --missing-label NAME, a label of the model")
    elif sum(missing.values()) >= _LEAST_OF_A_CLASS:
        remedies.append("take them as a class with --missing-label NAME")
    raise DataError(
        f"{source} has {_rows(sum(missing.values()))} without a label{spelt}.", any_of(remedies)
    )


def require_known(
    split: str, found: Counts, scheme: LabelScheme, stated: Sequence[str], of_model: bool
) -> None:
    """Raise `DataError` if a split has labels that are no class, unless classes are stated."""
    unknown = scheme.left_out(found)
    if stated or not any(unknown.values()):
        return
    remedy = (
        "Map them with --labels VALUE=NAME, where NAME is a label of the model"
        if of_model
        else f"Pass --labels {_command(scheme.pairs())}"
    )
    raise DataError(
        f"The {split} split has labels that are not among {listed(scheme.names)}: "
        f"{listed(_ordered(unknown))}.",
        f"{remedy}; rows of a label that is not listed are left out.",
    )


def left_out_note(left_out: Counts) -> str:
    """Return what is said of rows whose label is not among `--labels`; empty if there are none."""
    total = sum(left_out.values())
    if not total:
        return ""
    return f"left out: {_rows(total)} whose label is not among --labels: {listed_counts(left_out)}"


def case_notes(scheme: LabelScheme, found: Counts) -> list[str]:
    """Return a warning of each set of classes whose names differ in case alone."""
    rows: Counter[str] = Counter()
    for value, name in scheme.pairs():
        rows[name] += found.get(value, 0)
    notes = []
    for _, group in groupby(sorted(scheme.names, key=_folded), str.casefold):
        if len(alike := list(group)) > 1:
            one = max(alike, key=lambda name: rows[name])
            mapped = ((value, one if name in alike else name) for value, name in scheme.pairs())
            counted = listed_counts({name: rows[name] for name in alike})
            notes.append(
                f"WARNING: the labels {counted} differ in case alone; to make one of them: "
                f"--labels {_command(mapped)}"
            )
    return notes


def _stated(stated: Sequence[str], found: Counts) -> list[tuple[str, str]]:
    """Return value and name of each item of `--labels`; several values may share a name."""
    pairs: dict[str, str] = {}
    for item in stated:
        value, name = _value_and_name(item, found)
        if pairs.setdefault(value, name) != name:
            raise DataError(
                f"--labels gives {value!r} two different names, {pairs[value]!r} and {name!r}.",
                "Two different labels need two values: name each value once.",
            )
    return list(pairs.items())


def _value_and_name(item: str, found: Counts) -> tuple[str, str]:
    """Return value and name of `VALUE`, `VALUE=NAME`, or either with more `=` in it.

    Which of the signs divides is decided by the data: it is the last one before which a
    value stands that some row has. If no row has any, it is the first.
    """
    signs = [place for place, character in enumerate(item) if character == "="]
    ways = [(label_text(item), label_text(item))]
    for at in reversed(signs):
        value = label_text(item[:at])
        ways.append((value, _plain(item[at + 1 :]) or value))
    return next((way for way in ways if way[0] in found), ways[-1])


def _missing_pairs(
    pairs: Iterable[tuple[str, str]], missing_as: str | None, found: Counts
) -> list[tuple[str, str]]:
    """Return the spellings of missing labels that rows have, each under the name of their class."""
    if missing_as is None:
        return []
    known = {value for value, _ in pairs}
    return [(label, missing_as) for label in found if is_missing(label) and label not in known]


def _refuse_unused(pairs: Sequence[tuple[str, str]], found: Counts) -> None:
    """Raise `DataError` for a class of which no file has a single row."""
    used = {name for value, name in pairs if found.get(value)}
    unused = [value for value, name in pairs if name not in used]
    if unused:
        labels = Counter({label: count for label, count in found.items() if not is_missing(label)})
        raise DataError(
            f"No row has the label {listed(unused)}; there are {listed_counts(labels)}.",
            "Correct it, or leave it out of --labels.",
        )


def _refuse_too_many(values: Sequence[str], rows: int) -> None:
    """Raise `DataError` if labels are so many that they are texts, or a score."""
    many = len(values) > _MANY
    if many and len([value for value in values if _SCORE.fullmatch(value)]) > _MANY:
        kind = "They look like a score: make a few classes of it first, such as low and high."
    elif many and sum(map(len, values)) > _LONG * len(values):
        kind = "They look like texts."
    elif len(values) > _FEW_LABELS and 2 * len(values) > rows:
        kind = "Most have a single row."
    else:
        return
    raise DataError(
        f"There are {len(values):,} different labels in {rows:,} rows: "
        f"{listed(_ordered(values))}. {kind}",
        "Name the column of the labels with --label-column and that of the texts with "
        "--text-column.",
    )


def _folded(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _command(pairs: Iterable[tuple[str, str]]) -> str:
    """Return values and names as a shell takes them behind `--labels`."""
    items = [value if value == name else f"{value}={name}" for value, name in pairs]
    if len(items) > _MOST_SUGGESTED:
        return "VALUE=NAME … with each label to keep"
    return " ".join(map(shlex.quote, items))
