"""LitServe with its dynamic batching on, torch inside."""

import sys
from typing import Any

import litserve

from benchmarks.peers.servers.answer import answer


class Sentiment(litserve.LitAPI):
    """Decodes, batches and answers; LitServe runs it in a worker process beside the HTTP one."""

    def __init__(self, folder: str) -> None:
        super().__init__(max_batch_size=32, batch_timeout=0.005)
        self.folder = folder

    def setup(self, device: str) -> None:  # the CPU, always
        from benchmarks.peers.servers.torch_classifier import Classifier

        self.classifier = Classifier(self.folder)

    def decode_request(self, request: dict[str, str]) -> str:
        return request["text"]

    def predict(self, texts: list[str]) -> list[float]:
        return self.classifier(texts)

    def encode_response(self, positive: float) -> dict[str, Any]:
        return answer(positive)


if __name__ == "__main__":
    # One worker: a second one's threads would compete for the same cores. The fast queue is the
    # one its documentation recommends under load. No time limit on a request, like the others.
    server = litserve.LitServer(
        Sentiment(sys.argv[1]), accelerator="cpu", fast_queue=True, timeout=False
    )
    server.run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, access_log=False
    )
