"""The suite's texts: templates filled from lists of words, and pairs of edited reviews."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

Kind = Literal["label", "same", "more"]

LABELS = ("negative", "positive")
"""The labels that the suite speaks of."""

_FILE = Path(__file__).with_name("suite.json")
_FILLINGS = 4  # of each template
_FILLINGS_OF_GROUPS = 2  # of a template whose filling is many texts
_VARIED = 12  # words of a list that are compared in a case
_TRIES = 20  # a filling may come up twice
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Case:
    """Texts that are judged together."""

    ability: str
    kind: Kind
    texts: tuple[str, ...]
    """One text; or the first one and what it is compared with."""
    label: str = ""
    """The label that must be given, or must not become less probable; empty for `same`."""


@dataclass(frozen=True)
class EditedPair:
    """A review, and the same with a few words changed so that it means the opposite."""

    original: str
    edited: str
    label: str
    """Of the original; the edited one has the other."""
    implied: bool = False
    """Whether the verdict has to be inferred; else it is said in plain words on both sides."""

    @property
    def edited_label(self) -> str:
        """The other label."""
        return LABELS[1 - LABELS.index(self.label)]


@dataclass(frozen=True)
class Suite:
    """All that is asked of a model."""

    cases: tuple[Case, ...]
    pairs: tuple[EditedPair, ...]

    @property
    def texts(self) -> list[str]:
        """Every text, in the order in which answers are expected."""
        cases = [text for case in self.cases for text in case.texts]
        return cases + [text for pair in self.pairs for text in (pair.original, pair.edited)]


@cache
def load_suite() -> Suite:
    """Return the suite; its templates are filled alike each time."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    cases = [
        case
        for ability in content["abilities"]
        for template in ability["templates"]
        for case in _cases(ability, template, content["words"])
    ]
    return Suite(tuple(cases), tuple(EditedPair(**pair) for pair in content["pairs"]))


def _cases(
    ability: Mapping[str, Any], template: Mapping[str, Any], words: Mapping[str, Sequence[str]]
) -> Iterator[Case]:
    """Yield the cases of a template: a few of its fillings, chosen by its own text."""
    parts = [template[key] for key in ("text", "weaker", "stronger") if key in template]
    parts += template.get("variants", ())
    varied = ability.get("vary", "")
    names = sorted({name for part in parts for name in _PLACE.findall(part)} - {varied})
    grouped = ability["kind"] == "same"
    for filling in _fillings(names, words, _FILLINGS_OF_GROUPS if grouped else _FILLINGS, parts[0]):
        filled = [_fill(part, filling) for part in parts]
        if varied:
            filled = [_fill(filled[0], {varied: word}) for word in _some(words[varied], parts[0])]
        elif "perturbation" in ability:
            filled.append(PERTURBATIONS[ability["perturbation"]](filled[0]))
        elif "patterns" in ability:
            filled += [_fill(pattern, {"text": filled[0]}) for pattern in ability["patterns"]]
        yield Case(ability["name"], ability["kind"], tuple(filled), template.get("label", ""))


def _fillings(
    names: Sequence[str], words: Mapping[str, Sequence[str]], count: int, seed: str
) -> list[dict[str, str]]:
    """Return at most `count` ways to fill places by name; `praise2` is another word of `praise`."""
    generator = np.random.default_rng(list(seed.encode()))
    ways: list[dict[str, str]] = []
    for _ in range(_TRIES * count):
        chosen = {name: str(generator.choice(words[_list(name)])) for name in names}
        if _differ(chosen) and chosen not in ways:
            ways.append(chosen)
        if len(ways) == count:
            break
    return ways


def _some(words: Sequence[str], seed: str) -> list[str]:
    """Return the first word, with which the others are compared, and some of the others."""
    others = np.random.default_rng(list(seed.encode())).permutation(words[1:])
    return [words[0], *map(str, others[: _VARIED - 1])]


def _list(place: str) -> str:
    """Return the name of the list that a place is filled from."""
    return place.rstrip("0123456789")


def _differ(way: Mapping[str, str]) -> bool:
    """Return whether no list has given the same word twice."""
    chosen = [(_list(name), word) for name, word in way.items()]
    return len(set(chosen)) == len(chosen)


def _fill(text: str, filling: Mapping[str, str]) -> str:
    """Put words into their places; a text that begins with one begins with a capital."""
    filled = _PLACE.sub(lambda place: filling.get(place[1], place[0]), text)
    return filled[:1].upper() + filled[1:] if text.startswith("{") else filled


def _typos(text: str) -> str:
    """Swap two different inner letters of every third word of at least five letters."""
    count = -1

    def swap(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        word = match[0]
        places = [at for at in range(1, len(word) - 2) if word[at] != word[at + 1]]
        if count % 3 or not places:
            return word
        at = places[len(places) // 2]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return re.sub(r"[A-Za-z]{5,}", swap, text)


PERTURBATIONS: Mapping[str, Callable[[str], str]] = {"typos": _typos, "upper case": str.upper}
"""What is done to a whole text, by name."""
