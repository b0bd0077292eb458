"""What a serving process does not import, so that it starts fast and stays small."""

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


def test_on_openvino_neither_torch_nor_transformers_is_imported() -> None:
    tag = store_classifier(name="light", openvino=True)
    ended = python("-c", ANSWER, SENTIMENT_MODEL=tag)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == ["openvino", []]
