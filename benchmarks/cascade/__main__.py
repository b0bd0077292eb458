"""Answers a second and CPU time of our server with a model's n-grams and without them.

python -m benchmarks.cascade                          the newest of each recipe
python -m benchmarks.cascade --models TAG TAG=NAME    these, one by another name
"""

import argparse
import sys

from benchmarks import page
from benchmarks.cascade.measure import measure
from benchmarks.cascade.tables import tables
from benchmarks.peers.process import exit_on_sigterm
from benchmarks.tradeoff.models import chosen
from sentiment import cli


def main() -> None:
    """Measure each model and write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cascade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--models", nargs="+", default=[], metavar="TAG")
    parser.add_argument("--seconds", type=float, default=10, help="time for each figure")
    given = parser.parse_args()
    exit_on_sigterm()
    result = measure(chosen(given.models), given.seconds)
    page.write("cascade", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
