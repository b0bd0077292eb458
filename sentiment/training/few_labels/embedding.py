"""Embeddings of texts by a pooled classifier's encoder, as it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.inference.batching import by_length
from sentiment.inference.engine import pad

_TOKENS = 8192  # most padded tokens in a batch
_TEXTS = 64


def collate(model: Any, texts: Sequence[list[int]]) -> dict[str, Any]:
    """Return the model's inputs for texts, given as token ids, on its device."""
    import torch

    ids, mask = pad(texts, model.config.pad_token_id or 0)
    tensors = {"input_ids": ids, "attention_mask": mask}
    return {name: torch.from_numpy(array).to(model.device) for name, array in tensors.items()}


def embed(accelerator: Any, model: Any, texts: Sequence[list[int]]) -> FloatArray:
    """Return embeddings of shape (texts, hidden size) and length 1, in float64."""
    import torch

    model.to(accelerator.device).eval()
    result = np.empty((len(texts), model.config.hidden_size))
    for places in by_length([len(ids) for ids in texts], _TOKENS, _TEXTS):
        inputs = collate(model, [texts[place] for place in places])
        with torch.inference_mode(), accelerator.autocast():
            embeddings = model.embeddings(**inputs)
        result[places] = embeddings.float().cpu().numpy()
    return result
