"""Engines in processes of their own: first inferences at once, and signals afterwards."""

from pathlib import Path

import numpy as np
import openvino
import openvino.opset13 as ops
import pytest

from tests.support.processes import python

FIRST_AT_ONCE = """\
import sys, threading
from pathlib import Path
from sentiment.inference.openvino_engine import OpenVINOEngine

engine = OpenVINOEngine(Path(sys.argv[1]), "fp32", threads=2, streams=2)
sys.setswitchinterval(1e-6)  # as often as can be, so that the threads meet
start = threading.Barrier(2)

def first():
    start.wait()
    engine.logits([[1, 2]])

threads = [threading.Thread(target=first) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


SIGNAL_AFTERWARDS = """\
import signal, sys, threading
from pathlib import Path
from sentiment.inference.openvino_engine import OpenVINOEngine

engines = [OpenVINOEngine(Path(sys.argv[1]), "fp32", threads=1)]
thread = threading.Thread(target=engines.clear)
thread.start()
thread.join()
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
signal.raise_signal(signal.SIGUSR1)
"""


MANY_SHAPES = """\
import sys
from pathlib import Path
from sentiment.inference.openvino_engine import OpenVINOEngine

engine = OpenVINOEngine(Path(sys.argv[1]), "fp32", threads=1)

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

def meet(lengths):
    for length in lengths:
        engine.logits([[1] * length])

meet(range(1, 201))
before = resident()
meet(range(201, 801))
print(resident() - before)
"""


def encoder_inputs() -> list[openvino.Node]:
    """Return the inputs that every encoder has: ids and mask, of shape (texts, tokens)."""
    inputs = []
    for name in ("input_ids", "attention_mask"):
        inputs.append(ops.parameter([-1, -1], np.int64, name=name))
        inputs[-1].output(0).set_names({name})
    return inputs


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that adds up the ids of a text."""
    inputs = encoder_inputs()
    total = ops.reduce_sum(ops.multiply(*inputs), ops.constant([1]), keep_dims=True)
    file = tmp_path_factory.mktemp("sum") / "model.xml"
    openvino.save_model(openvino.Model([ops.convert(total, "f32")], inputs, "sum"), file)
    return file


@pytest.mark.parametrize("attempt", range(6))
def test_first_inferences_at_once_do_not_wait_for_each_other(attempt: int, model: Path) -> None:
    """Some attempts hung before the engine used the binding once by itself."""
    ended = python("-c", FIRST_AT_ONCE, model, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_a_signal_is_handled_after_another_thread_has_destroyed_an_engine(model: Path) -> None:
    """OpenVINO had left the first thread a signal stack that was unmapped: a crash."""
    ended = python("-c", SIGNAL_AFTERWARDS, model, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "handled\n"), ended.stderr


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of matrix multiplications, each of which takes kernels for each shape it meets."""
    inputs = encoder_inputs()
    weights = np.random.default_rng(0).normal(size=(6, 64, 64)).astype(np.float32)
    found = ops.convert(ops.multiply(*inputs), "f32")
    found = ops.matmul(ops.unsqueeze(found, 2), ops.constant(weights[0, :1]), False, False)
    for each in weights:
        found = ops.relu(ops.matmul(found, ops.constant(each), False, False))
    file = tmp_path_factory.mktemp("layers") / "model.xml"
    total = ops.reduce_sum(found, ops.constant([1]), keep_dims=False)
    openvino.save_model(openvino.Model([total], inputs, "layers"), file)
    return file


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs the memory from /proc")
def test_shapes_that_are_met_take_memory_up_to_a_bound(layers: Path) -> None:
    """oneDNN kept what it had built for each, besides the kernels that OpenVINO keeps."""
    ended = python("-c", MANY_SHAPES, layers, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 16 << 20
