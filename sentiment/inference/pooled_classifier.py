"""A classifier that reads the mean of all tokens, as sentence encoders are trained to be read.

Training on few labels stores it. Most classifiers of transformers read the first token
alone, which means nothing before it is fine-tuned. This one takes any encoder: the mean of
its last states over the tokens of a text, scaled to length 1, and one linear layer. Its
`config.json` holds the encoder's whole configuration. Once `register` was called, the Auto
classes of transformers load it like any other.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

MODEL_TYPE = "mean-pooled-classifier"


def register() -> None:
    """Let transformers' Auto classes load such a model; calling it again does nothing."""
    _classes()


def pool(classifier: Any, labels: Sequence[str]) -> Any:
    """Return a pooled classifier around the encoder of another, which it shares.

    The weights of its linear layer are new, from the global torch generator.
    """
    config_class, model_class = _classes()
    config = config_class(
        encoder=classifier.base_model.config,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    model = model_class(config)
    model.encoder = classifier.base_model  # not given to the constructor, which would reset it
    config.encoder = model.encoder.config
    model.drop_pooler()
    return model


def encoder_config(config: Any) -> Any:
    """Return the configuration of the encoder inside a classifier, which often is its own."""
    return config.encoder if config.model_type == MODEL_TYPE else config


@cache
def _classes() -> tuple[Any, Any]:
    """Return the classes of configuration and model, known to transformers from now on."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config_class = _config_class()
    model_class = _model_class(config_class)
    AutoConfig.register(MODEL_TYPE, config_class)
    AutoModelForSequenceClassification.register(config_class, model_class)
    return config_class, model_class


def _config_class() -> Any:
    from transformers import AutoConfig, PretrainedConfig

    class PooledConfig(PretrainedConfig):  # type: ignore[misc]  # transformers is not typed here
        """The encoder's configuration, and what a classifier adds; reads and writes through."""

        model_type = MODEL_TYPE
        sub_configs = {"encoder": AutoConfig}  # noqa: RUF012 -- as transformers declares it
        has_no_defaults_at_init = True

        def __init__(self, encoder: Any = None, **others: Any) -> None:
            super().__init__(**others)
            if isinstance(encoder, dict):
                encoder = AutoConfig.for_model(**encoder)
            self.encoder = encoder

        def __getattr__(self, name: str) -> Any:
            """Return what the encoder's configuration has, such as its number of layers."""
            encoder = self.__dict__.get("encoder")
            if encoder is None or name.startswith("_"):
                raise AttributeError(name)
            return getattr(encoder, name)

        def __setattr__(self, name: str, value: Any) -> None:
            """Write what only the encoder's configuration has there."""
            encoder = self.__dict__.get("encoder")
            own = name in self.__dict__ or hasattr(type(self), name) or name.startswith("_")
            if encoder is not None and not own and hasattr(encoder, name):
                setattr(encoder, name, value)
            else:
                super().__setattr__(name, value)

    return PooledConfig


def _model_class(config_type: Any) -> Any:
    import torch
    from transformers import AutoModel, PreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput

    class PooledClassifier(PreTrainedModel):  # type: ignore[misc]  # transformers is not typed here
        """An encoder, the mean of its states, and a linear layer."""

        config_class = config_type
        base_model_prefix = "encoder"
        _supports_sdpa = True

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.encoder = AutoModel.from_config(config.encoder)
            config.encoder = self.encoder.config  # a copy of it, which has to stay the same
            self.drop_pooler()
            self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
            self.post_init()

        def drop_pooler(self) -> None:
            """Drop what some encoders make of their first token, which nobody reads here."""
            if getattr(self.encoder, "pooler", None) is not None:
                self.encoder.pooler = None

        def embeddings(self, input_ids: Any, attention_mask: Any) -> Any:
            """Return the mean state of each text, of length 1; shape (texts, hidden size)."""
            output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
            weights = attention_mask.unsqueeze(-1).float()
            mean = (output.last_hidden_state.float() * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

        def forward(self, input_ids: Any, attention_mask: Any = None, **_: Any) -> Any:
            if attention_mask is None:
                attention_mask = torch.ones_like(input_ids)
            pooled = self.embeddings(input_ids, attention_mask)
            logits = self.classifier(pooled.to(self.classifier.weight.dtype))
            return SequenceClassifierOutput(logits=logits)

    return PooledClassifier
