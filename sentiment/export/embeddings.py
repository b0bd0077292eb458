"""Looks an embedding up before it is scaled, so that its table stays int8 in memory.

A quantised table is int8 in the file, but it is scaled before the lookup, in the
same way for every text. So OpenVINO scales the whole table once, on loading, and
holds it in fp32, four times as large, in each compiled model. If row and scale are
looked up first and then multiplied, nothing can be computed in advance, and every
result stays the same. That saves 110 MB (docs/benchmarks.md).
"""

from typing import Any


def look_up_before_scaling(model: Any) -> int:
    """Rewrite the lookups in quantised tables of an OpenVINO model, in place.

    Returns how many there were. A lookup is rewritten if it selects rows of a constant
    table that is converted and multiplied by one scale per row.
    """
    from openvino import opset13 as operators

    rewritten = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Gather" or _axis(node) != 0:
            continue
        scaled = node.input_value(0).get_node()
        numbers = _operand(scaled, "Multiply", 0)
        table = _operand(numbers, "Convert", 0)
        scale = _operand(scaled, "Multiply", 1)
        if _type(table) != "Constant" or _type(scale) != "Constant" or not _by_row(table, scale):
            continue
        rows, axis = node.input_value(1), node.input_value(2)
        looked_up = operators.convert(
            operators.gather(table, rows, axis), node.get_output_element_type(0)
        )
        scales = operators.gather(scale, rows, axis)
        result = operators.multiply(looked_up, scales)
        result.set_friendly_name(node.get_friendly_name())
        node.output(0).replace(result.output(0))
        rewritten += 1
    return rewritten


def _axis(gather: Any) -> int | None:
    """Return a Gather's axis, if it is a constant."""
    node = gather.input_value(2).get_node()
    return int(node.get_data().item()) if _type(node) == "Constant" else None


def _operand(node: Any, kind: str, place: int) -> Any:
    """Return the node that computes an input of `node`, or None if `node` is no `kind`."""
    return node.input_value(place).get_node() if _type(node) == kind else None


def _type(node: Any) -> str:
    return "" if node is None else str(node.get_type_name())


def _by_row(table: Any, scale: Any) -> bool:
    rows, _ = table.get_output_shape(0)
    return list(scale.get_output_shape(0)) == [rows, 1]
