"""The ONNX Runtime backend: the portable second choice on CPUs."""

from collections.abc import Sequence
from pathlib import Path

from sentiment.inference.engine import Engine, Logits, pad
from sentiment.schema import EngineInfo


class OnnxEngine(Engine):
    """An inference session; safe to call from `streams` threads at once."""

    def __init__(self, file: Path, precision: str, threads: int, streams: int = 0) -> None:
        """Load the model in `file` (`.onnx`); by default one stream with all threads."""
        import onnxruntime

        self.precision = precision
        self.threads = threads
        self.streams = min(streams or 1, threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, threads // self.streams)
        options.log_severity_level = 3  # errors
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return float32 logits of shape (texts, labels)."""
        ids, mask = pad(batch, 0)  # masked, so any id will do
        result: Logits = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return result

    def describe(self) -> EngineInfo:
        """Return what is in use, for the log, `GET /model` and the report."""
        return EngineInfo(
            backend="onnxruntime",
            device="cpu",
            precision=self.precision,
            float="fp32",
            threads=self.threads,
            streams=self.streams,
        )
