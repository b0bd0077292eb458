"""Texts per second of each backend and precision, against eager torch in fp32.

Each engine computes the logits of real reviews from their token ids, without a server
or a queue. The best figure on reviews of mixed length, cut as the model was trained to
read them, is the ceiling of serving.

  python -m benchmarks.engine                     the newest model, every format it holds
  python -m benchmarks.engine --seconds 0.5       quick and rough
"""

import argparse
import sys

from benchmarks import page
from benchmarks.engine.measure import measure
from benchmarks.engine.tables import tables
from sentiment import cli, store


def main() -> None:
    """Measure every engine that the model has a format for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.engine",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("tag", nargs="?", default="sentiment", help="model tag")
    parser.add_argument(
        "--seconds", type=cli.number(float, 0.01, 3600), default=1, help="time for each figure"
    )
    given = parser.parse_args()
    result = measure(store.find(given.tag), given.seconds)
    page.write("engine", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
