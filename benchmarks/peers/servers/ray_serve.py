"""Ray Serve with `@serve.batch`, and torch as the engine."""

import os
import sys
import tempfile
from typing import Any

import ray
from ray import serve
from ray.serve.config import HTTPOptions
from ray.serve.schema import LoggingConfig
from starlette.requests import Request

from benchmarks.peers.servers.answer import answer

CORES = len(os.sched_getaffinity(0))


# Ray gives a replica as many threads as it has CPUs, by default one. It also gives it by default
# only five requests at a time, which would never fill a batch.
@serve.deployment(
    ray_actor_options={"num_cpus": CORES},
    max_ongoing_requests=1024,
    logging_config=LoggingConfig(enable_access_log=False),
)
class Sentiment:
    """The deployment: one replica with all cores."""

    def __init__(self, folder: str) -> None:
        from benchmarks.peers.servers.torch_classifier import Classifier

        self.classifier = Classifier(folder)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.005)
    async def classify(self, texts: list[str]) -> list[float]:
        return self.classifier(texts)

    async def __call__(self, request: Request) -> dict[str, Any]:
        if request.method == "GET":  # Ray's own health check succeeds before there is a replica
            return {"ready": True}
        return answer(await self.classify((await request.json())["text"]))


if __name__ == "__main__":
    # The folder is in /tmp, because the paths of Ray's sockets have to be short.
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
        ray.init(num_cpus=CORES, include_dashboard=False, _temp_dir=folder),
    ):
        serve.start(http_options=HTTPOptions(host="127.0.0.1", port=int(sys.argv[2])))
        serve.run(Sentiment.bind(sys.argv[1]), route_prefix="/predict", blocking=True)
