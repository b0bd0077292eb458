"""Tries other ways to spend less on a text: leaving the encoder early, fewer tokens first,
and combining n-grams and encoder. A few minutes.

python -m benchmarks.stages             the newest model
python -m benchmarks.stages TAG         another
"""

import argparse
import sys

from benchmarks import page
from benchmarks.stages.measure import measure
from benchmarks.stages.tables import tables
from sentiment import cli, store
from sentiment.settings import MODEL_NAME


def main() -> None:
    """Measure each way and write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", nargs="?", default=MODEL_NAME, metavar="TAG")
    result = measure(store.find(parser.parse_args().model))
    page.write("stages", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
