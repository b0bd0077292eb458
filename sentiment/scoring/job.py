"""One run over a corpus: from a file or folder to its scores, here or on a Ray cluster."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sentiment.data.prediction_texts import read_lines
from sentiment.errors import NoAnswer
from sentiment.inference.backends import choose_backend
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import in_pieces_warning
from sentiment.scoring import chunks, cluster, scorer
from sentiment.scoring.formats import encode
from sentiment.scoring.inputs import Inputs, find_inputs
from sentiment.scoring.partial_output import PartialOutput
from sentiment.scoring.scorer import ScoredChunk
from sentiment.scoring.served import Served
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel, find


@dataclass(frozen=True)
class Job:
    """What to score, with which model, and where to write the scores."""

    source: Path
    output: Path
    model: str
    settings: EngineSettings
    column: str = "text"
    resume: bool = False
    ray: str | None = None
    """Address of a Ray cluster, `local` to start one, or None to compute in this process."""
    served: Served | None = None
    """The model behind a server that computes, in the place of the `model` of the store."""


def score_corpus(job: Job) -> int:
    """Score a corpus and print how that went; return the number of rows that were bad.

    Raises `SentimentError` before any scoring if the job cannot be done. On Ctrl-C it
    raises `KeyboardInterrupt` with a message that explains how to continue.
    """
    inputs = find_inputs(job.source, job.output)
    if job.ray is not None:
        cluster.require_ray()
    if inputs.left_out:
        print(f"left out, of no known kind: {', '.join(inputs.left_out)}")
    for path in inputs.files:  # so that a column missing in any file is reported before scoring
        next(read_lines(path, job.column), None)
    model = job.served or find(job.model)
    job = _pinned(job, model)
    partial = PartialOutput(job.output, inputs.targets)
    if not partial.begin(_identity(job, model, inputs), job.resume):
        print(f"nothing to resume: {job.output} is complete, {partial.state.rows:,} texts")
        return partial.state.bad
    if job.resume:
        print(f"resuming after {partial.state.rows:,} texts")
    try:
        _score(job, model, inputs, partial)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Interrupted after {partial.state.rows:,} texts. "
            "Go on with the same command and --resume."
        ) from None
    except NoAnswer as error:
        raise NoAnswer(
            f"{error} {partial.state.rows:,} texts are scored and kept.",
            "Go on with the same command and --resume.",
        ) from None
    return partial.state.bad


def _score(job: Job, model: StoredModel | Served, inputs: Inputs, partial: PartialOutput) -> None:
    from tqdm import tqdm

    before, started, in_pieces = partial.state.rows, time.monotonic(), 0
    bar = tqdm(
        initial=before,
        unit="text",
        desc="scoring",
        smoothing=0,  # each chunk computes its long texts first, so a recent rate misleads
        dynamic_ncols=True,
        disable=None,  # tqdm's way to ask for no bar where output is not a terminal
    )
    with bar:
        for scored in _scored(job, model, inputs, partial, bar.update):
            suffix = (job.output / inputs.targets[scored.chunk.file]).suffix.lower()
            in_pieces += scored.in_pieces
            partial.commit(scored.chunk, encode(suffix, scored, model.card.labels))
        partial.finish()
    rows, seconds = partial.state.rows - before, time.monotonic() - started
    print(f"scored {rows:,} texts in {seconds:.1f} s ({rows / seconds:.1f} texts/s): {job.output}")
    if warning := in_pieces_warning(in_pieces, rows, model.card.languages):
        print(warning, file=sys.stderr)


def _scored(
    job: Job,
    model: StoredModel | Served,
    inputs: Inputs,
    partial: PartialOutput,
    count: Callable[[int], object],
) -> Iterator[ScoredChunk]:
    source = chunks.ChunkSource(inputs.files, job.column, partial.state.parts)
    if isinstance(model, Served):
        return scorer.score(model, chunks.read_chunks(source), count)
    if job.ray is not None:
        return cluster.score_on_cluster(job.ray, model, job.settings, source, count)
    return scorer.score(Predictor.load(model, job.settings), chunks.read_chunks(source), count)


def _pinned(job: Job, model: StoredModel | Served) -> Job:
    """Return the job with backend, precision and device decided, the same for all machines."""
    if isinstance(model, Served):
        told = model.engine.model_dump(include={"backend", "precision", "device"})
        return replace(job, settings=job.settings.model_copy(update=told))
    choice = choose_backend(model.folder, job.settings)
    device = "cpu"
    if choice.backend == "torch":
        from sentiment.inference.torch_engine import pick_device

        device = pick_device(job.settings.device)
    decided = {"backend": choice.backend, "precision": choice.precision, "device": device}
    return replace(job, settings=job.settings.model_copy(update=decided))


def _identity(job: Job, model: StoredModel | Served, inputs: Inputs) -> dict[str, str]:
    """Return everything that decides the output, which threads and streams do not."""
    return {
        "model": model.tag,
        "backend": job.settings.backend,
        "precision": job.settings.precision,
        "device": job.settings.device,
        "text column": job.column,
        "chunk": f"{chunks.ROWS} rows or {chunks.CHARACTERS} characters",
        **{f"input {name}": digest for name, digest in inputs.fingerprints()},
    }
