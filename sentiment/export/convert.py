"""From torch to ONNX and OpenVINO in fp32; nothing here decides what ships.

The inputs are token ids and attention mask, both int64 of shape (texts, tokens). The
output is the logits, not divided by the temperature.
"""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sentiment.export.first_token import keep_first_token
from sentiment.inference import pooled_classifier
from sentiment.inference.engine import pad

INPUTS = ("input_ids", "attention_mask")
_OPSET = 17  # the first with LayerNormalization as one operator


def to_onnx(folder: Path, file: Path) -> int:
    """Write the model in `folder` as ONNX fp32; return what `keep_first_token` returns."""
    import onnx
    import torch
    from transformers import AutoModelForSequenceClassification

    pooled_classifier.register()
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()

    class Logits(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        """The model with positional inputs and one plain output."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    # Any two texts of different length will do for tracing.
    ids, mask = (torch.from_numpy(array) for array in pad([[5] * 9, [5] * 7], 0))
    axes = {name: {0: "texts", 1: "tokens"} for name in INPUTS} | {"logits": {0: "texts"}}
    with quiet(), torch.inference_mode():
        torch.onnx.export(
            Logits(),
            (ids, mask),
            file,
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
    exported = onnx.load(file)
    narrowed = keep_first_token(exported)
    onnx.checker.check_model(exported)
    onnx.save(exported, file)
    return narrowed


def to_openvino(source: Path, file: Path) -> None:
    """Convert an ONNX fp32 model to OpenVINO's own format, with weights in fp32."""
    import openvino

    openvino.save_model(openvino.Core().read_model(source), file, compress_to_fp16=False)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress the exporters' output and warnings, which are about their own code.

    NNCF's telemetry is switched off as well, so that training sends no usage data.
    """
    os.environ.setdefault("NNCF_CI", "1")  # NNCF sends no telemetry from CI
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), open(os.devnull, "w") as devnull:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(devnull):
                yield
    finally:
        logging.disable(before)
