"""The runner's measured throughput, which tells callers when to try again.

Both figures are moving averages of measurements, so they follow a change of load.
"""

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
        self._tokens_per_text = tokens_per_text
        self._texts = 0
        self._measured = False

    def computed(self, tokens: int, seconds: float) -> None:
        """Take a micro-batch into account: its tokens, and the seconds that it took."""
        rate = tokens / max(seconds, 1e-6)
        memory = _RATE_MEMORY if self._measured else 0.0
        self.tokens_per_second = memory * self.tokens_per_second + (1 - memory) * rate
        self._measured = True

    def tokenised(self, texts: int, tokens: int) -> None:
        """Take the length of some texts into account."""
        self._texts = min(self._texts + texts, _TEXTS_REMEMBERED)
        share = min(texts / self._texts, 1.0)
        self._tokens_per_text += share * (tokens / texts - self._tokens_per_text)

    def expected_tokens(self, texts: int) -> int:
        """Return how many tokens a request of so many texts probably has."""
        return round(self._tokens_per_text * texts)
