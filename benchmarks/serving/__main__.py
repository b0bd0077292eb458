"""Requests per second and latency of the server, against what a user would pick instead.

Every server gets the same model, texts and truncation. They run one after the other, each
in an environment of its own. Texts are cut beforehand to what the model reads. A reply
counts if it has the answer that the same server gave to that text when it was idle. Because
the speed of machines drifts, ours is measured before and after the others, and the engine
by itself before and after ours.

  python -m benchmarks.serving                       every peer
  python -m benchmarks.serving --peers naive         this one
  python -m benchmarks.serving --seconds 3 --peers   no peer, rough
"""

import argparse
import sys

from benchmarks import page
from benchmarks.peers.peer import PEERS
from benchmarks.peers.process import exit_on_sigterm
from benchmarks.serving.chart import FILE, chart
from benchmarks.serving.measure import measure
from benchmarks.serving.tables import tables
from sentiment import cli, store
from sentiment.atomic_files import write_atomically


def main() -> None:
    """Measure our server and the peers."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [peer.name for peer in PEERS]
    parser.add_argument("--peers", nargs="*", default=names, choices=names, metavar="NAME")
    parser.add_argument(
        "--seconds", type=cli.number(float, 0.01, 3600), default=10, help="time for each figure"
    )
    given = parser.parse_args()
    exit_on_sigterm()
    peers = [peer for peer in PEERS if peer.name in given.peers]
    result = measure(store.find(), peers, given.seconds)
    write_atomically(page.RESULTS / FILE, chart(result))
    page.write("serving", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
