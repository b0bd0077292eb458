"""Makes a model ready to serve: warm, and with answers that are those of its golden set."""

import logging
from collections.abc import Callable

import numpy as np

from sentiment.calibration import probabilities
from sentiment.errors import SentimentError, in_one_line
from sentiment.inference.predictor import batched_logits
from sentiment.serving.loading import LoadedModel

log = logging.getLogger("sentiment.serving")


def first_that_answers_right(load: Callable[[], LoadedModel]) -> LoadedModel:
    """Load what to serve, warm; pass over what fails or answers the golden set otherwise."""
    model = load()
    while True:
        try:
            _warm_up(model)
            log.info(_check_golden(model))
            return model
        except Exception as error:
            if model.next_choice is None:
                raise
            reason = str(error) if isinstance(error, SentimentError) else in_one_line(error)
        load_next = model.next_choice
        del model  # two engines at once may be more than the memory holds
        model = load_next(reason)


def _warm_up(model: LoadedModel) -> None:
    """Compute a short and a full-length text, so that no caller waits for the slow first calls."""
    longest = model.tokenizer.encode("warm " * model.tokenizer.max_length)
    for exclusive in (True, False):
        for ids in (longest.ids[:8], longest.ids):
            model.engine.logits([ids], exclusive)


def _check_golden(model: LoadedModel) -> str:
    """Return a log message about the golden set; raise `EngineFailed` if the answers differ."""
    if model.golden is None:
        return "golden set: this model has none; nothing was checked"
    encodings = model.tokenizer.encode_batch(model.golden.texts)
    ids = [encoding.ids for encoding in encodings]
    logits = batched_logits(model.engine, ids, len(model.card.labels))
    temperature = model.card.calibration.temperature
    said = [encoding.ngrams.logits for encoding in encodings if encoding.ngrams is not None]
    if said:
        model.golden.check_ngrams(probabilities(np.stack(said), temperature))
    rows = probabilities(logits, temperature)
    return model.golden.check(rows, model.engine.describe().precision)
