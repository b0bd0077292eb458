"""Groups of texts that must get the same answer, whatever the answer is.

Encoders bring prejudice along: a word of religion, orientation or origin, a name or a
place moves the probability of a verdict, and so do a link, a handle or a typing error.
Training adds to its loss how far the logits of such a group lie apart (counterfactual
logit pairing, Garg et al., "Counterfactual Fairness in Text Classification through
Robustness", AIES 2019). No label is needed. The templates are not those of the behaviour
suite, whose lists of words they share in part.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

GROUP_SIZE = 8
"""Texts in a group."""

_FILE = Path(__file__).with_suffix(".json")

# How often a group swaps each of these. Words for people are the worst fault that was found.
_SHARES = {"person": 0.45, "name": 0.12, "place": 0.12, "surroundings": 0.18, "spelling": 0.13}
_BESIDE_A_SENTENCE = 0.4  # of the swapped words stand beside a sentence of a training text
_SENTENCE_LENGTH = (25, 300)  # characters; shorter ones say nothing, longer ones are often lists
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]{5,}")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text that are neither very short nor very long."""
    shortest, longest = _SENTENCE_LENGTH
    return [each for each in _SENTENCE_END.split(text) if shortest <= len(each) <= longest]


def consistency_groups(count: int, sentences: Sequence[str], seed: int) -> list[list[str]]:
    """Return `count` groups of `GROUP_SIZE` texts, the same for the same seed.

    `sentences` are of the data that is trained on. Without any, only templates are filled.
    """
    generator = np.random.default_rng((seed, count))
    kinds = generator.choice(list(_SHARES), count, p=list(_SHARES.values()))
    return [_group(str(kind), sentences, generator) for kind in kinds]


def _group(kind: str, sentences: Sequence[str], generator: np.random.Generator) -> list[str]:
    if kind in ("surroundings", "spelling") and not sentences:
        kind = "person"
    sentence = str(generator.choice(sentences)) if sentences else ""
    if kind == "surroundings":
        return _surrounded(sentence, generator)
    if kind == "spelling":
        return _misspelt(sentence, generator)
    texts = _swapped(kind, generator)
    if not sentence or generator.random() > _BESIDE_A_SENTENCE:
        return texts
    if generator.random() < 0.5:
        return [f"{text} {sentence}" for text in texts]
    return [f"{sentence} {text}" for text in texts]


def _swapped(kind: str, generator: np.random.Generator) -> list[str]:
    """Return a template filled with different words of one list."""
    templates, words = _content()["templates"][kind], _content()["words"]
    template = str(generator.choice(templates))
    role = str(generator.choice(words["role"]))
    chosen = generator.choice(words[kind], GROUP_SIZE, replace=False)
    return [_with_article(template.format_map({kind: word, "role": role})) for word in chosen]


def _surrounded(sentence: str, generator: np.random.Generator) -> list[str]:
    """Return a sentence, and the same with links, handles and the like."""
    patterns = generator.choice(_content()["surroundings"], GROUP_SIZE - 1, replace=False)
    numbers = generator.integers(1000, size=len(patterns))
    return [
        sentence,
        *(
            str(pattern).format(sentence=sentence, n=number)
            for pattern, number in zip(patterns, numbers, strict=True)
        ),
    ]


def _misspelt(sentence: str, generator: np.random.Generator) -> list[str]:
    """Return a sentence, the same in capitals, and others with typing errors."""

    def misspell(word: re.Match[str]) -> str:
        if generator.random() < 0.7:
            return word[0]
        letters = list(word[0])
        place = int(generator.integers(1, len(letters) - 2))
        letters[place : place + 2] = reversed(letters[place : place + 2])
        return "".join(letters)

    errors = [_WORD.sub(misspell, sentence) for _ in range(GROUP_SIZE - 2)]
    return [sentence, sentence.upper(), *errors]


def _with_article(text: str) -> str:
    """Write `an` before a vowel."""
    return re.sub(r"\b([Aa]) (?=[aeioAEIO])", r"\1n ", text)


@cache
def _content() -> Mapping[str, Any]:
    """Return the templates and the lists of words."""
    content: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return content
