"""FastAPI and torch, one text a request: the usual portfolio project.

The endpoint is a plain function, as FastAPI's documentation advises for work
that blocks, so requests compute in its pool of threads.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.servers.answer import answer
from benchmarks.peers.servers.torch_classifier import Classifier


class Review(BaseModel):
    """A request."""

    text: str


def create(folder: str) -> FastAPI:
    """Return the application with its model loaded."""
    app = FastAPI()
    classifier = Classifier(folder)

    @app.get("/ready")
    def ready() -> None:
        """Answer 200: the model is loaded before the server listens."""

    @app.post("/predict")
    def predict(review: Review) -> dict[str, Any]:
        return answer(classifier([review.text])[0])

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[1]), port=int(sys.argv[2]), access_log=False)
