"""Computes of the last layer only what the answer needs: the first token.

A classifier reads the first token of the last layer and nothing else of it. So
its query, its feed-forward block and its norms are computed for one token, and
only keys and values for all: 10 of the 12 h² multiplications that a token costs
in a layer fall away in the last one, and the logits stay what they were. Works
on the ONNX graph of any encoder: the selection is carried upwards through the
operators that treat tokens alike, as far as nobody needs the other tokens.
"""

from collections import defaultdict
from typing import Any

import numpy as np

_ELEMENTWISE = {"Add", "Sub", "Mul", "Div", "Pow", "Erf", "Tanh", "Sqrt", "Where", "Relu", "Cast"}
_ALONG_THE_LAST_AXIS = {"LayerNormalization", "Softmax"}

Axis = int | None
"""The axis of which the first entry is enough; None where all of a tensor is needed."""


def keep_first_token(model: Any) -> int:
    """Narrow the last layer of an ONNX model, in place; return how many tensors were narrowed.

    Logits stay equal but for rounding. 0 where no first token is selected, or
    where its layer does something unknown to all tokens.
    """
    import onnx

    inferred = onnx.shape_inference.infer_shapes(model)
    graph = _Graph(model.graph, _ranks(inferred.graph))
    for node, axes in graph.plan():
        for place, axis in enumerate(axes):
            if axis is not None and node.input[place] not in graph.narrow:
                node.input[place] = graph.sliced(node.input[place], axis)
            elif axis is None and node.op_type == "Reshape" and place == 1:
                node.input[place] = graph.constant(graph.narrow_shape(node))
    _sort(model.graph, graph.slices)
    return len(graph.narrow)


class _Graph:
    """What is known of a graph: ranks, constants, and who needs how much of a tensor."""

    def __init__(self, graph: Any, ranks: dict[str, int]) -> None:
        self._graph = graph
        self._ranks = ranks
        self._makers = {output: node for node in graph.node for output in node.output}
        self.narrow: set[str] = set()
        self.slices: dict[tuple[str, int], Any] = {}

    def plan(self) -> list[tuple[Any, list[Axis]]]:
        """Return the nodes that need less than all of an input, with the axis for each input.

        Goes from the outputs to the inputs, so that whatever reads a tensor has
        been asked before it is decided.
        """
        demands: dict[str, set[Axis]] = defaultdict(set)
        for output in self._graph.output:
            demands[output.name].add(None)
        plan = []
        for node in reversed(self._graph.node):
            axes = self._axes(node, demands[node.output[0]])
            for tensor, axis in zip(node.input, axes, strict=True):
                demands[tensor].add(axis)
            if any(axis is not None for axis in axes):
                plan.append((node, axes))
        return plan

    def _axes(self, node: Any, wanted: set[Axis]) -> list[Axis]:
        """Return what a node needs of each input when its readers want no more than `wanted`."""
        everything: list[Axis] = [None] * len(node.input)
        if node.op_type == "Gather" and self._selects_first(node):
            return [1, None]
        axis = next(iter(wanted)) if len(wanted) == 1 else None
        rank = self._ranks.get(node.output[0], -1)
        if axis is None or rank < 0 or any(each not in self._ranks for each in node.input):
            return everything
        axes = self._through(node, axis, rank)
        if axes is None:
            return everything
        self.narrow.add(node.output[0])
        return axes

    def _through(self, node: Any, axis: int, rank: int) -> list[Axis] | None:
        """Return the axes of a node's inputs that become `axis` of its output, if known."""
        ranks = [self._ranks[each] for each in node.input]
        if node.op_type in _ELEMENTWISE:  # operands are aligned at their last axes
            own = [each - rank + axis for each in ranks]
            return [place if place >= 0 else None for place in own]
        along_last = _attribute(node, "axis", -1) in (-1, rank - 1)
        if node.op_type in _ALONG_THE_LAST_AXIS and along_last and axis < rank - 1:
            return [axis, *[None] * (len(ranks) - 1)]
        if node.op_type == "MatMul" and axis == rank - 2:
            return [ranks[0] - 2, None]
        if node.op_type == "Transpose":
            return [_attribute(node, "perm")[axis]]
        if node.op_type == "Reshape" and axis == 1 and self.narrow_shape(node):
            return [1, None]
        return None

    def _selects_first(self, node: Any) -> bool:
        data, index = node.input
        return (
            self._ranks.get(data) == 3
            and _attribute(node, "axis", 0) == 1
            and self._values(index) == [0]
        )

    def narrow_shape(self, node: Any) -> list[int]:
        """Return (same, 1, …) for a reshape that regroups what follows (texts, tokens)."""
        shape = self._makers.get(node.input[1])
        if shape is None or shape.op_type != "Concat":
            return []
        computed = [self._values(each) for each in shape.input]
        rest = [value for values in computed[2:] for value in values]
        return [0, 1, *rest] if computed[:2] == [[], []] and len(rest) == len(computed) - 2 else []

    def sliced(self, tensor: str, axis: int) -> str:
        """Return the name of `tensor` with only the first entry of `axis`."""
        import onnx

        name = f"{tensor}_first_{axis}"
        if (tensor, axis) not in self.slices:
            inputs = [tensor, *(self.constant([value]) for value in (0, 1, axis))]
            self.slices[tensor, axis] = onnx.helper.make_node("Slice", inputs, [name])
        return name

    def constant(self, values: list[int]) -> str:
        """Return the name of a constant vector of int64, made if need be."""
        import onnx

        name = "first_token_" + "_".join(map(str, values))
        if all(each.name != name for each in self._graph.initializer):
            array = np.asarray(values, dtype=np.int64)
            self._graph.initializer.append(onnx.numpy_helper.from_array(array, name))
        return name

    def _values(self, tensor: str) -> list[int]:
        """Return the values of a small constant; empty for what is computed."""
        import onnx

        maker = self._makers.get(tensor)
        if maker is None or maker.op_type != "Constant":
            return []
        array = onnx.numpy_helper.to_array(_attribute(maker, "value"))
        return [int(value) for value in np.atleast_1d(array)]


def _sort(graph: Any, slices: dict[tuple[str, int], Any]) -> None:
    """Put each new slice right after the node that makes what it slices."""
    waiting: dict[str, list[Any]] = defaultdict(list)
    for (tensor, _), node in slices.items():
        waiting[tensor].append(node)
    made = {output for node in graph.node for output in node.output}
    nodes = [node for tensor, found in waiting.items() if tensor not in made for node in found]
    for node in graph.node:
        nodes.append(node)
        nodes += [new for output in node.output for new in waiting[output]]
    del graph.node[:]
    graph.node.extend(nodes)


def _ranks(graph: Any) -> dict[str, int]:
    known = {each.name: len(each.dims) for each in graph.initializer}
    for each in [*graph.value_info, *graph.input, *graph.output]:
        if each.type.tensor_type.HasField("shape"):
            known[each.name] = len(each.type.tensor_type.shape.dim)
    return known


def _attribute(node: Any, name: str, default: Any = None) -> Any:
    import onnx

    for each in node.attribute:
        if each.name == name:
            return onnx.helper.get_attribute_value(each)
    return default
