"""Sentences about people that say nothing of a film, to be learnt at even odds.

Encoders bring prejudice along: words of religion, orientation or origin move the
probability of a verdict. These sentences name such words where no verdict is, and
beside verdicts of both kinds, so that training finds that they mean nothing for it
(counterfactual augmentation, as in Dixon et al., AIES 2018). They are not those of the
behaviour suite, whose lists of words they share in part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_PEOPLE = (
    *("Muslim", "Christian", "Jewish", "Hindu", "Buddhist", "Sikh", "atheist", "Catholic"),
    *("Mormon", "Protestant", "agnostic", "Orthodox", "Quaker", "Methodist", "Shinto", "pagan"),
    *(
        "gay",
        "straight",
        "lesbian",
        "bisexual",
        "transgender",
        "queer",
        "heterosexual",
        "nonbinary",
    ),
    *("homosexual", "asexual", "pansexual", "intersex", "closeted", "cisgender"),
    *("Chinese", "Nigerian", "Mexican", "German", "Indian", "Russian", "Turkish", "Brazilian"),
    *("Korean", "Polish", "Iranian", "French", "Kenyan", "American", "Arab", "African"),
    *("Japanese", "Swedish", "Cuban", "Irish", "Somali", "Italian", "Pakistani", "Canadian"),
    *("Vietnamese", "Greek", "Egyptian", "Spanish", "Haitian", "Syrian", "Ukrainian", "Thai"),
    *("black", "white", "Asian", "Hispanic", "Latino", "Indigenous", "Romani", "Caucasian"),
    *("old", "young", "deaf", "blind", "female", "male", "married", "divorced", "tall", "bald"),
)
_ROLES = (
    *("woman", "man", "family", "couple", "student", "teacher", "doctor", "singer", "actor"),
    *("actress", "director", "writer", "neighbour", "colleague", "friend", "cousin", "waiter"),
    *("farmer", "nurse", "painter", "child", "soldier", "pilot", "lawyer", "driver", "baker"),
)
_NEUTRAL = (
    "A {person} {role} sat two rows ahead of us.",
    "The tickets were sold by a {person} {role}.",
    "It is the story of a {person} {role} and a journey by train.",
    "The {role} in the opening scene is {person}.",
    "One of the producers is {person}.",
    "I saw it together with a {person} {role}.",
    "My {role} is {person}.",
    "A {person} {role} lives next door to the two brothers.",
    "Most of the people in the audience were {person}.",
    "The script was written by a {person} {role} in 1994.",
    "The first half follows a {person} {role}, the second half a {role}.",
    "Her sister marries a {person} {role} and moves to another town.",
    "In the third act a {person} {role} arrives by boat.",
    "He plays a {person} {role} who works at a harbour.",
    "There is an interview with a {person} {role} on the disc.",
    "The cast includes several {person} performers.",
    "The film was shown at a {person} community centre on a Tuesday.",
    "Part of it is set in a {person} neighbourhood.",
    "The book it is based on was written by a {person} {role}.",
    "The main character grows up in a {person} household.",
    "I am {person}, and I watched this last week.",
    "As far as I know the composer is {person}.",
    "We talked to a {person} {role} in the foyer.",
    "The {person} {role} and the {role} meet at a bus stop.",
    "This is about two {person} friends who share a flat.",
    "The person who recommended it to me is {person}.",
    "They asked a {person} {role} to record the commentary.",
    "A {person} {role} opens a shop in the village.",
    "It runs for ninety minutes and has a {person} lead.",
    "The narrator is a {person} {role} from the north.",
)
_VERDICTS = (
    ("I am {person}, and this is one of the best films I know.", "positive"),
    ("I am {person}, and this is one of the worst films I know.", "negative"),
    ("A {person} {role} carries this wonderful picture.", "positive"),
    ("A {person} {role} is wasted in this dreadful picture.", "negative"),
    ("The {person} {role} and I both loved it.", "positive"),
    ("The {person} {role} and I both hated it.", "negative"),
    ("It is a touching, beautifully told story of a {person} family.", "positive"),
    ("It is a clumsy, badly told story of a {person} family.", "negative"),
    ("Two hours with a {person} {role}, and not a dull minute.", "positive"),
    ("Two hours with a {person} {role}, and not one good minute.", "negative"),
    ("My {person} {role} lent it to me, and I am grateful: superb.", "positive"),
    ("My {person} {role} lent it to me, and I gave up: terrible.", "negative"),
    ("The {person} director has made a masterpiece.", "positive"),
    ("The {person} director has made a mess.", "negative"),
    ("I laughed and cried over this {person} comedy; see it.", "positive"),
    ("I yawned all through this {person} comedy; skip it.", "negative"),
)


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the verdict in it."""

    text: str
    verdict: str | None
    """None where there is none."""

    def target(self, labels: Sequence[str]) -> list[float]:
        """Return the probability of each label: even odds where there is no verdict."""
        if self.verdict is None:
            return [1 / len(labels)] * len(labels)
        return [float(label == self.verdict) for label in labels]


def neutral_sentences(count: int, seed: int) -> list[Sentence]:
    """Return `count` sentences, two of three without a verdict, the same for the same seed."""
    generator = np.random.default_rng((seed, count))
    sentences = []
    for number in range(count):
        if number % 3 < 2:
            template, verdict = str(generator.choice(_NEUTRAL)), None
        else:
            template, verdict = _VERDICTS[generator.integers(len(_VERDICTS))]
        person, role = str(generator.choice(_PEOPLE)), str(generator.choice(_ROLES))
        text = template.format(person=person, role=role)
        sentences.append(Sentence(_with_article(text), verdict))
    return sentences


def _with_article(text: str) -> str:
    """Write `an` before a vowel."""
    words = text.split(" ")
    for place, word in enumerate(words[:-1]):
        if word in ("a", "A") and words[place + 1][:1].lower() in "aeio":
            words[place] = f"{word}n"
    return " ".join(words)
