"""Examples of requests and answers for the OpenAPI document, in the served model's own labels.

A text that a model was validated on is shown only where the settings allow it: whoever
reaches the server can read it.
"""

from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from sentiment.calibration import probabilities
from sentiment.schema import (
    Answer,
    BatchRequest,
    FeedbackRequest,
    Prediction,
    PredictRequest,
    ServedModel,
    Wishes,
)
from sentiment.serving.loading import LoadedModel
from sentiment.serving.protocol_examples import examples_of_protocols

_REVIEWS = ("packaged", "stanfordnlp/imdb")  # data that the examples of the schemas are about
_NEUTRAL_TEXT = "The text that is to be classified."
_LOGIT = 2.75  # of the first label in an answer that is made up; odds of 94 to 6 with two labels

Examples = Mapping[type[BaseModel], Mapping[str, Any]]
"""Examples of fields by name, for each schema whose own ones do not fit."""


def examples_of(model: LoadedModel, show_texts: bool) -> Examples:
    """Return examples that fit a served model.

    With `show_texts` the text is the shortest of its golden set, with the answer that it
    must get; else a general one, with an answer that is made up.
    """
    labels, card = model.card.labels, model.card
    golden = model.golden
    if show_texts and golden is not None and golden.texts:
        lengths = [len(each) for each in golden.texts]
        shortest = lengths.index(min(lengths))
        text, row = golden.texts[shortest], golden.probabilities[shortest].tolist()
    else:
        general = PredictRequest.model_fields["text"].examples
        text = general[0] if general and card.data.source in _REVIEWS else _NEUTRAL_TEXT
        row = probabilities(np.eye(1, len(labels)) * _LOGIT)[0].round(2).tolist()
    encoding = model.tokenizer.encode(text)
    prediction = Prediction.of(
        row,
        labels,
        truncated=encoding.truncated,
        tokens=encoding.tokens,
        unknown_tokens=encoding.unknown,
        model=model.tag,
    )
    right = next((label for label in labels if label != prediction.label), prediction.label)
    served = ServedModel(tag=model.tag, engine=model.engine.describe(), card=card)
    return {
        PredictRequest: {"text": text},
        BatchRequest: {"texts": [text, " "]},
        Prediction: prediction.model_dump(),
        FeedbackRequest: {"text": text, "label": right, "said": prediction.label},
        ServedModel: dict(served),
        **examples_of_protocols(text, prediction, served),
    }


def example(schema: type[BaseModel], given: Examples) -> Any:
    """Return an example of a schema as JSON-ready data, made of the examples of its fields.

    Raises `TypeError` for a field that has none.
    """
    own = given.get(schema, {})
    values = {
        name: own[name] if name in own else _of_field(f"{schema.__name__}.{name}", field, given)
        for name, field in schema.model_fields.items()
        if name in own or not _on_request(schema, name)
    }
    content = values["root"] if issubclass(schema, RootModel) else values
    return schema.model_validate(content).model_dump(
        mode="json", exclude_unset=issubclass(schema, Wishes | Answer)
    )


def _on_request(schema: type[BaseModel], name: str) -> bool:
    """Return whether a field is only there if somebody asks for it, or to ask for one."""
    return name in Wishes.model_fields or name in getattr(schema, "ON_REQUEST", ())


def _of_field(name: str, field: FieldInfo, given: Examples) -> Any:
    if field.examples:
        return field.examples[0]
    if not field.is_required():
        return field.get_default(call_default_factory=True)
    return _of_type(name, field.annotation, given)


def _of_type(name: str, annotation: Any, given: Examples) -> Any:
    """Return an example of a schema, or of a list with one of each schema it may hold."""
    if get_origin(annotation) is list:
        (inside,) = get_args(annotation)
        either = get_origin(inside) in (Union, UnionType)
        return [_of_type(name, each, given) for each in (get_args(inside) if either else [inside])]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return example(annotation, given)
    raise TypeError(f"{name} has no example. Declare it with Field(examples=[...]).")
