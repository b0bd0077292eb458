"""What a serving process loads: what it does not import, and what it passes over."""

import json

from tests.support.models import store_classifier
from tests.support.processes import python

ANSWER = """
import json, sys, service
loaded = service.load_model()
loaded.engine.logits([loaded.tokenizer.encode("a great film").ids])
heavy = {"torch", "transformers", "datasets", "accelerate", "onnx", "nncf"}
print(json.dumps([loaded.engine.describe().backend, sorted(heavy & set(sys.modules))]))
"""
BLIND = """
from sentiment import cpu
cpu.has_bf16 = lambda: True
"""
PRECISION = """
import json, service
loaded = service.load_model()
loaded.engine.logits([loaded.tokenizer.encode("a great film").ids])
print(json.dumps([loaded.engine.describe().precision, loaded.passed_over]))
"""


def test_on_openvino_neither_torch_nor_transformers_is_imported() -> None:
    tag = store_classifier(name="light", openvino=True)
    ended = python("-c", ANSWER, SENTIMENT_MODEL=tag)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == ["openvino", []]


def test_instructions_that_libraries_may_not_use_are_not_used() -> None:
    """Of what /proc/cpuinfo promises ONEDNN_MAX_CPU_ISA leaves AVX2, without bf16."""
    tag = store_classifier(name="hidden", openvino=True)
    ended = python("-c", PRECISION, SENTIMENT_MODEL=tag, ONEDNN_MAX_CPU_ISA="AVX2")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == ["fp32", []]


def test_bf16_that_the_library_may_not_use_is_passed_over_if_it_is_refused() -> None:
    """Some CPUs refuse to compile bf16 then; for others OpenVINO computes in fp32 by itself."""
    tag = store_classifier(name="refused", openvino=True)
    ended = python("-c", BLIND + PRECISION, SENTIMENT_MODEL=tag, ONEDNN_MAX_CPU_ISA="AVX2")
    assert ended.returncode == 0, ended.stderr
    precision, passed_over = json.loads(ended.stdout.splitlines()[-1])
    refused = [reason.startswith("openvino in bf16: ") for reason in passed_over]
    assert (precision, refused) in [("fp32", [True]), ("bf16", [])]
