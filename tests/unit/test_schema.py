import pytest
from pydantic import ValidationError

from sentiment.schema import BatchResult, ErrorBody, ModelCard, Prediction
from tests.support.cards import make_card

TWO = ["negative", "positive"]


def prediction(row: list[float], labels: list[str] = TWO) -> Prediction:
    return Prediction.of(
        row, labels, truncated=False, tokens=5, unknown_tokens=0, model="sentiment:1"
    )


def test_the_label_is_the_most_probable_one_and_its_probability_the_confidence() -> None:
    answer = prediction([0.25, 0.75])
    assert (answer.label, answer.confidence) == ("positive", 0.75)


def test_probabilities_are_named_in_the_order_of_the_labels() -> None:
    answer = prediction([0.2, 0.5, 0.3], ["bad", "fair", "good"])
    assert list(answer.probabilities.items()) == [("bad", 0.2), ("fair", 0.5), ("good", 0.3)]


def test_a_tie_goes_to_the_first_label() -> None:
    assert prediction([0.5, 0.5]).label == "negative"


def test_a_row_of_another_length_than_the_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        prediction([0.2, 0.5, 0.3])


def test_a_built_prediction_passes_its_own_validation() -> None:
    answer = prediction([0.25, 0.75])
    assert Prediction.model_validate_json(answer.model_dump_json()) == answer


def test_a_prediction_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        prediction([0.25, 0.75]).label = "negative"


@pytest.mark.parametrize(
    ("field", "value"),
    [("confidence", 1.5), ("confidence", -0.1), ("tokens", -1), ("probabilities", {"a": 2.0})],
)
def test_a_value_out_of_range_is_refused(field: str, value: object) -> None:
    values = prediction([0.25, 0.75]).model_dump() | {field: value}
    with pytest.raises(ValidationError, match=field):
        Prediction.model_validate(values)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="score"):
        Prediction.model_validate(prediction([0.25, 0.75]).model_dump() | {"score": 1})


def test_a_batch_holds_predictions_and_errors_in_their_places() -> None:
    good = prediction([0.25, 0.75]).model_dump()
    bad = {"error": {"code": "invalid_value", "message": "Empty."}}
    results = BatchResult.model_validate({"results": [good, bad]}).results
    assert [type(result) for result in results] == [Prediction, ErrorBody]


def test_a_card_survives_being_written_and_read(card: ModelCard) -> None:
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_card_needs_a_positive_temperature(card: ModelCard, temperature: float) -> None:
    calibration = card.calibration.model_dump() | {"temperature": temperature}
    with pytest.raises(ValidationError, match="temperature"):
        make_card(calibration=calibration)


def test_a_card_knows_only_the_policies_there_are() -> None:
    with pytest.raises(ValidationError, match="policy"):
        make_card(truncation={"max_length": 16, "policy": "tail"})
