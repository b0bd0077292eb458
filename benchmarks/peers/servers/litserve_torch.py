"""LitServe with its dynamic batching on, and torch as the engine."""

import sys
from typing import Any

import litserve

from benchmarks.peers.servers.answer import answer


class Sentiment(litserve.LitAPI):
    """Decodes, batches and answers; LitServe runs it in a worker process beside the HTTP one."""

    def __init__(self, folder: str) -> None:
        super().__init__(max_batch_size=32, batch_timeout=0.005)
        self.folder = folder

    def setup(self, device: str) -> None:  # the device is always the CPU
        from benchmarks.peers.servers.torch_classifier import Classifier

        self.classifier = Classifier(self.folder)

    def decode_request(self, request: dict[str, str]) -> str:
        return request["text"]

    def predict(self, texts: list[str]) -> list[float]:
        return self.classifier(texts)

    def encode_response(self, positive: float) -> dict[str, Any]:
        return answer(positive)


if __name__ == "__main__":
    # There is one worker, because a second one's threads would compete for the same cores. The
    # documentation recommends the fast queue under load. Like the other peers, it has no time
    # limit on a request.
    server = litserve.LitServer(
        Sentiment(sys.argv[1]), accelerator="cpu", fast_queue=True, timeout=False
    )
    server.run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, access_log=False
    )
