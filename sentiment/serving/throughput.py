"""The runner's measured throughput: how much may wait, and when callers are to try again.

Both figures are moving averages of measurements, so they follow a change of load.
"""

import math

_SURE_S = 10.0  # of computing, after which the rate is believed
_RATE_MEMORY = 0.9  # weight of the past in the measured token rate
_TEXTS_REMEMBERED = 100  # how many texts the mean length is taken over
_FIRST_RATE = 1000.0  # tokens per second assumed until a micro-batch has been measured


class Throughput:
    """Tokens per second of the engine, and tokens per text of the callers."""

    def __init__(
        self, tokens_per_second: float = _FIRST_RATE, tokens_per_text: float = 0.0
    ) -> None:
        """Start from figures that are used until something has been measured."""
        self.tokens_per_second = tokens_per_second
        """Tokens that the engine computes in a second, padding left out."""
        self._tokens_per_text = self._length = tokens_per_text
        self._texts = 0
        self._measured = False
        self._seconds = 0.0

    def computed(self, tokens: int, seconds: float) -> None:
        """Take a micro-batch into account: its tokens, and the engine's seconds that it took.

        Of two that are computed at the same time, each takes half.
        """
        rate = tokens / max(seconds, 1e-6)
        memory = _RATE_MEMORY if self._measured else 0.0
        self.tokens_per_second = memory * self.tokens_per_second + (1 - memory) * rate
        self._measured = True
        self._seconds += seconds

    def within(self, seconds: float) -> float:
        """Return how many tokens are computed in so many seconds; infinitely many until it is sure.

        The first micro-batches are slow: engines prepare for each shape that they meet.
        """
        return self.tokens_per_second * seconds if self._seconds >= _SURE_S else math.inf

    def tokenised(self, texts: int, tokens: int, all_tokens: int) -> None:
        """Take the length of some texts into account: `tokens` of `all_tokens` are to wait."""
        self._texts = min(self._texts + texts, _TEXTS_REMEMBERED)
        share = min(texts / self._texts, 1.0)
        self._tokens_per_text += share * (tokens / texts - self._tokens_per_text)
        self._length += share * (all_tokens / texts - self._length)

    def expected_tokens(self, texts: int) -> int:
        """Return how many tokens of a request of so many texts will probably wait."""
        return round(self._tokens_per_text * texts)

    def most_tokens(self, texts: int) -> int:
        """Return how many they are if n-grams answer none of the texts."""
        return round(self._length * texts)
