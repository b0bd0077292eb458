"""The last layer is computed for one token, and only where nobody reads the others."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from sentiment.export.first_token import keep_first_token

WEIGHTS = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)


def model(nodes: list[onnx.NodeProto], outputs: dict[str, list[int | str]]) -> onnx.ModelProto:
    """Return a model of `x` (texts, tokens, 4) with the constants that tests need."""
    constants = [
        onnx.numpy_helper.from_array(WEIGHTS, "w"),
        onnx.numpy_helper.from_array(np.ones(4, dtype=np.float32), "b"),
    ]
    index = helper.make_node(
        "Constant", [], ["zero"], value=onnx.numpy_helper.from_array(np.asarray(0))
    )
    graph = helper.make_graph(
        [index, *nodes],
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["texts", "tokens", 4])],
        [helper.make_tensor_value_info(name, 1, shape) for name, shape in outputs.items()],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def block(source: str, name: str) -> list[onnx.NodeProto]:
    """Return a dense layer with a residual and a norm: tokens stay apart."""
    return [
        helper.make_node("MatMul", [source, "w"], [f"{name}_dense"]),
        helper.make_node("Add", [f"{name}_dense", source], [f"{name}_sum"]),
        helper.make_node("LayerNormalization", [f"{name}_sum", "b"], [name], axis=-1),
    ]


def select(source: str, output: str = "y") -> onnx.NodeProto:
    return helper.make_node("Gather", [source, "zero"], [output], axis=1)


def attention() -> list[onnx.NodeProto]:
    """Return attention of one head, without scale."""
    return [
        helper.make_node("MatMul", ["x", "w"], ["q"]),
        helper.make_node("Transpose", ["x"], ["k"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["q", "k"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["shares"], axis=-1),
        helper.make_node("MatMul", ["shares", "x"], ["mixed"]),
    ]


Y: dict[str, list[int | str]] = {"y": ["texts", 4]}
CASES = {
    "tokens apart": (model([*block("x", "h"), select("h")], Y), 3),
    "attention": (model([*attention(), *block("mixed", "h"), select("h")], Y), 7),
    "all read elsewhere": (
        model([*block("x", "h"), select("h")], Y | {"h": ["texts", "tokens", 4]}),
        0,
    ),
    "a mean over tokens": (
        model(
            [
                helper.make_node("Softmax", ["x"], ["s"], axis=1),
                *block("s", "h"),
                select("h"),
            ],
            Y,
        ),
        3,
    ),
    "nothing selected": (model(block("x", "h"), {"h": ["texts", "tokens", 4]}), 0),
}


@pytest.mark.parametrize(("before", "narrowed"), CASES.values(), ids=CASES)
def test_it_narrows_what_it_may_and_answers_the_same(
    before: onnx.ModelProto, narrowed: int
) -> None:
    after = onnx.ModelProto()
    after.CopyFrom(before)
    assert keep_first_token(after) == narrowed
    onnx.checker.check_model(after)
    x = np.random.default_rng(1).normal(size=(3, 5, 4)).astype(np.float32)
    answers = [
        onnxruntime.InferenceSession(each.SerializeToString()).run(None, {"x": x})
        for each in (before, after)
    ]
    for wanted, found in zip(*answers, strict=True):
        assert np.allclose(found, wanted, atol=1e-6)


def test_the_last_layer_multiplies_one_token(
    classifier: Callable[[str], Path], tmp_path: Path
) -> None:
    from sentiment.export.convert import to_onnx

    to_onnx(classifier("bert"), tmp_path / "model.onnx")
    exported = onnx.load(tmp_path / "model.onnx")
    slices = [node for node in exported.graph.node if node.op_type == "Slice"]
    assert any("_first_1" in node.output[0] for node in slices)
