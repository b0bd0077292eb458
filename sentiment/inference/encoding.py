"""One text as the model reads it: its token ids, and what its n-grams say."""

from dataclasses import dataclass

from sentiment.calibration import FloatArray
from sentiment.schema import DecidedBy


@dataclass(frozen=True, slots=True)
class NgramAnswer:
    """What the n-grams of a text say, and whether that is its answer."""

    logits: FloatArray
    """Of shape (labels,), on the scale of the encoder's."""
    decides: bool
    """Whether the encoder need not read the text."""
    weights: tuple[float, float] | None = None
    """Of the encoder's logits and of these where both answer; None: the encoder does alone."""
    seen: float = 1.0
    """Share of the text's n-grams that were seen in training, in [0, 1]."""

    def combined(self, encoder: FloatArray) -> FloatArray:
        """Return the logits of both, given the encoder's, of shape (labels,)."""
        if self.weights is None:
            return encoder
        return self.weights[0] * encoder + self.weights[1] * self.logits


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as the model reads it."""

    ids: list[int]
    """Token ids, special tokens included; at most `max_length` of them."""
    tokens: int
    """Tokens of the whole text, special tokens included."""
    unknown: int = 0
    """Tokens of the whole text that the vocabulary does not have."""
    readable: bool = True
    """Whether any token of the text itself is in the vocabulary."""
    ngrams: NgramAnswer | None = None
    """What the n-grams say; None for a model without any, or if they are not asked."""

    @property
    def truncated(self) -> bool:
        """Whether the model reads only part of the text."""
        return self.tokens > len(self.ids) and not self.decided

    @property
    def early(self) -> FloatArray | None:
        """The n-grams' logits if those decide; None if the encoder has to read the text."""
        return self.ngrams.logits if self.ngrams is not None and self.ngrams.decides else None

    @property
    def decided(self) -> bool:
        """Whether the n-grams answer, so that the encoder has nothing to do."""
        return self.early is not None

    @property
    def decided_by(self) -> DecidedBy:
        """What the answer to the text is made from."""
        if self.decided:
            return "ngrams"
        return "encoder" if self.ngrams is None or self.ngrams.weights is None else "both"
