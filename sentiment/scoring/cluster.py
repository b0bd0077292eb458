"""The same scoring on the machines of a Ray cluster, by way of Ray Data.

The machine that runs the command reads the files; actors on all machines compute. Each
chunk is sent whole and the results come back in order, so the scores are the same as from
one machine. The code and the model are sent too; only the packages of `requirements/`
must be installed on every machine.
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
from sentiment.errors import SentimentError, UsageError
from sentiment.inference.predictor import Predictor
from sentiment.inference.stored_format import stored_precision
from sentiment.scoring.chunks import ChunkSource, read_chunks
from sentiment.scoring.scorer import ScoredChunk, score
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel


def require_ray() -> None:
    """Raise `UsageError` unless Ray Data is installed."""
    if find_spec("ray") is None:
        raise UsageError("--ray needs the package ray.", "Run: pip install -r requirements/ray.txt")


def score_on_cluster(
    address: str,
    model: StoredModel,
    settings: EngineSettings,
    source: ChunkSource,
    progress: Callable[[int], object] = int,
) -> Iterator[ScoredChunk]:
    """Yield the chunks of `source` with their predictions, in order.

    Raises `UsageError` when no cluster answers at `address`; `local` starts one.
    """
    _connect(address)
    import ray

    try:
        for row in _dataset(model, settings, source).iter_rows():
            scored = pickle.loads(row["scored"])  # noqa: S301 -- from our own workers
            if isinstance(scored, SentimentError):
                raise scored
            progress(len(scored.chunk.lines))
            yield scored
    finally:
        ray.shutdown()


class _Worker:
    """A predictor in a Ray actor, loaded from the model's files that Ray passed to it."""

    def __init__(self, tag: str, files: Any, settings: Mapping[str, Any]) -> None:
        import ray

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for relative, content in ray.get(files[0]).items():
                path = folder / relative
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            model = store.read(tag, folder)
            self._predictor = Predictor.load(model, EngineSettings.parse(settings))

    def __call__(self, batch: Mapping[str, Sequence[bytes]]) -> dict[str, list[bytes]]:
        (content,) = batch["chunk"]
        chunk = pickle.loads(content)  # noqa: S301 -- from our own reader
        if isinstance(chunk, SentimentError):
            return {"scored": [content]}
        (scored,) = score(self._predictor, [chunk])
        return {"scored": [pickle.dumps(scored)]}


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


def _dataset(model: StoredModel, settings: EngineSettings, source: ChunkSource) -> Any:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.target_max_block_size = 1  # byte, so that each chunk is a block and a task of its own
    source = replace(source, files=[path.absolute() for path in source.files])

    def chunks(_: Any) -> Iterator[dict[str, list[bytes]]]:
        try:
            for chunk in read_chunks(source):
                yield {"chunk": [pickle.dumps(chunk)]}
        except SentimentError as error:  # sent as a row: Ray would wrap an exception in its own
            yield {"chunk": [pickle.dumps(error)]}

    actors, resources = _layout(ray.nodes(), settings.device == "cuda")
    threads = settings.threads or resources["num_cpus"]
    values = settings.model_copy(update={"threads": threads}).model_dump()
    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    return (
        ray.data.from_items([0])
        # Reading reserves no cores: the actors hold them all, so it would never be scheduled.
        .map_batches(chunks, batch_size=1, num_cpus=0, label_selector=here)
        .map_batches(
            _Worker,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=actors),
            # The list keeps Ray from resolving the reference: all actors share one object.
            fn_constructor_args=(model.tag, [ray.put(_files(model, settings))], values),
            **resources,
        )
    )


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
