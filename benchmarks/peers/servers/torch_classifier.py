"""The model as every peer with torch computes it: as transformers loads it, in fp32.

Attention is torch's fused kernel, transformers' own default; threads are torch's
own default too, one a core.
"""

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class Classifier:
    """Texts in, probabilities of `positive` out."""

    def __init__(self, folder: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32
        ).eval()

    @torch.inference_mode()
    def __call__(self, texts: list[str]) -> list[float]:
        """Return a probability a text, computed as one batch padded to its longest."""
        batch = self.tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
        positive: list[float] = self.model(**batch).logits.softmax(-1)[:, 1].tolist()
        return positive
