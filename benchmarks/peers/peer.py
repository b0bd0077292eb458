"""The peers: how each is started and asked, and how its replies are read.

All serve the same stored model on all cores. Those that batch do so with at most 32
texts, and wait at most 5 ms for them if that can be set. The reason for each choice is
beside it, here or in `servers/`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

_REQUIREMENTS = Path(__file__).parent / "requirements"
_BENTOML = (
    *("{bin}/bentoml", "serve", "benchmarks.peers.servers.bentoml_batching:Front"),
    *("--host", "127.0.0.1", "--port", "{port}"),
)


def _text(text: str) -> bytes:
    return json.dumps({"text": text}).encode()


def _probability(reply: Any) -> float:
    return float(reply["probabilities"]["positive"])


@dataclass(frozen=True)
class Peer:
    """A server to compare with.

    In `start`, `prepare` and `variables`, `{python}` is the environment's Python,
    `{bin}` the folder it lies in, `{model}` the stored model's folder, `{work}` a
    folder for the peer's own files and `{port}` the port to listen on.
    """

    name: str
    title: str
    short: str
    """A shorter title, for the chart."""
    packages: tuple[str, ...]
    """The packages whose versions matter."""
    start: tuple[str, ...]
    installs: str = ""
    """The name of the peer whose environment it runs in, if that is not its own."""
    prepare: tuple[str, ...] = ()
    """A command to run before each start; it writes into the work folder."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables in addition to those that all peers get."""
    ready: str = "/ready"
    """Path that answers GET with 200 once the server can answer."""
    route: str = "/predict"
    body: Callable[[str], bytes] = _text
    """Makes the JSON body of a POST to `route` from a text."""
    positive: Callable[[Any], float] = _probability
    """Finds the probability of `positive` in a reply's JSON."""
    tolerance: float = 0.02
    """The largest difference allowed from what torch computes in fp32 without a temperature."""

    @property
    def requirements(self) -> Path:
        """The requirements file that its environment is installed from."""
        return _REQUIREMENTS / f"{self.environment_name}.txt"

    @property
    def environment_name(self) -> str:
        """The name of its environment."""
        return self.installs or self.name

    def command(self, python: Path, model_folder: Path, work: Path, port: int) -> list[str]:
        """Return the command line that serves the model on `port`."""
        return [self._fill(word, python, model_folder, work, port) for word in self.start]

    def preparation(self, python: Path, model_folder: Path, work: Path) -> list[str]:
        """Return the command line to run before the start, or an empty list."""
        return [self._fill(word, python, model_folder, work, 0) for word in self.prepare]

    def environment(
        self, python: Path, model_folder: Path, work: Path, port: int
    ) -> dict[str, str]:
        """Return the environment variables that the command needs."""
        return {
            name: self._fill(value, python, model_folder, work, port)
            for name, value in self.variables.items()
        }

    @staticmethod
    def _fill(word: str, python: Path, model: Path, work: Path, port: int) -> str:
        return word.format(python=python, bin=python.parent, model=model, work=work, port=port)


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return ("{python}", "-m", f"benchmarks.peers.servers.{name}", *arguments)


def _infinity_body(text: str) -> bytes:
    return json.dumps({"model": "sentiment", "input": [text]}).encode()


def _infinity_positive(reply: Any) -> float:
    (scores,) = reply["data"]
    return next(float(entry["score"]) for entry in scores if entry["label"] == "positive")


def _mlserver_body(text: str) -> bytes:
    # With this name the texts of a batch become one list. With "args", the documentation's
    # example, each text becomes an argument of its own, and a batch of more than one fails.
    content = {"name": "array_inputs", "shape": [1], "datatype": "BYTES", "data": [text]}
    return json.dumps({"inputs": [content]}).encode()


def _mlserver_positive(reply: Any) -> float:
    best = json.loads(reply["outputs"][0]["data"][0])  # only the more probable label is returned
    score = float(best["score"])
    return score if best["label"] == "positive" else 1 - score


_ONNXRUNTIME = Peer(
    name="onnxruntime",
    title="FastAPI, ONNX Runtime int8, one text a request",
    short="FastAPI + ONNX int8",
    packages=("fastapi", "onnxruntime"),
    prepare=_module("onnx_export", "{model}", "{work}"),
    start=_module("onnx_int8", "{model}", "{work}", "{port}"),
    tolerance=0.15,  # dynamic int8: up to 0.125 on 128 reviews, 0.018 on average
)

PEERS = (
    Peer(
        name="naive",
        title="FastAPI, torch fp32, one text a request",
        short="FastAPI + torch fp32",
        packages=("fastapi", "torch", "transformers"),
        start=_module("naive", "{model}", "{port}"),
    ),
    _ONNXRUNTIME,
    replace(
        _ONNXRUNTIME,
        name="onnxruntime-tuned",
        title="FastAPI, ONNX Runtime int8, one thread a text, no more texts at once than cores",
        short="FastAPI + ONNX int8, tuned",
        installs=_ONNXRUNTIME.name,
        variables={"THREADS": "1"},
    ),
    Peer(
        name="bentoml-openvino",
        title="BentoML's batching, our OpenVINO engine (calibrated)",
        short="BentoML + OpenVINO int8",
        packages=("bentoml", "openvino"),
        start=_BENTOML,
        variables={"ENGINE": "openvino", "MODEL_FOLDER": "{model}", "BENTOML_HOME": "{work}"},
        ready="/readyz",
        tolerance=0.1,  # static int8 and a temperature: up to 0.056 on 256 reviews
    ),
    Peer(
        name="bentoml-torch",
        title="BentoML's batching, torch fp32",
        short="BentoML + torch fp32",
        packages=("bentoml", "torch", "transformers"),
        start=_BENTOML,
        variables={"ENGINE": "torch", "MODEL_FOLDER": "{model}", "BENTOML_HOME": "{work}"},
        ready="/readyz",
    ),
    Peer(
        name="litserve",
        title="LitServe, torch fp32",
        short="LitServe + torch fp32",
        packages=("litserve", "torch", "transformers"),
        start=_module("litserve_torch", "{model}", "{port}"),
        ready="/health",
    ),
    Peer(
        name="ray-serve",
        title="Ray Serve, torch fp32",
        short="Ray Serve + torch fp32",
        packages=("ray", "torch", "transformers"),
        start=_module("ray_serve", "{model}", "{port}"),
        variables={
            "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",  # as its performance guide recommends
            # Its processes communicate over the loopback interface, as on Windows and macOS.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        },
        ready="/predict",
    ),
    Peer(
        name="infinity",
        title="infinity, torch fp32",
        short="infinity + torch fp32",
        packages=("infinity-emb", "torch", "transformers"),
        start=(
            *("{bin}/infinity_emb", "v2", "--model-id", "{model}"),
            *("--served-model-name", "sentiment", "--engine", "torch", "--device", "cpu"),
            *("--dtype", "float32", "--batch-size", "32", "--log-level", "warning"),
            *("--host", "127.0.0.1", "--port", "{port}"),
        ),
        ready="/health",
        route="/classify",
        body=_infinity_body,
        positive=_infinity_positive,
    ),
    Peer(
        name="mlserver",
        title="MLServer's Hugging Face runtime, torch fp32",
        short="MLServer + torch fp32",
        packages=("mlserver", "torch", "transformers"),
        prepare=_module("mlserver_settings", "{model}", "{work}"),
        start=("{bin}/mlserver", "start", "{work}"),
        variables={
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": "{port}",
            "MLSERVER_GRPC_PORT": "0",  # it always opens one: any free port
            "MLSERVER_METRICS_PORT": "0",
            "MLSERVER_DEBUG": "false",  # no access log
        },
        ready="/v2/models/sentiment/ready",
        route="/v2/models/sentiment/infer",
        body=_mlserver_body,
        positive=_mlserver_positive,
    ),
)
