"""One run over a corpus: from a file or folder to its scores, here or on a Ray cluster."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sentiment.answers.doubt import doubt_line, find_doubt
from sentiment.data.files import size
from sentiment.data.prediction_texts import read_lines
from sentiment.data.rows import require_used
from sentiment.errors import NoAnswer, Unreachable
from sentiment.inference.backends import choose_backend
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import in_pieces_warning
from sentiment.schema import Doubt
from sentiment.scoring import chunks, cluster, scorer
from sentiment.scoring.formats import encode, taken
from sentiment.scoring.inputs import Inputs, find_inputs
from sentiment.scoring.kept import keep_of
from sentiment.scoring.partial_output import PartialOutput
from sentiment.scoring.progress import Progress
from sentiment.scoring.scorer import ScoredChunk
from sentiment.scoring.served import Served
from sentiment.settings import EngineSettings, FileSettings
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
    reading: FileSettings = field(default_factory=partial(FileSettings.parse, {}))
    """How the files are to be read."""
    ray: str | None = None
    """Address of a Ray cluster, `local` to start one, or None to compute in this process."""
    keep: tuple[str, ...] = ()
    """Columns that go into the output as they are; `all` alone for every one."""
    served: Served | None = None
    """The model behind a server that computes, in the place of the `model` of the store."""
    max_risk: float | None = None
    """Of answers that are not marked as uncertain; None marks none."""


Kept = Sequence[tuple[str, ...]]


def score_corpus(job: Job) -> int:
    """Score a corpus and print how that went; return the number of rows that were bad.

    Raises `SentimentError` before any scoring if the job cannot be done. On Ctrl-C it
    raises `KeyboardInterrupt` with a message that explains how to continue, and so does
    the `Unreachable` of a server that fails meanwhile.
    """
    inputs = find_inputs(job.source, job.output)
    if job.ray is not None:
        cluster.require_ray()
    if inputs.left_out:
        print(f"left out, of no known kind: {inputs.left_out_in_words()}")
    require_used(job.reading, inputs.files)
    model = job.served or find(job.model)
    doubt = find_doubt(model.card, model.tag, job.max_risk)
    if doubt is not None:
        print(doubt_line(doubt))
    keep = keep_of(inputs.files, job.keep, taken(model.card.labels), job.reading, job.column)
    kept = dict(zip(inputs.files, keep, strict=True))
    # So that a column missing in any file is reported before scoring:
    inputs.each(
        lambda path: next(read_lines(path, job.column, kept[path], settings=job.reading), None)
    )
    job = _pinned(job, model)
    partial = PartialOutput(job.output, inputs.targets)
    if not partial.begin(_identity(job, model, inputs), job.resume):
        print(f"nothing to resume: {job.output} is complete, {partial.finished.rows:,} texts")
        return partial.finished.bad
    if job.resume:
        print(f"resuming after {partial.committed.rows:,} texts")
    try:
        _score(job, model, inputs, keep, partial, doubt)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Interrupted after {partial.committed.rows:,} texts. "
            "Go on with the same command and --resume."
        ) from None
    except (Unreachable, NoAnswer) as error:
        raise type(error)(
            f"{error} {partial.committed.rows:,} texts are scored and kept.",
            "Go on with the same command and --resume.",
        ) from None
    return partial.committed.bad


def _score(
    job: Job,
    model: StoredModel | Served,
    inputs: Inputs,
    keep: Kept,
    partial: PartialOutput,
    doubt: Doubt | None,
) -> None:
    before, started, in_pieces = partial.committed.rows, time.monotonic(), 0
    sizes = inputs.each(size)
    with Progress(sizes, partial.committed) as progress:
        stretches = _stretches(job, inputs, keep, partial)
        unmarked = _scored(job, model, stretches, sizes, progress.bar.update)
        for scored in scorer.marked(unmarked, doubt):
            file = scored.chunk.file
            suffix = (job.output / inputs.targets[file]).suffix.lower()
            in_pieces += scored.in_pieces
            for note in scored.chunk.notes:
                progress.bar.write(note, file=sys.stderr)
            part = encode(suffix, scored, model.card.labels, keep[file], doubt is not None)
            partial.commit(scored.chunk, part)
            progress.committed(scored.chunk)
        partial.finish()
    rows, seconds = partial.committed.rows - before, time.monotonic() - started
    print(f"scored {rows:,} texts in {seconds:.1f} s ({rows / seconds:.1f} texts/s): {job.output}")
    if warning := in_pieces_warning(in_pieces, rows, model.card.languages):
        print(warning, file=sys.stderr)


def _stretches(
    job: Job, inputs: Inputs, keep: Kept, partial: PartialOutput
) -> list[chunks.Stretch]:
    """Return what is left to read of each file."""
    return [
        chunks.Stretch(
            file, path, job.column, keep[file], job.reading, partial.committed.chunks(file)
        )
        for file, path in enumerate(inputs.files)
        if not partial.committed.is_complete(file)
    ]


def _scored(
    job: Job,
    model: StoredModel | Served,
    stretches: Sequence[chunks.Stretch],
    sizes: Sequence[int | None],
    count: Callable[[int], object],
) -> Iterator[ScoredChunk]:
    if not stretches:  # all was committed, and the run ended before the output was there
        return iter(())
    if isinstance(model, Served):
        return scorer.score(model, chunks.read_chunks(stretches), count)
    if job.ray is not None:
        return cluster.score_on_cluster(job.ray, model, job.settings, stretches, sizes, count)
    return scorer.score(Predictor.load(model, job.settings), chunks.read_chunks(stretches), count)


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
        **{name.replace("_", " "): str(value) for name, value in job.reading if value},
        **({} if job.max_risk is None else {"max risk": str(job.max_risk)}),
        "kept columns": ", ".join(job.keep) or "none",
        "chunk": f"{chunks.ROWS} rows or {chunks.CHARACTERS} characters",
        **{f"input {name}": digest for name, digest in inputs.fingerprints()},
    }
