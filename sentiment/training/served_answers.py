"""What the card says of answers as they will be served: their risk, and texts like the data."""

import numpy as np

from sentiment.answers.doubt import risk_coverage
from sentiment.answers.warnings import pieces_per_word
from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.cascade import with_ngrams
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard, RiskCoverage, TextProfile

_RARE = 0.001  # of the training texts are shorter, or in smaller pieces
_RARELY_SEEN = 0.01  # of the validation texts, which are fewer


def with_answers(
    card: ModelCard,
    tokenizer: Tokenizer,
    train: EncodedSplit,
    validation: EncodedSplit,
    encoder: FloatArray,
) -> ModelCard:
    """Return the card with the risk-coverage curve of validation, and a profile of the texts.

    `tokenizer` asks the n-grams, if the model has any, and `encoder` are the encoder's logits
    of the validation texts; together they answer as the model will be served.
    """
    encodings = tokenizer.encode_batch(validation.texts)
    rows = probabilities(with_ngrams(encodings, encoder), card.calibration.temperature)
    seen = [each.ngrams.seen for each in encodings if each.ngrams is not None]
    special = len(tokenizer.encode("").ids)
    whole = [place for place, ids in enumerate(train.ids) if len(ids) < card.truncation.max_length]
    pieces = [pieces_per_word(train.texts[each], len(train.ids[each]) - special) for each in whole]
    profile = TextProfile(
        shortest=int(np.quantile(train.lengths, _RARE)),
        pieces_per_word=float(np.quantile(pieces, 1 - _RARE)) if pieces else 0.0,
        seen=float(np.quantile(seen, _RARELY_SEEN)) if seen else None,
    )
    curve = risk_coverage(rows, np.asarray(validation.labels))
    return card.model_copy(update={"risk_coverage": curve, "texts": profile})


def risk_line(curve: RiskCoverage) -> str:
    """Return what share of answers is left at some risks, in a line."""
    shares = []
    for risk in (0.01, 0.02, 0.05, 0.1):
        left = max((each.coverage for each in curve.points if each.risk <= risk), default=0.0)
        shares.append(f"{left:.0%} at {risk:.0%}")
    return f"answers left at most so often wrong (--max-risk): {', '.join(shares)}"
