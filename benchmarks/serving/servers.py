"""The servers that are compared: Sentiment, described as its peers are, and how each is named."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.peers.environment import ENVIRONMENTS, environment
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.process import Server, serving

OURS = Peer(
    name="sentiment",
    title="Sentiment",
    short="Sentiment",
    packages=("bentoml", "openvino"),
    start=(
        *("{bin}/bentoml", "serve", "service:Sentiment"),
        *("--host", "127.0.0.1", "--port", "{port}"),
    ),
    ready="/readyz",
)
SHORT_NAMES = {peer.name: peer.short for peer in (OURS, *PEERS)}


def python(peer: Peer) -> Path:
    """Return the Python that runs a server: our own, or that of the peer's environment."""
    return Path(sys.executable) if peer.name == OURS.name else environment(peer, ENVIRONMENTS)


def running(peer: Peer, model_folder: Path) -> AbstractContextManager[Server]:
    """Start a server, yield it once it is ready, stop it."""
    return serving(peer, python(peer), model_folder)
