"""The golden set: real texts with the answers they must get, which travel with the model.

int8 saturates on some CPUs, a backend's new version may round in another way, a
file may be damaged. So a server computes these texts before it says that it is ready.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.errors import EngineFailed

GOLDEN_FILE = "golden.json"
SIZE = 32

# Limits of the mean absolute difference. fp32 differs only by rounding, bf16 by 0.001 as measured.
# int8 may differ by twice what the parity check allows on the validation split, because so few
# texts are a small sample.
_MEAN_DIFFERENCE = {"fp32": 1e-3, "bf16": 5e-3, "int8": 0.02}
_NGRAMS_DIFFERENCE = 1e-4  # they are exact but for rounding in the file


@dataclass(frozen=True)
class GoldenSet:
    """Texts of all lengths, and their calibrated probabilities in fp32, shape (texts, labels)."""

    texts: list[str]
    probabilities: FloatArray
    ngrams: FloatArray | None = None
    """What the n-grams say of the same texts, same shape; None for a model without any."""

    @classmethod
    def read(cls, folder: Path) -> "GoldenSet | None":
        """Return the golden set of a stored model, or None where it has none."""
        try:
            content = json.loads((folder / GOLDEN_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        ngrams = content.get("ngrams")
        return cls(
            content["texts"],
            np.asarray(content["probabilities"]),
            None if ngrams is None else np.asarray(ngrams),
        )

    def write(self, folder: Path) -> None:
        """Write the golden set into the model's folder."""
        content = {"texts": self.texts, "probabilities": self.probabilities.round(6).tolist()}
        if self.ngrams is not None:
            content["ngrams"] = self.ngrams.round(6).tolist()
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / GOLDEN_FILE).write_text(text + "\n", encoding="utf-8")

    def check(self, rows: FloatArray, precision: str) -> str:
        """Return a log message about the answers `rows`; raise `EngineFailed` above the limit."""
        difference = np.abs(rows - self.probabilities)
        mean, limit = float(difference.mean()), _MEAN_DIFFERENCE[precision]
        if not mean <= limit:  # NaN fails as well
            raise EngineFailed(
                f"The golden set differs by {mean:.4f} on average; {limit:g} is the limit for "
                f"{precision}.",
                "Use another SENTIMENT_BACKEND or SENTIMENT_PRECISION, or export the model anew.",
            )
        return f"golden set: {len(rows)} texts, mean difference {mean:.5f}, at most {limit:g}"

    def check_ngrams(self, rows: FloatArray) -> None:
        """Raise `EngineFailed` if the n-grams' probabilities `rows` are not those of training."""
        if self.ngrams is None:
            return
        difference = float(np.abs(rows - self.ngrams).max())
        if not difference <= _NGRAMS_DIFFERENCE:
            raise EngineFailed(
                f"The n-grams' answers to the golden set differ by up to {difference:.4f}.",
                "The model's ngrams.npz or tokenizer.json is damaged: train it anew, or set "
                "SENTIMENT_CASCADE=off.",
            )


def pick(lengths: Sequence[int], size: int = SIZE) -> list[int]:
    """Return indices of at most `size` texts, spread evenly over all texts in order of length."""
    ordered = sorted(range(len(lengths)), key=lengths.__getitem__)
    places = np.linspace(0, len(ordered) - 1, min(size, len(ordered)))
    return [ordered[int(place)] for place in places.round()]
