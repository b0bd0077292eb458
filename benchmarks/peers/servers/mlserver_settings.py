"""Writes the settings with which MLServer serves: its Hugging Face runtime, adaptive batching on.

python -m benchmarks.peers.servers.mlserver_settings MODEL_FOLDER WORK_FOLDER
"""

import json
import sys
from pathlib import Path


def write(folder: str, work: Path) -> None:
    """Write `model-settings.json` into `work`."""
    runtime = {"task": "text-classification", "framework": "pt", "pretrained_model": folder}
    model = {
        "name": "sentiment",
        "implementation": "benchmarks.peers.servers.mlserver_runtime.Runtime",
        "max_batch_size": 32,
        "max_batch_time": 0.005,
        "parameters": {"extra": runtime},
    }
    (work / "model-settings.json").write_text(json.dumps(model))


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
