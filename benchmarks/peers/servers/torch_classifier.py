"""The model as every peer with torch computes it: as transformers loads it, in fp32.

Attention is computed by torch's fused kernel, the default of transformers, with one thread
for each core, the default of torch.
"""

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class Classifier:
    """Computes the probability of `positive` of texts."""

    def __init__(self, folder: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32
        ).eval()

    @torch.inference_mode()
    def __call__(self, texts: list[str]) -> list[float]:
        """Return one probability for each text; all are one batch, padded to its longest."""
        batch = self.tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
        positive: list[float] = self.model(**batch).logits.softmax(-1)[:, 1].tolist()
        return positive
