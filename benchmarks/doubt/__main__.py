"""Trains the recipe quick on reviews that n-grams doubt, and on as many at random.

What the n-grams doubt is found out of fold. Each training is in a process of its own.

  python -m benchmarks.doubt                    a quarter of an hour on two cores
  python -m benchmarks.doubt --draws 3          less chance in it, three times as long
"""

import argparse
import sys

from benchmarks import page
from benchmarks.doubt.measure import measure
from benchmarks.doubt.tables import tables
from sentiment import cli


def main() -> None:
    """Train on each draw and write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.doubt",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--draws", type=int, default=1, help="of each choice of reviews")
    result = measure(parser.parse_args().draws)
    page.write("doubt", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
