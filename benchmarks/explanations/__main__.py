"""Whether the words that an explanation names matter, and what explanations cost others.

    python -m benchmarks.explanations --texts 60

Prints a table, and the same as one line of JSON.
"""

import argparse
import asyncio
import json
from dataclasses import asdict

from benchmarks.explanations.deletion import measure_deletion
from benchmarks.explanations.lane import measure_slowing
from sentiment.inference.predictor import Predictor
from sentiment.settings import MODEL_NAME, EngineSettings
from sentiment.store import find


def main() -> None:
    """Measure with a stored model, on texts of the reviews that are packaged."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=MODEL_NAME)
    parser.add_argument("--texts", type=int, default=60, help="texts to explain")
    parser.add_argument("--seconds", type=float, default=5, help="of a turn of the second part")
    parser.add_argument("--turns", type=int, default=3, help="with and without explanations")
    given = parser.parse_args()
    settings = EngineSettings.parse({"cascade": "off"})  # so that the encoder has to read all
    predictor = Predictor.load(find(given.model), settings)
    texts = _texts(given.texts)
    deletion = measure_deletion(predictor, texts)
    print(f"{deletion.texts} texts, {deletion.words} words deleted   fall   other label")
    for name, fall, flipped in (
        ("named most by the explanation", deletion.named, deletion.flipped_named),
        ("at random", deletion.random, deletion.flipped_random),
    ):
        print(f"  {name:<32}  {fall:.3f}  {flipped:.3f}")
    slowings = [
        asyncio.run(measure_slowing(predictor, texts, callers, given.turns, given.seconds))
        for callers in (1, 16)
    ]
    for each in slowings:
        print(
            f"{each.callers:>3} plain callers: {each.alone:.1f} texts/s, {each.beside:.1f} with "
            f"explanations (ratio {each.ratio:.3f}; {each.explained} explained)"
        )
    print(json.dumps({"deletion": asdict(deletion), "slowing": list(map(asdict, slowings))}))


def _texts(count: int) -> list[str]:
    from benchmarks.reviews import reviews

    return reviews(count)


if __name__ == "__main__":
    main()
