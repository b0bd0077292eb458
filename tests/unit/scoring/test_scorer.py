import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from sentiment.data.prediction_texts import Line
from sentiment.errors import DataError
from sentiment.inference.engine import Logits
from sentiment.inference.fake import FakeEngine
from sentiment.inference.predictor import Predictor
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.scorer import ScoredChunk, score

Make = Callable[..., Predictor]


def chunk(number: int, *texts: str | None) -> Chunk:
    """A chunk of texts; None is a line that is an error."""
    lines = [
        Line(place, text) if text is not None else Line(place, error=DataError("bad"))
        for place, text in enumerate(texts, 1)
    ]
    return Chunk(0, number, lines)


@pytest.mark.parametrize("streams", [1, 3])
def test_each_text_gets_the_answer_it_would_get_alone(predictor: Make, streams: int) -> None:
    ours = predictor(streams=streams)
    chunks = [
        chunk(number, *("good " * (1 + (number + place) % 9) for place in range(150)))
        for number in range(4)
    ]
    scored = list(score(ours, chunks))
    assert [each.chunk for each in scored] == chunks
    for each in scored:
        assert each.predictions == ours.predict([line.text for line in each.chunk.lines])


def test_an_error_gets_no_prediction(predictor: Make) -> None:
    ours = predictor()
    (scored,) = score(ours, [chunk(0, "good", None, "bad film")])
    assert scored.predictions == ours.predict(["good", "bad film"])


@pytest.mark.parametrize("texts", [(), (None, None)], ids=["no lines", "only errors"])
def test_a_chunk_without_texts_passes(predictor: Make, texts: tuple[None, ...]) -> None:
    empty = chunk(0, *texts)
    assert next(score(predictor(), [empty, chunk(1, "good")])) == ScoredChunk(empty, [])


def test_progress_counts_every_line_once(predictor: Make) -> None:
    steps: list[int] = []
    list(score(predictor(), [chunk(0, *["good"] * 150, None), chunk(1, "bad")], steps.append))
    assert sum(steps) == 152
    assert len(steps) > 2


def test_the_next_chunk_waits_in_the_engine_before_one_is_done(predictor: Make) -> None:
    """So the streams do not run dry: the first chunk ends only once the second has begun."""
    begun = threading.Event()

    def before(batch: Sequence[Sequence[int]]) -> None:
        if len(batch) == 2:
            begun.set()
        assert begun.wait(timeout=20)

    scored = score(predictor(streams=2, before=before), [chunk(0, "good"), chunk(1, "bad", "bad")])
    assert [each.chunk.number for each in scored] == [0, 1]


def test_no_more_is_read_than_the_next_chunk(predictor: Make) -> None:
    read: list[int] = []

    def source() -> Iterator[Chunk]:
        for number in range(100):
            read.append(number)
            yield chunk(number, "good")

    next(score(predictor(), source()))
    assert read == [0, 1]


def test_an_engine_that_fails_ends_the_scoring(predictor: Make) -> None:
    ours = predictor()
    poison = ours.tokenizer.encode("dull").ids[1]
    chunks = [chunk(0, "good"), chunk(1, "dull"), chunk(2, "good")]
    scored = score(predictor(poison=poison), chunks)
    assert next(scored).chunk.number == 0
    with pytest.raises(RuntimeError, match="told to fail"):
        list(scored)


def test_a_text_that_the_model_cannot_read_is_an_error_in_its_place(predictor: Make) -> None:
    ours = predictor()
    (scored,) = score(ours, [chunk(0, "good", "\u2d30 \u2d31", None, "bad film")])
    told = [str(line.error or "") for line in scored.chunk.lines]
    assert "vocabulary" in told[1]
    assert (told[0], told[2], told[3]) == ("", "bad", "")
    assert scored.predictions == ours.predict(["good", "bad film"])


class RecordingEngine(FakeEngine):
    """Remembers which micro-batches it was to compute with all threads."""

    def __init__(self) -> None:
        super().__init__()
        self.exclusive: list[bool] = []

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        self.exclusive.append(exclusive)
        return super().logits(batch)


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_line_of_a_pipe_may_have_all_threads(predictor: Make, exclusive: bool) -> None:
    ours = predictor()
    ours.engine = RecordingEngine()
    list(score(ours, [chunk(0, "good")], exclusive=exclusive))
    assert ours.engine.exclusive == [exclusive]
