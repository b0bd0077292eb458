"""Texts per second of `predict.py` from a file to a file, against the engine by itself.

The engine by itself computes the same texts from their token ids, with the best of a few
budgets of a micro-batch. It is measured before and after the command, because the speed of
machines drifts. The command runs as a user runs it, on a corpus and on one ten times as
large, and the two peaks of memory are compared.

  python -m benchmarks.scoring                    the newest model, ten minutes on two cores
  python -m benchmarks.scoring --texts 512        quick and rough
"""

import argparse
import sys

from benchmarks import page
from benchmarks.scoring.measure import measure
from benchmarks.scoring.tables import tables
from sentiment import cli
from sentiment.settings import EngineSettings, add_flags


def main() -> None:
    """Measure the engine, the command, and the engine again."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scoring",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("tag", nargs="?", default="sentiment", help="model tag")
    parser.add_argument(
        "--texts", type=cli.number(int, 1, 1_000_000), default=2500, help="in the smaller corpus"
    )
    add_flags(parser, EngineSettings)
    given = vars(parser.parse_args())
    result = measure(given.pop("tag"), given.pop("texts"), given)
    page.write("scoring", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
