"""One text's answer on a terminal, with what it is to say beside the prediction."""

import sys

from sentiment.answers.detail import predict_in_detail
from sentiment.answers.doubt import mark
from sentiment.data.prediction_texts import MAX_CHARACTERS
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import in_pieces_warning
from sentiment.schema import Contribution, Doubt, Explanation, Place, Prediction, Wishes
from sentiment.scoring.served import Served
from sentiment.terminal import fit, table
from sentiment.text import check_text

_SHOWN = 10  # parts that have most to do with a label
_WIDTH = 60  # columns of a sentence


def print_answer(
    predictor: Predictor | Served, text: str, doubt: Doubt | None, wishes: Wishes
) -> None:
    """Print the answer to a text; raise the error for one that cannot be predicted."""
    check_text(text, MAX_CHARACTERS)
    if isinstance(predictor, Served):
        prediction, in_pieces = predictor.predict(text), False
    else:
        prediction = predict_in_detail(predictor, text, wishes)
        in_pieces = predictor.tokenizer.in_pieces(predictor.tokenizer.encode(text))
    prediction = mark(prediction, doubt)
    uncertain = ", uncertain" if prediction.uncertain else ""
    print(f"{prediction.label} (confidence {prediction.confidence:.4f}{uncertain})")
    rows = [(f"  {label}", f"{share:.4f}") for label, share in prediction.probabilities.items()]
    print(table(rows))
    if in_pieces:
        print(in_pieces_warning(1, 1, predictor.card.languages), file=sys.stderr)
    if prediction.truncated:
        print(f"  read {predictor.card.truncation.max_length} of {prediction.tokens} tokens")
    _print_details(prediction, text)


def _print_details(prediction: Prediction, text: str) -> None:
    if prediction.warnings:
        print(f"warnings: {', '.join(prediction.warnings)}")
    if prediction.sentences is not None:
        print("sentences, of which some that are sure disagree:" if prediction.mixed else
              "sentences:")  # fmt: skip
        rows = [
            (f"  {each.label}", f"{each.confidence:.4f}", _part(text, each))
            for each in prediction.sentences
        ]
        print(table(rows))
    if prediction.explanation is not None:
        _print_explanation(prediction.explanation, text)


def _print_explanation(why: Explanation, text: str) -> None:
    unit = "probability" if why.method == "leave-one-out" else "log odds"
    for name, parts, each in (
        ("words", why.words, why.words_each),
        ("sentences", why.sentences, why.sentences_each),
    ):
        known = [(part, part.contribution) for part in parts if part.contribution is not None]
        if known:
            together = f", {each} together" if each > 1 else ""
            print(f"{name} that say {why.label} most ({unit}{together}):")
            known.sort(key=lambda pair: -pair[1])
            print(table([_row(text, part, value) for part, value in known[:_SHOWN]]))


def _row(text: str, part: Contribution, value: float) -> tuple[str, str]:
    return f"  {value:+.4f}", _part(text, part)


def _part(text: str, place: Place) -> str:
    part = text[place.offset : place.offset + place.length]
    return fit(" ".join(part.split()), _WIDTH).rstrip()
