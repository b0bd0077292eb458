"""A stored model that OpenVINO computes, and a Ray cluster."""

import tempfile
from collections.abc import Iterator

import pytest

from tests.support.models import store_classifier


@pytest.fixture(scope="session")
def tag() -> str:
    return store_classifier(name="scoring", openvino=True)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster whose head only reads and writes.

    Its files lie apart, so that it is not taken for a cluster of the user's, nor
    one of the user's for it. (Ray's sockets allow for short paths only.)
    """
    with (
        tempfile.TemporaryDirectory(prefix="ray-") as scratch,
        pytest.MonkeyPatch.context() as set_,
    ):
        set_.setenv("RAY_TMPDIR", scratch)
        set_.setenv("RAY_USAGE_STATS_ENABLED", "0")
        set_.setenv("RAY_worker_niceness", "0")  # by default workers starve beside other tests
        from ray.cluster_utils import Cluster

        started = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        try:
            for _ in range(2):
                started.add_node(num_cpus=1)
            started.wait_for_nodes()
            yield started.address
        finally:
            started.shutdown()
