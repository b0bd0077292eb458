"""The reviews that everything is measured on, in full or cut to what a model reads."""

from collections.abc import Sequence

import numpy as np

from sentiment.data import load
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.text import clean


def reviews(count: int, seed: int = 0) -> list[str]:
    """Return `count` reviews of the packaged test split, shuffled."""
    texts = load(TrainingSettings.parse({})).splits["test"][:]["text"]
    order = np.random.default_rng(seed).permutation(len(texts))
    return [texts[index] for index in order[:count]]


def cut(model: StoredModel, texts: Sequence[str]) -> list[str]:
    """Return the texts cut to what the model reads of each, so that no server needs to cut them.

    A text that is still too long when its cut form is tokenised again is left out.
    """
    truncation = model.card.truncation
    tokenizer = Tokenizer(model.folder, truncation.max_length, truncation.policy)
    kept = [tokenizer.decode(encoding) for encoding in tokenizer.encode_batch(texts)]
    encodings = tokenizer.encode_batch(kept)
    return [
        clean(text)
        for text, encoding in zip(kept, encodings, strict=True)
        if not encoding.truncated
    ]
