"""Small parts for tests of the runner, such as a tokenizer of characters and an observer."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from sentiment.calibration import probabilities
from sentiment.inference.encoding import Encoding
from sentiment.inference.fake import FakeEngine
from sentiment.serving.runner import BatchTokenizer, Runner
from sentiment.serving.throughput import Throughput
from sentiment.settings import ServingSettings

POISON = "☠"


class Characters:
    """A tokenizer with one token for each character, so that a test can count tokens by eye."""

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        return [encoding_of(text) for text in texts]


class Memory:
    """An observer of a runner that keeps everything that is reported to it."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.padding = 0
        self.texts = 0
        self.depth = (0, 0)
        self.waits: list[float] = []

    def tokenised(self, seconds: float) -> None:
        pass

    def queued(self, texts: int, tokens: int) -> None:
        self.depth = (texts, tokens)

    def computed(self, texts: int, tokens: int, padded: int, seconds: float) -> None:
        self.texts += texts
        self.padding += padded - tokens

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def refused(self, reason: str) -> None:
        self.refusals.append(reason)


class Gate:
    """Blocks an engine's batches until it is opened; `reached` is set once one is blocked."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, _: Any) -> None:
        self.reached.set()
        assert self._open.wait(20), "the test never opened the gate"

    def open(self) -> None:
        self._open.set()


def encoding_of(text: str) -> Encoding:
    ids = [ord(character) for character in text]
    return Encoding(ids, len(ids))


def make_runner(
    engine: FakeEngine,
    memory: Memory | None = None,
    tokenizer: BatchTokenizer | None = None,
    temperature: float = 1.0,
    throughput: Throughput | None = None,
    clock: Callable[[], float] = time.monotonic,
    **settings: Any,
) -> Runner:
    return Runner(
        engine,
        tokenizer or Characters(),
        ServingSettings.parse(settings),
        memory or Memory(),
        temperature,
        throughput=throughput,
        clock=clock,
    )


def expected(engine: FakeEngine, text: str) -> list[float]:
    """Return the probabilities that the engine gives to this text, and to no other."""
    row: list[float] = probabilities(engine.expected(encoding_of(text).ids)[None])[0].tolist()
    return row
