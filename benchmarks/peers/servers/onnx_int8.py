"""FastAPI and ONNX Runtime int8, one text a request: a good engineer's afternoon.

Serves what `onnx_export.py` made. No torch, no transformers.
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from onnxruntime import InferenceSession, SessionOptions
from pydantic import BaseModel
from tokenizers import Tokenizer

from benchmarks.peers.servers.answer import answer

MAX_TOKENS = 192


class Review(BaseModel):
    """A request."""

    text: str


def create(folder: Path, work: Path) -> FastAPI:
    """Return the application, its model loaded."""
    app = FastAPI()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    session = InferenceSession(work / "model-int8.onnx", options())

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
        negative, positive = session.run(None, inputs)[0][0]
        return answer(float(1 / (1 + np.exp(negative - positive))))

    return app


def options() -> SessionOptions:
    """Return all cores for one text, and threads that sleep rather than spin.

    Several texts are computed at once under load, where waiting threads that spin take the
    cores from those that compute: that cost 15 % on two cores, and nothing alone.
    """
    chosen = SessionOptions()
    chosen.intra_op_num_threads = len(os.sched_getaffinity(0))
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return chosen


if __name__ == "__main__":
    app = create(Path(sys.argv[1]), Path(sys.argv[2]))
    uvicorn.run(app, port=int(sys.argv[3]), access_log=False)
