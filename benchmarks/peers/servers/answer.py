"""What each server of this folder answers: the reply of Sentiment's `/predict`, uncalibrated."""

from typing import Any


def answer(positive: float) -> dict[str, Any]:
    """Return the reply for a text with this probability of `positive`."""
    label, confidence = ("positive", positive) if positive >= 0.5 else ("negative", 1 - positive)
    probabilities = {"negative": 1 - positive, "positive": positive}
    return {"label": label, "confidence": confidence, "probabilities": probabilities}
