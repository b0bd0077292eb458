"""FastAPI and ONNX Runtime int8, one text a request: what an engineer writes in an afternoon.

It serves the model that `onnx_export.py` made, without torch and transformers. The variable
`THREADS` is how many threads compute one text (default: one for each core). As many texts are
computed at once as the cores have room for.
"""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from threading import Semaphore
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from onnxruntime import InferenceSession, SessionOptions
from pydantic import BaseModel
from tokenizers import Tokenizer

from benchmarks.peers.servers.answer import answer


class Review(BaseModel):
    """A request."""

    text: str


def create(folder: Path, work: Path) -> FastAPI:
    """Return the application with its model loaded."""
    app = FastAPI()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer.enable_truncation(settings["model_max_length"])
    tokenizer.no_padding()  # sentence encoders save their tokenizer with a fixed padding length
    cores = len(os.sched_getaffinity(0))
    threads = int(os.environ.get("THREADS", cores))
    options = SessionOptions()
    options.intra_op_num_threads = threads
    session = InferenceSession(work / "model-int8.onnx", options)
    # If one text may use all cores, the operating system shares them between texts: a limit was
    # not faster here.
    room = Semaphore(cores // threads) if threads < cores else nullcontext()

    @app.get("/ready")
    def ready() -> None:
        """Answer 200: the model is loaded before the server listens."""

    @app.post("/predict")
    def predict(review: Review) -> dict[str, Any]:
        encoding = tokenizer.encode(review.text)
        inputs = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
        }
        with room:
            negative, positive = session.run(None, inputs)[0][0]
        return answer(float(1 / (1 + np.exp(negative - positive))))

    return app


if __name__ == "__main__":
    app = create(Path(sys.argv[1]), Path(sys.argv[2]))
    uvicorn.run(app, port=int(sys.argv[3]), access_log=False)
