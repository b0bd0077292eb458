"""What a serving process does not import, so that it starts fast and stays small."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from sentiment import store
from sentiment.export import convert
from sentiment.inference.backends import format_file
from tests.support.builders import make_card
from tests.support.models import MAX_LENGTH, make_classifier
from tests.support.servers import ROOT

ANSWER = """
import json, sys, service
loaded = service.load_model()
loaded.engine.logits([loaded.tokenizer.encode("a great film").ids])
heavy = {"torch", "transformers", "datasets", "accelerate", "onnx", "nncf"}
print(json.dumps([loaded.engine.describe().backend, sorted(heavy & set(sys.modules))]))
"""


def test_on_openvino_neither_torch_nor_transformers_is_imported(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "model", "bert")
    onnx = tmp_path / "model.onnx"
    convert.to_onnx(folder, onnx)
    convert.to_openvino(onnx, format_file(folder, "openvino", "fp32"))
    card = make_card(truncation={"max_length": MAX_LENGTH, "policy": "head+tail"})
    tag = store.save("light", folder, card, np.empty(0, dtype=np.uint64))
    ended = subprocess.run(
        [sys.executable, "-c", ANSWER],
        cwd=ROOT,
        env={**os.environ, "SENTIMENT_MODEL": tag},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == ["openvino", []]
