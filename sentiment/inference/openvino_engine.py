"""The OpenVINO backend: the fastest on CPUs.

A small model is compiled twice over the same weights: with one stream that has all threads,
for a micro-batch computed by itself, and with one stream per thread, for several at once.
Under load one stream per thread is faster, because threads that share a small matrix
multiplication wait for each other. For a single micro-batch all threads are faster.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sentiment import cpu
from sentiment.inference.batching import step_length
from sentiment.inference.engine import Engine, Logits, pad
from sentiment.inference.signal_stack import kept_signal_stack
from sentiment.schema import EngineInfo

_LARGE = 50_000_000  # parameters, between MiniLM's 22 million and MPNet's 110 million
_THREADS_OF_A_LARGE_STREAM = 4

# Of the kernels that a stream builds for the shapes that it meets, the last used are kept: those
# of some ten shapes. OpenVINO's own bound of 5,000 keeps them all. oneDNN, from which OpenVINO has
# them, keeps 1,024 more for the whole process, unless a variable says otherwise (its developer
# guide, "Primitive Cache"). Both together take 210 MB more and are hardly faster
# (docs/benchmarks.md).
_KEPT_KERNELS = 100
_KEPT_BY_ONEDNN = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


def default_streams(parameters: int, threads: int) -> int:
    """Return how many micro-batches to compute at once.

    One a thread for a small encoder. The matrices of a large one keep several threads busy:
    on two cores one stream answered as many texts as two, and a model that is compiled once
    takes 240 MB less and is ready 0.8 s sooner. More than two cores were not measured.
    """
    return threads if parameters < _LARGE else max(1, threads // _THREADS_OF_A_LARGE_STREAM)


def parameters_in(file: Path, precision: str) -> int:
    """Return how many parameters the weights beside `file` have, to a few per cent."""
    size = file.with_suffix(".bin").stat().st_size
    return size if precision == "int8" else size // 4


class OpenVINOEngine(Engine):
    """A compiled model; safe to call from `streams` threads at once."""

    def __init__(
        self,
        file: Path,
        precision: str,
        threads: int,
        streams: int = 0,
        max_length: int = 0,
        float_precision: str = "auto",
    ) -> None:
        """Compile the model in `file` (`.xml`); `streams` 0 is `default_streams`.

        Lengths are padded in steps up to `max_length` tokens; 0 pads to the longest. What int8
        leaves in floating point is computed in `float_precision`; auto: bf16 if the CPU has it.
        """
        import openvino

        self.precision = precision
        self.threads = threads
        chosen = streams or default_streams(parameters_in(file, precision), threads)
        self.streams = min(chosen, threads)
        # At its first use OpenVINO's binding calls numpy while it initialises a C++ static
        # (`ov_type_to_dtype`). If two threads do so at once, one can hold the static's lock and
        # wait for the GIL while the other does the reverse, as in
        # https://github.com/pybind/pybind11/pull/4877. Without this line some attempts of
        # tests/processes/inference/test_openvino_engine.py hung for ever.
        openvino.Type.i64.to_dtype()
        os.environ.setdefault(_KEPT_BY_ONEDNN, str(_KEPT_KERNELS))  # read at its first kernel
        core = openvino.Core()
        self._max_length = max_length
        # What int8 leaves in floating point is computed in bf16 where the CPU has it. That is a
        # tenth faster, and the parity check measures no difference (docs/benchmarks.md). In fp32
        # everything is computed in fp32.
        native = precision != "fp32" and float_precision == "auto" and cpu.has_bf16()
        self._float = "bf16" if native or precision == "bf16" else "fp32"
        hint = {"fp32": "f32", "bf16": "bf16"}[self._float]
        options = {
            "INFERENCE_PRECISION_HINT": hint,
            "INFERENCE_NUM_THREADS": str(threads),
            "CPU_RUNTIME_CACHE_CAPACITY": str(_KEPT_KERNELS),
        }
        model = core.read_model(file)

        def infer_requests(streams: int) -> "SimpleQueue[Any]":
            compiled = core.compile_model(model, "CPU", options | {"NUM_STREAMS": str(streams)})
            requests: SimpleQueue[Any] = SimpleQueue()
            for _ in range(streams):
                requests.put(compiled.create_infer_request())
            return requests

        with kept_signal_stack():  # this loads the plugin
            self._exclusive = infer_requests(1)
        self._shared = infer_requests(self.streams) if self.streams > 1 else self._exclusive

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return float32 logits of shape (texts, labels)."""
        # Padding is masked, so any id will do.
        ids, mask = pad(batch, 0, self.padded(max(map(len, batch))))
        requests = self._exclusive if exclusive else self._shared
        request = requests.get()
        try:
            request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
            result: Logits = request.get_output_tensor(0).data.copy()
        finally:
            requests.put(request)
        return result

    def padded(self, tokens: int) -> int:
        """Return `tokens` rounded up, so that micro-batches have few shapes."""
        return step_length(tokens, self._max_length) if self._max_length else tokens

    def describe(self) -> EngineInfo:
        """Return what is in use, for the log, `GET /model` and the report."""
        return EngineInfo(
            backend="openvino",
            device="cpu",
            precision=self.precision,
            float=self._float,
            threads=self.threads,
            streams=self.streams,
        )
