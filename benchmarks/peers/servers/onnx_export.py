"""Exports the model to ONNX and quantises it to int8, as ONNX Runtime's documentation shows.

python -m benchmarks.peers.servers.onnx_export MODEL_FOLDER WORK_FOLDER
"""

import sys
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def export(folder: Path, work: Path) -> None:
    """Write `model.onnx` and `model-int8.onnx` into `work`."""
    # Eager attention, because the graph of the fused one is an eighth slower in ONNX Runtime.
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    example = AutoTokenizer.from_pretrained(folder)("A text.", return_tensors="pt")
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        model,
        (example["input_ids"], example["attention_mask"]),
        work / "model.onnx",
        input_names=names,
        output_names=["logits"],
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
        opset_version=17,
        dynamo=False,
    )
    # Weights have 7 bits: with 8, sums saturate on CPUs without VNNI. It is as fast.
    quantize_dynamic(
        work / "model.onnx",
        work / "model-int8.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
