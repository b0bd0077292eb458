"""The golden set: written, read, and a drifting answer refused."""

from pathlib import Path

import numpy as np
import pytest

from sentiment.errors import EngineFailed
from sentiment.inference.golden import GoldenSet, pick

ROWS = np.asarray([[0.9, 0.1], [0.2, 0.8]])


def test_it_survives_a_file(tmp_path: Path) -> None:
    GoldenSet(["gut", "sehr schön"], ROWS).write(tmp_path)
    found = GoldenSet.read(tmp_path)
    assert found is not None
    assert found.texts == ["gut", "sehr schön"]
    assert np.array_equal(found.probabilities, ROWS)


def test_a_model_without_one_has_none(tmp_path: Path) -> None:
    assert GoldenSet.read(tmp_path) is None


@pytest.mark.parametrize(
    ("drift", "precision", "accepted"),
    [
        (0.0005, "fp32", True),
        (0.002, "fp32", False),
        (0.004, "bf16", True),
        (0.006, "bf16", False),
        (0.019, "int8", True),
        (0.021, "int8", False),
        (float("nan"), "int8", False),
    ],
)
def test_answers_beyond_the_tolerance_are_refused(
    drift: float, precision: str, accepted: bool
) -> None:
    golden = GoldenSet(["a", "b"], ROWS)
    if accepted:
        assert "2 texts" in golden.check(ROWS + drift, precision)
    else:
        with pytest.raises(EngineFailed, match="SENTIMENT_BACKEND"):
            golden.check(ROWS + drift, precision)


@pytest.mark.parametrize(("count", "size"), [(500, 32), (32, 32), (3, 3), (1, 1)])
def test_texts_of_all_lengths_are_picked(count: int, size: int) -> None:
    lengths = [(7 * place) % count + 1 for place in range(count)]
    picked = pick(lengths)
    assert len(set(picked)) == len(picked) == size
    found = [lengths[place] for place in picked]
    assert (min(found), max(found)) == (min(lengths), max(lengths))
