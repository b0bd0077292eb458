"""The torch backend: any encoder that transformers loads, on CPU or CUDA.

Attention is torch's fused scaled-dot-product attention. In fp32 a text's probabilities
do not depend on the batch it was in; bf16 is for CUDA devices. Batching, the threads
that call the engine, and calibration are elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path

from sentiment.allocator import keep_freed_memory
from sentiment.errors import UsageError
from sentiment.inference import pooled_classifier
from sentiment.inference.engine import Engine, Logits, pad
from sentiment.schema import EngineInfo
from sentiment.settings import Device


class TorchEngine(Engine):
    """A transformers sequence classifier in evaluation mode."""

    streams = 1

    def __init__(
        self, folder: Path, device: Device = "auto", threads: int = 0, precision: str = "fp32"
    ) -> None:
        """Load the model in `folder`; `threads` 0 takes the cores the process may use.

        Raises `UsageError` when CUDA is asked for and not available.
        """
        import torch
        from transformers import AutoModelForSequenceClassification, logging

        logging.disable_progress_bar()
        self._torch = torch
        self.device = pick_device(device)
        keep_freed_memory()
        if threads:
            torch.set_num_threads(threads)
        pooled_classifier.register()
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
        self.precision = precision
        model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype)
        self._model = model.to(self.device).eval()
        self._pad_id: int = model.config.pad_token_id or 0

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return float32 logits of shape (texts, labels)."""
        torch = self._torch
        ids, mask = (torch.from_numpy(array).to(self.device) for array in pad(batch, self._pad_id))
        with torch.inference_mode():
            output = self._model(input_ids=ids, attention_mask=mask)
        result: Logits = output.logits.float().cpu().numpy()
        return result

    def describe(self) -> EngineInfo:
        """Return what is in use, for the log, `GET /model` and the report."""
        return EngineInfo(
            backend="torch",
            device=self.device,
            precision=self.precision,
            float=self.precision,
            threads=self._torch.get_num_threads(),
            streams=self.streams,
        )


def pick_device(device: Device) -> str:
    """Return `cpu` or `cuda`; raise `UsageError` for a CUDA device that is not there."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "CUDA was asked for, but torch finds no CUDA device.",
            "Use --device cpu, or install a CUDA build of torch.",
        )
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
