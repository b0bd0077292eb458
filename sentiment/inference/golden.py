"""The golden set: real texts with the answers they must get, which travel with the model.

int8 saturates on some CPUs, a backend's new version may round in another way, a
file may be damaged: a server computes these texts before it says it is ready.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.errors import EngineFailed

GOLDEN_FILE = "golden.json"
SIZE = 64

# fp32 differs by rounding alone, bf16 by 0.001 as measured. int8 may differ on average by twice
# what the parity check allows over the whole validation split: 64 texts are a small sample.
_MEAN_DIFFERENCE = {"fp32": 1e-3, "bf16": 5e-3, "int8": 0.02}


@dataclass(frozen=True)
class GoldenSet:
    """Texts of all lengths, and their calibrated probabilities in fp32 (texts, labels)."""

    texts: list[str]
    probabilities: FloatArray

    @classmethod
    def read(cls, folder: Path) -> "GoldenSet | None":
        """Return the golden set of a stored model, or None where it has none."""
        try:
            content = json.loads((folder / GOLDEN_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(content["texts"], np.asarray(content["probabilities"]))

    def write(self, folder: Path) -> None:
        """Put the golden set beside the model."""
        content = {"texts": self.texts, "probabilities": self.probabilities.round(6).tolist()}
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / GOLDEN_FILE).write_text(text + "\n", encoding="utf-8")

    def check(self, rows: FloatArray, precision: str) -> str:
        """Return what to log of these answers; raise `EngineFailed` beyond the tolerance."""
        difference = np.abs(rows - self.probabilities)
        mean, limit = float(difference.mean()), _MEAN_DIFFERENCE[precision]
        if not mean <= limit:  # not a number is beyond it too
            raise EngineFailed(
                f"The golden set differs by {mean:.4f} on average; {limit:g} is the limit for "
                f"{precision}.",
                "Use another SENTIMENT_BACKEND or SENTIMENT_PRECISION, or export the model anew.",
            )
        return f"golden set: {len(rows)} texts, mean difference {mean:.5f}, at most {limit:g}"


def pick(lengths: Sequence[int], size: int = SIZE) -> list[int]:
    """Return indices of at most `size` texts, spread evenly over the lengths there are."""
    ordered = sorted(range(len(lengths)), key=lengths.__getitem__)
    places = np.linspace(0, len(ordered) - 1, min(size, len(ordered)))
    return [ordered[int(place)] for place in places.round()]
