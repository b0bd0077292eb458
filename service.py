"""The HTTP service: `bentoml serve service:Sentiment`.

Connects the parts: which model is loaded, what starts and stops, what the image
contains. `sentiment.serving` answers the requests. Settings are environment variables,
`SENTIMENT_*`; docs/serving.md lists them.
"""

import asyncio
import logging
import sys

import bentoml

from sentiment import store
from sentiment.bentoml_adapter import (
    bracket_addresses_in_logs,
    build_schema_once,
    check_certificate_options,
    end_on_hangup,
    keep_metrics_in_memory,
    model_of_bento,
    work_without_folders,
)
from sentiment.cpu import default_threads
from sentiment.errors import SentimentError, UsageError, in_one_line, printable
from sentiment.serving.access.certificate import check_certificate, renew_certificate_when_changed
from sentiment.serving.access.door import Door
from sentiment.serving.declaration import declare
from sentiment.serving.feedback import feedback_file
from sentiment.serving.freed_memory import FreedMemory
from sentiment.serving.http import ApiMiddleware, answer_before_bentoml
from sentiment.serving.loading import LoadedModel, load
from sentiment.serving.log_rate import bound_log_lines
from sentiment.serving.logs import use_json
from sentiment.serving.metrics import Metrics
from sentiment.serving.model_server import ModelServer
from sentiment.serving.routes import ROUTES
from sentiment.serving.shutdown import drain_on_signals
from sentiment.serving.supervisor import supervise
from sentiment.serving.telemetry.tracing import Tracing
from sentiment.serving.watchdog import Watchdog
from sentiment.serving.worker import Origin, end_with
from sentiment.settings import MODEL_NAME, ServingSettings

# Our own timeout expires first, because BentoML's answers in another shape. BentoML's metrics
# are off, because they add a label for every path that is requested, without limit.
_BENTOML_TIMEOUT_S = 3600

# No distribution is named, because BentoML installs a compiler and git in each that it knows.
# Without these folders BentoML would make them on start, which a read-only root file system
# forbids. OpenVINO sends usage statistics unless its file contains 0.
_IMAGE = bentoml.images.Image(
    base_image="docker.io/library/python:3.11-slim-bookworm",
    distro="none",
    python_version="3.11",
    commands=[
        "mkdir /home/bentoml/bentos /home/bentoml/models /home/bentoml/envs /home/bentoml/tmp "
        "&& mkdir /home/bentoml/intel && echo 0 > /home/bentoml/intel/openvino_telemetry"
    ],
)

# How long a finished micro-batch may wait until the event loop's thread gives up the GIL.
# Python's default is 5 ms (sys.setswitchinterval).
_SWITCH_S = 0.0005

# How long a shutdown waits for a collector of spans after the last answer.
_LAST_SPANS_S = 1.0

try:
    SETTINGS = ServingSettings.from_environment()
    TRACING = Tracing.from_environment()
    DOOR = Door(SETTINGS)
    if (file := feedback_file(SETTINGS)) is not None:
        file.check()
except SentimentError as error:
    sys.exit(f"error: {printable(str(error))}")
except Exception as error:
    sys.exit(f"error: {printable(in_one_line(error))}")

if SETTINGS.log_format == "json":
    use_json()
bracket_addresses_in_logs()

# None in every process but a worker of `bentoml serve`: in its parent, or on `bentoml build`.
ORIGIN = Origin.from_environment()
if ORIGIN is None:
    end_on_hangup()
    check_certificate_options(check_certificate)
    supervise(SETTINGS.max_restarts)
else:
    work_without_folders()
    build_schema_once()
    keep_metrics_in_memory()
    end_with(ORIGIN.parent)


def load_model() -> LoadedModel:
    """Load the model: the one inside the Bento, else the one that the settings name."""
    threads = SETTINGS.threads or default_threads(ORIGIN.workers if ORIGIN else 1)
    return load(store.find(tag_to_serve()), SETTINGS.model_copy(update={"threads": threads}))


def tag_to_serve() -> str:
    """Return the tag to serve; a Bento serves the model it was built with and no other."""
    inside = model_of_bento(Sentiment)
    if inside is None:
        return SETTINGS.model
    if "model" in SETTINGS.model_fields_set and SETTINGS.model != inside:
        raise UsageError(
            f"SENTIMENT_MODEL is {SETTINGS.model!r}, but this Bento holds {inside}.",
            "Unset it, or build a Bento with that model.",
        )
    return inside


def metrics_of_worker() -> Metrics:
    """Return empty metrics, which say how often the worker was restarted, and which it is."""
    if ORIGIN is None:
        return Metrics()
    metrics = Metrics(worker=bentoml.server_context.worker_index if ORIGIN.workers > 1 else None)
    metrics.restarted(ORIGIN.restarts)
    return metrics


MODEL_SERVER = ModelServer(SETTINGS, load_model)
WATCHDOG = Watchdog()
FREED_MEMORY = FreedMemory()


@bentoml.service(
    name=MODEL_NAME,
    image=_IMAGE,
    traffic={"timeout": _BENTOML_TIMEOUT_S},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
@declare(ROUTES, MODEL_SERVER)
class Sentiment:
    """Calibrated text classification with adaptive batching."""

    model = store.ModelReference(SETTINGS.model)

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """Begin to load the model; `/readyz` tells when it can answer."""
        logging.getLogger("sentiment").setLevel(logging.INFO)
        sys.setswitchinterval(_SWITCH_S)
        MODEL_SERVER.start(metrics_of_worker())
        if ORIGIN is not None:  # somebody would start another
            WATCHDOG.watch(asyncio.get_running_loop())
        FREED_MEMORY.start()
        if TRACING is not None:
            TRACING.start()
        connections = answer_before_bentoml(MODEL_SERVER, DOOR, TRACING)
        DOOR.start()
        renew_certificate_when_changed()
        drain_on_signals(MODEL_SERVER, connections, SETTINGS.drain_seconds)
        bound_log_lines()
        if ORIGIN is None or (ORIGIN.restarts == 0 and bentoml.server_context.worker_index == 1):
            logging.getLogger("sentiment.access").warning(DOOR.notice())

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """Answer the requests that were accepted, then stop."""
        await MODEL_SERVER.close()
        if TRACING is not None:
            await asyncio.to_thread(TRACING.close, _LAST_SPANS_S)
        WATCHDOG.stop()
        FREED_MEMORY.stop()
        await DOOR.stop()


Sentiment.add_asgi_middleware(  # type: ignore[attr-defined]
    ApiMiddleware, model_server=MODEL_SERVER, door=DOOR, tracing=TRACING
)
