"""Tokens per second of our training loop, against `transformers.Trainer`.

Each trains one epoch in a process of its own, with the same encoder, first weights, texts,
batch size, optimizer, schedule and precision. The time of ours includes its checkpoints and
its validation, which is on a few texts. All models then answer the same validation split.
Trainer is run in its default random order, and with its own grouping by length.

  python -m benchmarks.training                    the quick recipe, minutes on two cores
  python -m benchmarks.training --texts 400        quick and rough
"""

import argparse
import sys

from benchmarks import page
from benchmarks.training.measure import measure
from benchmarks.training.tables import tables
from sentiment import cli
from sentiment.settings import RECIPES


def main() -> None:
    """Train an epoch with each loop and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--texts", type=cli.number(int, 2, 1_000_000), default=RECIPES["quick"]["train_size"]
    )
    result = measure(parser.parse_args().texts)
    page.write("training", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
