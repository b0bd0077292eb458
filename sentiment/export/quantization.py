"""From fp32 to int8 after training; nothing here decides what ships."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from sentiment.export.convert import INPUTS, quiet
from sentiment.export.embeddings import look_up_before_scaling
from sentiment.inference.engine import pad
from sentiment.inference.signal_stack import kept_signal_stack

Ids = Sequence[Sequence[int]]
"""Texts as token ids."""

_SMOOTH_QUANT_ALPHA = 0.9  # has the least error of 0.5, 0.8, 0.9 and NNCF's 0.95
_DOWN_PROJECTION = re.compile(r"(?<!attention)/(output/dense|ffn/lin2)/MatMul")  # BERT, DistilBERT


class Fp32Part(Enum):
    """Matrix products that are left in fp32."""

    NONE = "none"
    DOWN_PROJECTIONS = "down-projections"
    """Those that end a feed-forward block: their inputs have the widest range."""
    LOWER_HALF = "lower half"
    """Those of the first half of the model: errors made early grow the most."""


@dataclass(frozen=True)
class QuantizationMethod:
    """A way to quantise an OpenVINO model with NNCF."""

    name: str
    """What cards and the terminal call it."""
    smooth_quant: bool = False
    """Moves the range of activations into the weights (Xiao et al., ICML 2023)."""
    overflow_fix: bool = False
    """Weights have 7 bits, because sums of 8-bit products saturate on CPUs without VNNI."""
    fp32_part: Fp32Part = Fp32Part.NONE
    weights_only: bool = False
    """Activations stay in floating point, so no texts are needed."""


INT8_METHODS = (
    QuantizationMethod("static, SmoothQuant", smooth_quant=True),
    QuantizationMethod("static"),
    QuantizationMethod(
        "static, SmoothQuant, down-projections fp32",
        smooth_quant=True,
        fp32_part=Fp32Part.DOWN_PROJECTIONS,
    ),
    QuantizationMethod("static, SmoothQuant, overflow fix", smooth_quant=True, overflow_fix=True),
    QuantizationMethod(
        "static, SmoothQuant, overflow fix, lower half fp32",
        smooth_quant=True,
        overflow_fix=True,
        fp32_part=Fp32Part.LOWER_HALF,
    ),
    QuantizationMethod("weights only", weights_only=True),
)
"""The ways to int8, fastest first: the first that passes the parity check is kept."""


def to_onnx_int8(source: Path, file: Path) -> None:
    """Quantise ONNX fp32 dynamically: int8 weights per channel, activations at run time.

    Weights have 7 bits, because sums of 8-bit products saturate on CPUs without VNNI.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with quiet():
        quantize_dynamic(
            source, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )


def to_openvino_int8(source: Path, file: Path, texts: Ids, method: QuantizationMethod) -> None:
    """Quantise OpenVINO fp32, with the ranges that activations have on `texts`."""
    with quiet(), kept_signal_stack():
        import nncf
        import openvino

        model = openvino.Core().read_model(source)
        if method.weights_only:
            mode = nncf.CompressWeightsMode.INT8_SYM
            quantised = nncf.compress_weights(model, mode=mode)
        else:
            quantised = nncf.quantize(
                model,
                nncf.Dataset(texts, lambda ids: dict(zip(INPUTS, pad([ids], 0), strict=True))),
                model_type=nncf.ModelType.TRANSFORMER,
                subset_size=len(texts),
                **_options(nncf, model, method),
            )
        look_up_before_scaling(quantised)
        openvino.save_model(quantised, file, compress_to_fp16=False)


def _options(nncf: Any, model: Any, method: QuantizationMethod) -> dict[str, Any]:
    """Return the arguments of `nncf.quantize` for a method."""
    advanced = nncf.AdvancedQuantizationParameters()
    alpha = _SMOOTH_QUANT_ALPHA if method.smooth_quant else -1  # -1: off
    advanced.smooth_quant_alphas = nncf.AdvancedSmoothQuantParameters(matmul=alpha)
    if method.overflow_fix:
        advanced.overflow_fix = nncf.OverflowFix.ENABLE
    options = {"advanced_parameters": advanced}
    if method.fp32_part is not Fp32Part.NONE:
        names = _products_of(model, method.fp32_part)
        options["ignored_scope"] = nncf.IgnoredScope(names=names)
    return options


def _products_of(model: Any, part: Fp32Part) -> list[str]:
    """Return the names of the matrix products in a part of the model."""
    products = [
        op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "MatMul"
    ]
    if part is Fp32Part.LOWER_HALF:
        return products[: len(products) // 2]
    return [name for name in products if _DOWN_PROJECTION.search(name)]
