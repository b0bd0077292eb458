"""What a stored model answers to the texts that another one is to learn from it.

Distillation (Hinton et al., 2015): the student learns the teacher's calibrated
probabilities, softened by a temperature, beside the labels. Answers are computed once
and kept in the checkpoint folder, a piece at a time, so that nothing is lost on Ctrl-C.
"""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sentiment.atomic_files import write_atomically
from sentiment.calibration import FloatArray, probabilities
from sentiment.data.prediction_texts import read_lines
from sentiment.data.splits import hash_texts
from sentiment.errors import DataError, UsageError, listed
from sentiment.inference.predictor import Predictor
from sentiment.settings import DataSettings
from sentiment.store import StoredModel
from sentiment.text import clean

_TEXTS_PER_FILE = 512


def require_labels(teacher: StoredModel, labels: Sequence[str]) -> None:
    """Raise `UsageError` unless the teacher tells the labels of the data apart."""
    if list(teacher.card.labels) != list(labels):
        raise UsageError(
            f"The labels of the data are {listed(labels)}, the teacher's "
            f"{listed(teacher.card.labels)}.",
            "Train the teacher on the same labels, or map them with --labels VALUE=NAME.",
        )


def read_unlabelled(
    path: Path, settings: DataSettings, held_out: npt.NDArray[np.uint64]
) -> list[str]:
    """Return the cleaned texts of a file, each once, without those that are `held_out`.

    The file is read as `settings` say, where they can be of such a file. `held_out` are the
    hashes of texts to validate and test on. Raises `DataError` at a bad
    line, and when none is left.
    """
    texts: dict[str, None] = {}
    for line in read_lines(path, settings.text_column, settings=settings):
        if line.error is not None:
            raise DataError(f"{path}, line {line.number}: {line.error}")
        texts[clean(line.text)] = None
    kept = [text for text in texts if not np.isin(hash_texts([text]), held_out)[0]]
    if not kept:
        raise DataError(f"{path} has no text that is not validated or tested on.", "Pass others.")
    return kept


def soft_targets(
    teacher: StoredModel, texts: Sequence[str], temperature: float, cache: Path
) -> FloatArray:
    """Return the teacher's probabilities (texts, labels), softened by `temperature`.

    They are those of the precision that a server on this machine would compute in.
    """
    from tqdm import tqdm

    pieces: list[FloatArray] = []
    predictor: Predictor | None = None
    bar = tqdm(total=len(texts), unit="text", desc="asking the teacher", dynamic_ncols=True)
    with bar:
        for start in range(0, len(texts), _TEXTS_PER_FILE):
            some = texts[start : start + _TEXTS_PER_FILE]
            file = cache / f"teacher-{_fingerprint(teacher.tag, some)}.npy"
            if file.is_file():
                pieces.append(np.load(file, allow_pickle=False))
            else:
                predictor = predictor or Predictor.load(teacher)
                logits = predictor.logits(predictor.tokenizer.encode_batch(some))
                _save(file, logits)
                pieces.append(logits)
            bar.update(len(some))
    calibrated = teacher.card.calibration.temperature
    return probabilities(np.concatenate(pieces), calibrated * temperature)


def mix(labelled: FloatArray, soft: FloatArray, share: float) -> FloatArray:
    """Return targets of which `share` is the teacher's and the rest the label's."""
    return (1 - share) * labelled + share * soft


def _fingerprint(tag: str, texts: Sequence[str]) -> str:
    digest = hashlib.sha256(tag.encode())
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()[:16]


def _save(file: Path, logits: FloatArray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    np.save(content, logits, allow_pickle=False)
    write_atomically(file, content.getvalue())
