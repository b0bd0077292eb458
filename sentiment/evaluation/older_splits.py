"""The test split of a model whose splits were drawn as they are no longer drawn.

Its rows are those of the file that the model has not seen; their number and labels have to be
those of the card.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from sentiment import data
from sentiment.data.splits import Hashes
from sentiment.schema import ModelCard
from sentiment.settings import DataSettings


def unseen_rows(card: ModelCard, seen: Hashes | None, own: DataSettings) -> data.Corpus | None:
    """Return the test split of a model from before splits were drawn by distinct text.

    `own` are the settings that it was trained with, `seen` the hashes of the texts that it
    has seen. Returns None for other models and other sources than a file, and if the rows
    are not those of the card.
    """
    source = own.test_file or Path(own.data)
    if seen is None or "group_column" in card.settings or not source.is_file():
        return None
    alone = {"data": str(source), "test_file": None, "validation_file": None}
    corpus = data.load_test(own.model_copy(update=alone), card.labels).without(seen)
    labels = np.asarray(corpus.splits["test"][:]["label"], dtype=np.int64)
    counts = np.bincount(labels, minlength=len(card.labels)).tolist()
    if dict(zip(card.labels, counts, strict=True)) != card.data.class_counts["test"]:
        return None
    note = "the model's splits were drawn by an older version; these are the rows it has not seen"
    return replace(corpus, notes=(*corpus.notes, note))
