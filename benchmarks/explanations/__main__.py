"""Whether the words that an explanation names matter, and what explanations cost others.

python -m benchmarks.explanations
python -m benchmarks.explanations --texts 20 --seconds 2    rough
"""

import argparse
import asyncio
import sys

from benchmarks import page
from benchmarks.explanations.deletion import measure_deletion
from benchmarks.explanations.lane import measure_slowing
from benchmarks.explanations.result import Result
from benchmarks.explanations.tables import tables
from benchmarks.machine import machine
from benchmarks.reviews import reviews
from sentiment import cli
from sentiment.inference.predictor import Predictor
from sentiment.settings import MODEL_NAME, EngineSettings
from sentiment.store import find

CALLERS = (1, 16, 64)


def main() -> None:
    """Measure with a stored model, on reviews of the packaged test split."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.explanations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    count, time = cli.number(int, 1, 5000), cli.number(float, 0.01, 3600)
    parser.add_argument("--model", default=MODEL_NAME, metavar="TAG")
    parser.add_argument("--texts", type=count, default=60, help="texts to explain")
    parser.add_argument("--seconds", type=time, default=5, help="of a turn")
    parser.add_argument("--turns", type=count, default=3, help="with and without explanations")
    given = parser.parse_args()
    settings = EngineSettings.parse({"cascade": "off"})  # so that the encoder has to read all
    predictor = Predictor.load(find(given.model), settings)
    texts = reviews(given.texts)
    result: Result = {
        **machine(),
        "model": predictor.tag,
        "deletion": measure_deletion(predictor, texts),
        "slowing": [
            asyncio.run(measure_slowing(predictor, texts, callers, given.turns, given.seconds))
            for callers in CALLERS
        ],
    }
    page.write("explanations", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
