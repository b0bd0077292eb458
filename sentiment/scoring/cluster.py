"""The same scoring on the machines of a Ray cluster, by way of Ray Data.

Files at an address are read by the actors that compute, each of which opens the file system
by itself: only the description of a stretch of a file is sent to it. Files on a disk, which
other machines may not have, are read by the machine that runs the command, and their chunks
are sent. Chunks are the same either way, so the scores are the same as from one machine. The
code and the model are sent too; only the packages of `requirements/` must be installed on
every machine.
"""

import logging
import os
import pickle
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sentiment
from sentiment import store
from sentiment.data.remote import SCHEMES, RemotePath
from sentiment.errors import SentimentError, UsageError
from sentiment.inference.predictor import Predictor
from sentiment.inference.stored_format import stored_precision
from sentiment.scoring.chunks import Chunk, Stretch, read_chunks
from sentiment.scoring.scorer import ScoredChunk, score
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel

_SHARE_BYTES = 64 << 20
"""A larger file is shared out: each of several actors reads it whole and computes its share.
That costs reading, which is a hundredth of computing, and keeps all actors busy."""


def require_ray() -> None:
    """Raise `UsageError` unless Ray Data is installed."""
    if find_spec("ray") is None:
        raise UsageError("--ray needs the package ray.", "Run: pip install -r requirements/ray.txt")


def score_on_cluster(
    address: str,
    model: StoredModel,
    settings: EngineSettings,
    stretches: Sequence[Stretch],
    sizes: Sequence[int | None],
    progress: Callable[[int], object] = int,
) -> Iterator[ScoredChunk]:
    """Yield the chunks of `stretches` with their predictions, in no order, without the texts.

    `sizes` holds the bytes of each file that the stretches are of. Raises `UsageError` when no
    cluster answers at `address`; `local` starts one.
    """
    _connect(address)
    import ray

    try:
        for row in _dataset(model, settings, stretches, sizes).iter_rows():
            scored = pickle.loads(row["scored"])  # noqa: S301 -- from our own workers
            if isinstance(scored, SentimentError):
                raise scored
            progress(len(scored.chunk.lines))
            yield scored
    finally:
        ray.shutdown()


class _Worker:
    """A predictor in a Ray actor, loaded from the model's files that Ray passed to it."""

    def __init__(
        self, tag: str, files: Any, settings: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        import ray

        os.environ |= environment
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for relative, content in ray.get(files[0]).items():
                path = folder / relative
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            model = store.read(tag, folder)
            self._predictor = Predictor.load(model, EngineSettings.parse(settings))

    def __call__(self, batch: Mapping[str, Sequence[bytes]]) -> Iterator[dict[str, list[bytes]]]:
        (content,) = batch["item"]
        for scored in scored_items(self._predictor, content):
            yield {"scored": [scored]}


def scored_items(predictor: Predictor, content: bytes) -> Iterator[bytes]:
    """Yield the scored chunks of one item: a stretch to read here, or a chunk read elsewhere.

    An error goes the same way, because Ray would wrap an exception in one of its own.
    """
    item = pickle.loads(content)  # noqa: S301 -- from our own command
    try:
        if isinstance(item, SentimentError):
            raise item
        chunks = [item] if isinstance(item, Chunk) else read_chunks([item])
        for scored in score(predictor, chunks):
            yield pickle.dumps(_without_texts(scored))
    except SentimentError as error:
        yield pickle.dumps(error)


def _without_texts(scored: ScoredChunk) -> ScoredChunk:
    lines = [replace(line, text="") for line in scored.chunk.lines]
    return replace(scored, chunk=replace(scored.chunk, lines=lines))


def _connect(address: str) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    host, _, port = address.rpartition(":")
    try:
        if port.isdigit():  # fail within 10 s: Ray itself would keep trying for minutes
            socket.create_connection((host, int(port)), timeout=10).close()
        ray.init(
            address=address,
            runtime_env={"py_modules": [str(Path(sentiment.__file__).parent)]},
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except OSError as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(
            f"No Ray cluster at {address}: {reason}",
            "Start one with: ray start --head, or use --ray local.",
        ) from None


def _dataset(
    model: StoredModel,
    settings: EngineSettings,
    stretches: Sequence[Stretch],
    sizes: Sequence[int | None],
) -> Any:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # byte, so that each chunk is a block and a task of its own
    actors, resources = _layout(ray.nodes(), settings.device == "cuda")
    threads = settings.threads or resources["num_cpus"]
    values = settings.model_copy(update={"threads": threads}).model_dump()
    if any(isinstance(stretch.path, RemotePath) for stretch in stretches):
        shares = [each for one in stretches for each in shared_out(one, sizes[one.file], actors)]
        items = [{"item": pickle.dumps(share)} for share in shares]
        data = ray.data.from_items(items, override_num_blocks=len(items))
    else:
        data = _read_here(stretches)
    return data.map_batches(
        _Worker,
        batch_size=1,
        # One at a time: a second one would wait behind a long file while other actors are idle.
        compute=ray.data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=1),
        # The list keeps Ray from resolving the reference: all actors share one object.
        fn_constructor_args=(
            model.tag,
            [ray.put(_files(model, settings))],
            values,
            environment_of(stretches),
        ),
        **resources,
    )


def shared_out(stretch: Stretch, size: int | None, actors: int) -> list[Stretch]:
    """Return a stretch as it is, or of a large file a share for each of several actors."""
    of = max(1, min(actors, -(-(size or 0) // _SHARE_BYTES)))
    return [replace(stretch, share=share, of=of) for share in range(of)]


def _read_here(stretches: Sequence[Stretch]) -> Any:
    """Return the chunks of files on the disk of this machine, read in a task that stays here."""
    import ray

    stretches = [replace(stretch, path=stretch.path.absolute()) for stretch in stretches]

    def chunks(_: Any) -> Iterator[dict[str, list[bytes]]]:
        try:
            for chunk in read_chunks(stretches):
                yield {"item": [pickle.dumps(chunk)]}
        except SentimentError as error:
            yield {"item": [pickle.dumps(error)]}

    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    # Reading reserves no cores: the actors hold them all, so it would never be scheduled.
    return ray.data.from_items([0]).map_batches(
        chunks, batch_size=1, num_cpus=0, label_selector=here
    )


def environment_of(stretches: Sequence[Stretch]) -> dict[str, str]:
    """Return the variables by which the file systems of the stretches find their credentials."""
    schemes = {path.scheme for each in stretches if isinstance(path := each.path, RemotePath)}
    starts = tuple(start for scheme in schemes for start in SCHEMES[scheme].variables)
    return {name: value for name, value in os.environ.items() if name.startswith(starts)}


def _layout(nodes: Sequence[Mapping[str, Any]], cuda: bool) -> tuple[int, dict[str, int]]:
    """Return the number of actors and what each reserves.

    That is one GPU with CUDA, else as many cores as the smallest machine has.
    """
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    if cuda:
        return sum(int(node.get("GPU", 0)) for node in alive), {"num_gpus": 1, "num_cpus": 1}
    cores = [int(node["CPU"]) for node in alive if node.get("CPU", 0) >= 1]
    if not cores:
        raise UsageError("The Ray cluster has no CPU to compute on.", "Add workers to it.")
    return sum(count // min(cores) for count in cores), {"num_cpus": min(cores)}


def _files(model: StoredModel, settings: EngineSettings) -> dict[str, bytes]:
    """Return the model's files that the backend loads, by their paths in the model's folder.

    These are the files at the top of the folder, and for backends other than torch the
    exported formats in the stored precision instead of the torch weights.
    """
    paths = [path for path in model.folder.iterdir() if path.is_file()]
    if settings.backend != "torch":
        paths = [path for path in paths if path.suffix != ".safetensors"]
        paths += model.folder.glob(f"*-{stored_precision(settings.precision)}/*")
    return {str(path.relative_to(model.folder)): path.read_bytes() for path in paths}
