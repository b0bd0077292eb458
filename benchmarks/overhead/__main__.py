"""What keys, limits and tracing cost of the rate, and what all code since an earlier commit does.

python -m benchmarks.overhead
python -m benchmarks.overhead --before ../earlier    a checkout of an earlier commit, measured too
"""

import argparse
import sys
from pathlib import Path

from benchmarks import page
from benchmarks.overhead.measure import measure
from benchmarks.overhead.tables import tables
from benchmarks.peers.process import exit_on_sigterm
from sentiment import cli, store
from sentiment.settings import MODEL_NAME


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.overhead",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", default=MODEL_NAME, metavar="TAG")
    parser.add_argument("--turns", type=cli.number(int, 1, 100), default=5)
    parser.add_argument(
        "--seconds",
        type=cli.number(float, 0.01, 3600),
        default=3,
    )
    parser.add_argument("--before", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    exit_on_sigterm()
    model = store.find(given.model)
    before = given.before.resolve() if given.before else None
    result = measure(model, given.turns, given.seconds, before)
    page.write("overhead", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
