"""How much each word, and each sentence, has to do with the label of a text.

Where the encoder has its say, a part's contribution is what the probability of the label loses
in the text without it (leave-one-out; Li, Monroe and Jurafsky, "Understanding Neural Networks
through Representation Erasure", 2016). It is exact by definition: whoever asks for the text
without the part gets the same. Where n-grams decided, their weights are the explanation.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sentiment.answers.sentences import joined
from sentiment.inference.cascade import Cascade
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import Contribution, Explanation
from sentiment.text_spans import Span, clean_with_spans

MOST_WORDS = 100
"""Tries without words; in a longer text, neighbours are left out together."""

MOST_SENTENCES = 40
"""Tries without sentences."""

_MOST_CHARACTERS = 2_000_000  # of all tries together, which are a second's work to tokenise
_FEWEST = 10  # tries without words, however long the text


@dataclass(frozen=True)
class Parts:
    """The parts of a text that are left out, one after the other."""

    words: list[Span]
    words_each: int
    sentences: list[Span]
    sentences_each: int

    @classmethod
    def of(cls, text: str, words: Sequence[Span], sentences: Sequence[Span]) -> "Parts":
        """Return the parts of a text, so large that there are not too many."""
        affordable = max(_FEWEST, _MOST_CHARACTERS // max(len(text), 1))
        some_words, words_each = joined(words, min(MOST_WORDS, affordable))
        several = sentences if len(sentences) > 1 else []
        some, each = joined(several, min(MOST_SENTENCES, affordable))
        return cls(some_words, words_each, some, each)

    @property
    def spans(self) -> list[Span]:
        """The words and then the sentences."""
        return [*self.words, *self.sentences]


def without(text: str, span: Span) -> str:
    """Return the text as it was sent, without a part."""
    return text[: span[0]] + text[span[1] :]


def left_out(parts: Parts, label: str, whole: float, rest: Sequence[float | None]) -> Explanation:
    """Return the explanation by leaving out.

    `whole` is the probability of the label, and `rest` those that it gets in the texts without
    each of `parts.spans`; None where the model can read nothing of what is left.
    """
    falls = [None if each is None else whole - each for each in rest]
    return _explanation(parts, label, "leave-one-out", falls, None)


def by_ngrams(
    text: str, parts: Parts, labels: Sequence[str], label: str, tokenizer: Tokenizer, said: Cascade
) -> Explanation:
    """Return the explanation of a label that n-grams decided, by their own weights."""
    ids, places = tokenizer.located(text)
    _, sources = clean_with_spans(text)
    tokens, rest = said.contributions(ids, labels.index(label))
    sums = [[0.0] * len(parts.words), [0.0] * len(parts.sentences)]
    outside = rest
    for (start, _), value in zip(places, tokens.tolist(), strict=True):
        first, last = sources[start]
        for kind, spans in enumerate((parts.words, parts.sentences)):
            place = bisect_right(spans, (first, len(text) + 1)) - 1
            if place >= 0 and last <= spans[place][1]:
                sums[kind][place] += value
            elif kind == 0:
                outside += value
    return _explanation(parts, label, "ngrams", sums[0] + sums[1], outside)


def _explanation(
    parts: Parts, label: str, method: str, values: Sequence[float | None], rest: float | None
) -> Explanation:
    found = [
        Contribution(offset=start, length=end - start, contribution=value)
        for (start, end), value in zip(parts.spans, values, strict=True)
    ]
    return Explanation.model_validate(
        {
            "label": label,
            "method": method,
            "rest": rest,
            "words": found[: len(parts.words)],
            "words_each": parts.words_each,
            "sentences": found[len(parts.words) :],
            "sentences_each": parts.sentences_each,
        }
    )
