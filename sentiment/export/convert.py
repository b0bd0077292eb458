"""From torch to ONNX and OpenVINO, fp32 and int8; nothing here decides what ships.

Token ids and attention mask go in, both int64 of shape (texts, tokens); logits
come out, before any temperature.
"""

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sentiment.export.embeddings import look_up_before_scaling
from sentiment.export.first_token import keep_first_token
from sentiment.inference.engine import pad

_INPUTS = ("input_ids", "attention_mask")
_SMOOTH_QUANT_ALPHA = 0.9  # of 0.5, 0.8, 0.9 and NNCF's 0.95, the one with the least error
_DOWN_PROJECTION = re.compile(r"(?<!attention)/(output/dense|ffn/lin2)/MatMul")  # BERT, DistilBERT
_OPSET = 17  # the first with LayerNormalization as one operator

Ids = Sequence[Sequence[int]]
"""Texts as token ids."""

INT8_METHODS = (
    "static, SmoothQuant",
    "static",
    "static, SmoothQuant, down-projections fp32",  # their inputs have the widest range
    "static, SmoothQuant, overflow fix",  # sums saturate on CPUs without VNNI
    "static, SmoothQuant, overflow fix, lower half fp32",  # errors made early grow the most
    "weights only",
)
"""The ways to int8, fastest first: the first that passes the parity check is kept."""


def to_onnx(folder: Path, file: Path) -> int:
    """Write the model in `folder` as ONNX fp32; return how many tensors were narrowed."""
    import onnx
    import torch
    from transformers import AutoModelForSequenceClassification

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

    ids, mask = (torch.from_numpy(array) for array in pad([[5] * 9, [5] * 7], 0))
    axes = {name: {0: "texts", 1: "tokens"} for name in _INPUTS} | {"logits": {0: "texts"}}
    with quiet(), torch.inference_mode():
        torch.onnx.export(
            Logits(),
            (ids, mask),
            file,
            input_names=list(_INPUTS),
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


def to_onnx_int8(source: Path, file: Path) -> None:
    """Quantise ONNX fp32 dynamically: int8 weights by channel, activations as they come.

    Weights have 7 bits, because with 8 the sums saturate on CPUs without VNNI.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with quiet():
        quantize_dynamic(
            source, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )


def to_openvino(source: Path, file: Path) -> None:
    """Write ONNX fp32 as OpenVINO's own format, weights in fp32."""
    import openvino

    openvino.save_model(openvino.Core().read_model(source), file, compress_to_fp16=False)


def to_openvino_int8(source: Path, file: Path, texts: Ids, method: str) -> None:
    """Quantise OpenVINO fp32 after training, with activations seen on `texts`."""
    with quiet():
        import nncf
        import openvino

        model = openvino.Core().read_model(source)
        if method == "weights only":
            mode = nncf.CompressWeightsMode.INT8_SYM
            quantised = nncf.compress_weights(model, mode=mode)
        else:
            quantised = nncf.quantize(
                model,
                nncf.Dataset(texts, lambda ids: dict(zip(_INPUTS, pad([ids], 0), strict=True))),
                model_type=nncf.ModelType.TRANSFORMER,
                subset_size=len(texts),
                **_options(nncf, model, method),
            )
        look_up_before_scaling(quantised)
        openvino.save_model(quantised, file, compress_to_fp16=False)


def _options(nncf: Any, model: Any, method: str) -> dict[str, Any]:
    """Return what NNCF is told for one of `INT8_METHODS`."""
    advanced = nncf.AdvancedQuantizationParameters()
    alpha = _SMOOTH_QUANT_ALPHA if "SmoothQuant" in method else -1
    advanced.smooth_quant_alphas = nncf.AdvancedSmoothQuantParameters(matmul=alpha)
    if "overflow fix" in method:
        advanced.overflow_fix = nncf.OverflowFix.ENABLE
    options = {"advanced_parameters": advanced}
    products = [
        op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "MatMul"
    ]
    if "lower half fp32" in method:
        options["ignored_scope"] = nncf.IgnoredScope(names=products[: len(products) // 2])
    if "down-projections fp32" in method:
        names = [name for name in products if _DOWN_PROJECTION.search(name)]
        options["ignored_scope"] = nncf.IgnoredScope(names=names)
    return options


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep exporters from filling the terminal: their warnings are about their own code.

    Telemetry of NNCF is off, too: a training run tells nobody of itself.
    """
    os.environ.setdefault("NNCF_CI", "1")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(nowhere):
                yield
    finally:
        logging.disable(before)
