"""Tries other ways to spend less on a text: leaving the encoder early, fewer tokens first,
and combining n-grams and encoder. A few minutes for a small model, more for a large one.

python -m benchmarks.stages                 the newest model of each recipe
python -m benchmarks.stages TAG TAG=NAME    these, one by another name
"""

import argparse
import sys

from benchmarks import page
from benchmarks.stages.measure import measure
from benchmarks.stages.tables import tables
from benchmarks.tradeoff.models import chosen
from sentiment import cli


def main() -> None:
    """Measure each way and write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("models", nargs="*", metavar="TAG")
    result = measure(chosen(parser.parse_args().models))
    page.write("stages", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
