"""One text and its prediction, as `predict.py --text` prints it."""

import sys

from sentiment.data.prediction_texts import MAX_CHARACTERS
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import in_pieces_warning, unreadable
from sentiment.schema import Prediction
from sentiment.scoring.served import Served
from sentiment.terminal import table
from sentiment.text import check_text


def print_score(predictor: Predictor | Served, text: str) -> None:
    """Print the prediction of a text; raise `SentimentError` for one that has none."""
    check_text(text, MAX_CHARACTERS)
    if isinstance(predictor, Served):
        prediction, in_pieces = predictor.predict(text), False
    else:
        prediction, in_pieces = _predicted(predictor, text)
    print(f"{prediction.label} (confidence {prediction.confidence:.4f})")
    rows = [(f"  {label}", f"{share:.4f}") for label, share in prediction.probabilities.items()]
    print(table(rows))
    if in_pieces:
        print(in_pieces_warning(1, 1, predictor.card.languages), file=sys.stderr)
    if prediction.truncated:
        print(f"  read {predictor.card.truncation.max_length} of {prediction.tokens} tokens")


def _predicted(predictor: Predictor, text: str) -> tuple[Prediction, bool]:
    """Return the prediction, and whether the model knows little of the text."""
    encoding = predictor.tokenizer.encode(text)
    if not encoding.readable:
        raise unreadable()
    (prediction,) = predictor.predictions([encoding], predictor.logits([encoding]))
    return prediction, predictor.tokenizer.in_pieces(encoding)
