"""Accuracy and time of training on few labels, beside SetFit and fine-tuning alone.

Texts are drawn from the packaged reviews and from Rotten Tomatoes; each draw is trained on by
Sentiment, which compares its methods, by its fine-tuning alone, and by SetFit with the same
encoder in an environment of its own. SetFit reads every pair of texts, so with 64 texts a
label it takes an hour for all draws on two cores, and with 256 most of a day.

Runs are kept in docs/benchmarks/few_labels.json as they are made; --resume makes those only that
are not there, and the table is of all.

  python -m benchmarks.few_labels --rows 8                          minutes on two cores
  python -m benchmarks.few_labels --rows 64 --resume                an hour, beside what is there
  python -m benchmarks.few_labels --base-model mpnet --resume       all of another encoder: days
  python -m benchmarks.few_labels --rows 256 --trainers sentiment   without SetFit, begun anew
"""

import argparse
import sys

from benchmarks import page
from benchmarks.few_labels.draws import SOURCES
from benchmarks.few_labels.measure import begin, measure
from benchmarks.few_labels.plan import TRAINERS, Plan
from benchmarks.few_labels.tables import tables
from sentiment import cli


def main() -> None:
    """Train on all draws and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.few_labels",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[8, 64, 256], metavar="N")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=SOURCES)
    parser.add_argument("--trainers", nargs="+", choices=TRAINERS, default=TRAINERS)
    parser.add_argument("--base-model", default="packaged", help="packaged or mpnet")
    parser.add_argument("--max-length", type=int, default=128, metavar="TOKENS")
    parser.add_argument("--texts", type=int, default=1000, help="held-out texts")
    parser.add_argument("--resume", action="store_true", help="keep the runs made before")
    given = parser.parse_args()
    plan = Plan(
        given.base_model,
        given.max_length,
        given.texts,
        given.sources,
        given.rows,
        given.draws,
        given.trainers,
    )
    there = given.resume and page.result_file("few_labels").is_file()
    result = begin(page.read("few_labels") if there else None)
    try:
        measure(plan, result, lambda result: page.keep("few_labels", result))
    finally:
        if result["runs"]:  # of an interrupted measurement too
            page.write("few_labels", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
