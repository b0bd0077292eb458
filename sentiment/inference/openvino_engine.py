"""The OpenVINO backend: the fastest on CPUs.

Holds the model compiled twice, over the same weights: one stream with all
threads for a micro-batch that is alone, and one stream a thread for several at
once. Streams win under load, because threads that share a small matrix
multiplication wait for each other; all threads win when nothing else is to do.
"""

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sentiment.inference.engine import Logits, pad


class OpenVINOEngine:
    """A compiled model; safe to call from `streams` threads at once."""

    def __init__(self, file: Path, precision: str, threads: int, streams: int = 0) -> None:
        """Compile the model in `file` (`.xml`); `streams` 0 gives one to each thread."""
        import openvino

        self.precision = precision
        self.threads = threads
        self.streams = min(streams or threads, threads)
        core = openvino.Core()
        # As exported: by itself OpenVINO would compute in bf16 where the CPU has it.
        exact = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": str(threads)}
        model = core.read_model(file)

        def compiled(streams: int) -> "SimpleQueue[Any]":
            parallel = core.compile_model(model, "CPU", exact | {"NUM_STREAMS": str(streams)})
            requests: SimpleQueue[Any] = SimpleQueue()
            for _ in range(streams):
                requests.put(parallel.create_infer_request())
            return requests

        self._alone = compiled(1)
        self._together = compiled(self.streams) if self.streams > 1 else self._alone

    def logits(self, batch: Sequence[Sequence[int]], alone: bool = False) -> Logits:
        """Return float32 logits of shape (texts, labels)."""
        ids, mask = pad(batch, 0)  # what stands under the mask does not matter
        requests = self._alone if alone else self._together
        request = requests.get()
        try:
            request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
            result: Logits = request.get_output_tensor(0).data.copy()
        finally:
            requests.put(request)
        return result

    def describe(self) -> dict[str, Any]:
        """Return what is in use, for the log, `GET /model` and the report."""
        return {
            "backend": "openvino",
            "device": "cpu",
            "precision": self.precision,
            "threads": self.threads,
            "streams": self.streams,
        }
