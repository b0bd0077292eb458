"""What each part of a model says of the same texts, computed once for all ways to use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.stages.pruning import PrunedNgrams
from sentiment.behaviour.judging import require_labels
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.errors import UsageError
from sentiment.inference.backends import open_engine
from sentiment.inference.batching import by_length
from sentiment.inference.cascade import decides
from sentiment.inference.engine import pad
from sentiment.inference.ngrams import NgramClassifier
from sentiment.inference.predictor import batched_logits
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel

SHORTER = 128  # tokens, read first where a text is longer
_PROBED = 1500  # training texts that the head in the middle of the encoder is fitted on
_MAX_TOKENS = 4096  # of a micro-batch in torch


@dataclass(frozen=True)
class Evidence:
    """Logits of shape (texts, labels), and features, of one set of texts."""

    encoder: FloatArray
    shorter: FloatArray
    """The encoder's, of at most `SHORTER` tokens of each text."""
    half: FloatArray
    """Those of a head after half of the encoder's layers, which reads `SHORTER` tokens too."""
    ngrams: FloatArray
    pruned: FloatArray
    """Those of the n-grams without the ones that mislead on edited pairs."""
    seen: FloatArray
    """Share of a text's n-grams that training has seen, of shape (texts,)."""
    tokens: IntArray
    """Tokens of a text, special ones left out, of shape (texts,)."""
    early: npt.NDArray[np.bool_]
    """Whether the model's own rule lets the n-grams answer, of shape (texts,)."""
    shorter_work: FloatArray
    """Tokens of the shorter reading as a share of those of the full one, of shape (texts,)."""


class Reader:
    """Reads texts with each part of a stored model that has n-grams."""

    def __init__(self, model: StoredModel, train: Sequence[str], labels: IntArray) -> None:
        """Fit the head in the middle of the encoder on `train`, of which it takes the first.

        Raises `UsageError` for a model without n-grams, or with labels that the behaviour
        suite does not speak of.
        """
        require_labels(model.card.labels)
        if model.card.cascade is None:
            raise UsageError(f"{model.tag} has no n-grams.", "Name a model that has some.")
        cut = model.card.truncation
        self._card = model.card.cascade
        self._labels = len(model.card.labels)
        self._full = Tokenizer(model.folder, cut.max_length, cut.policy)
        self._short = Tokenizer(model.folder, min(SHORTER, cut.max_length), cut.policy)
        self._ngrams = NgramClassifier.read(model.folder)
        self.pruned = PrunedNgrams(
            self._ngrams, load_suite().pairs, model.card.labels, self._full.text_ids
        )
        self._engine = open_engine(model.folder, EngineSettings.parse({}), cut.max_length)
        self._layers = _HalfEncoder(model.folder)
        self._head = self._fitted(train[:_PROBED], labels[:_PROBED])

    def _fitted(self, texts: Sequence[str], labels: IntArray) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=1.0, max_iter=500).fit(self._pooled(texts), labels)

    def _pooled(self, texts: Sequence[str]) -> FloatArray:
        return self._layers.pooled([each.ids for each in self._short.encode_batch(texts)])

    def read(self, texts: Sequence[str]) -> Evidence:
        """Return what each part says of the texts."""
        full, short = self._full.encode_batch(texts), self._short.encode_batch(texts)
        whole = list(self._full.text_ids(texts))
        readings = [self._ngrams.reading(ids) for ids in whole]
        said = np.stack([reading.logits for reading in readings])
        sure = probabilities(said, self._card.temperature).max(axis=1).tolist()
        logs = self._head.predict_log_proba(self._pooled(texts))
        return Evidence(
            encoder=batched_logits(self._engine, [each.ids for each in full], self._labels),
            shorter=batched_logits(self._engine, [each.ids for each in short], self._labels),
            half=np.asarray(logs),
            ngrams=said,
            pruned=self.pruned.logits(texts, whole),
            seen=np.array([reading.seen for reading in readings]),
            tokens=np.array([reading.tokens for reading in readings]),
            early=np.array(
                [
                    decides(self._card.rule, reading, confidence)
                    for reading, confidence in zip(readings, sure, strict=True)
                ]
            ),
            shorter_work=np.array(
                [len(less.ids) / len(all_.ids) for less, all_ in zip(short, full, strict=True)]
            ),
        )


class _HalfEncoder:
    """The first half of an encoder's layers, in torch, with mean pooling after it."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModel

        self._torch = torch
        self._model = AutoModel.from_pretrained(folder).eval()
        layers = self._model.encoder.layer
        self._model.encoder.layer = layers[: len(layers) // 2]
        self._pad_id: int = self._model.config.pad_token_id or 0

    def pooled(self, ids: Sequence[Sequence[int]]) -> FloatArray:
        """Return the means over each text's tokens, of shape (texts, width)."""
        torch = self._torch
        rows: list[Any] = [None] * len(ids)
        for batch in by_length([len(text) for text in ids], _MAX_TOKENS, 64):
            arrays = pad([ids[place] for place in batch], self._pad_id)
            tokens, mask = (torch.from_numpy(array) for array in arrays)
            with torch.inference_mode():
                hidden = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).float()
            means = (hidden * weights).sum(1) / weights.sum(1)
            for place, row in zip(batch, means.numpy(), strict=True):
                rows[place] = row
        return np.stack(rows)
