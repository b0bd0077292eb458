"""Seconds and memory from a large CSV to a corpus that is ready to train on.

It writes the file itself, a million rows of about 315 bytes with columns that are not
needed, and loads 200 rows to train on: once with an empty cache, and once again.

  python -m benchmarks.preparation                    a few minutes on two cores
  python -m benchmarks.preparation --rows 20000       quick and rough
"""

import argparse
import sys

from benchmarks import page
from benchmarks.preparation.measure import measure
from benchmarks.preparation.tables import tables
from sentiment import cli


def main() -> None:
    """Measure both runs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.preparation",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="in the file")
    result = measure(parser.parse_args().rows)
    page.write("preparation", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
