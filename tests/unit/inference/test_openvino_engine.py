"""How many micro-batches OpenVINO computes at once."""

from pathlib import Path

import pytest

from sentiment.inference.openvino_engine import default_streams, parameters_in


@pytest.mark.parametrize(
    ("parameters", "threads", "streams"),
    [(22_000_000, 2, 2), (22_000_000, 16, 16), (110_000_000, 2, 1), (110_000_000, 16, 4)],
)
def test_a_large_encoder_gets_fewer_streams(parameters: int, threads: int, streams: int) -> None:
    assert default_streams(parameters, threads) == streams


@pytest.mark.parametrize(("precision", "parameters"), [("int8", 400), ("bf16", 100), ("fp32", 100)])
def test_parameters_are_told_by_the_size_of_the_weights(
    tmp_path: Path, precision: str, parameters: int
) -> None:
    (tmp_path / "model.bin").write_bytes(bytes(400))
    assert parameters_in(tmp_path / "model.xml", precision) == parameters
