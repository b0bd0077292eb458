"""Classify a text, a file or standard input with a stored model.

The work is in `sentiment.inference`; this file parses, calls and prints.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sentiment import cli
from sentiment.errors import UsageError
from sentiment.settings import MODEL_NAME, EngineSettings, add_flags

EXAMPLES = """\
  python predict.py --text "A waste of two hours."
  python predict.py reviews.txt                        one text a line
  python predict.py reviews.csv --text-column review > scores.jsonl
  tail -f reviews.txt | python predict.py              each line as it comes
"""

_AT_ONCE = 512


def main(arguments: list[str] | None = None) -> None:
    """Predict what the command line names; exit 1 if any line was bad."""
    given = _parser().parse_args(arguments)
    engine = EngineSettings.parse(
        {name: value for name, value in vars(given).items() if name in EngineSettings.model_fields}
    )
    if given.text is not None and given.file is not None:
        raise UsageError("Both --text and a file were given.", "Give one of them.")
    from sentiment.inference.predictor import Predictor
    from sentiment.store import find

    if given.text is None and given.file is None and sys.stdin.isatty():
        print("reading standard input, one text a line; Ctrl-D ends it", file=sys.stderr)
    predictor = Predictor.load(find(given.model), engine)
    if given.text is not None:
        _predict_one(predictor, given.text)
    elif bad := _predict_lines(predictor, given):
        print(f"{bad} line(s) could not be predicted", file=sys.stderr)
        sys.exit(1)


def _predict_one(predictor: Any, text: str) -> None:
    from sentiment.data.lines import MAX_CHARACTERS
    from sentiment.text import check

    check(text, MAX_CHARACTERS)
    (prediction,) = predictor.predict([text])
    print(f"{prediction.label} (confidence {prediction.confidence:.4f})")
    for label, probability in prediction.probabilities.items():
        print(f"  {label:<12}{probability:.4f}")
    if prediction.truncated:
        print(f"  read {predictor.tokenizer.max_length} of {prediction.tokens} tokens")


def _predict_lines(predictor: Any, given: argparse.Namespace) -> int:
    from tqdm import tqdm

    from sentiment.data.lines import ahead, read_lines

    bad = 0
    table = (given.format or ("table" if sys.stdout.isatty() else "jsonl")) == "table"
    with tqdm(unit="text", desc="predicting", dynamic_ncols=True) as bar:
        for lines in ahead(read_lines(given.file, given.text_column), _AT_ONCE):
            good = [line.text for line in lines if line.error is None]
            predictions = iter(predictor.predict(good))
            for line in lines:
                if line.error is not None:
                    bad += 1
                    bar.write(f"line {line.number}: {line.error}", file=sys.stderr)
                row = line.error.body() if line.error else next(predictions).model_dump()
                if table:
                    bar.write(_row(line, row))
                else:
                    print(json.dumps({"line": line.number, **row}))
            sys.stdout.flush()
            bar.update(len(lines))
    return bad


def _row(line: Any, row: dict[str, Any]) -> str:
    text = " ".join(line.text.split())
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    if line.error is not None:
        return f"{line.number:>6}  {'-':<12}{'-':>6}  {shown}"
    return f"{line.number:>6}  {row['label']:<12}{row['confidence']:.4f}  {shown}"


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument(
        "file", nargs="?", type=Path, help=".txt, .csv or .jsonl (default: standard input)"
    )
    parser.add_argument("--text", help="one text to predict")
    parser.add_argument("--model", default=MODEL_NAME, help="tag or name (default: %(default)s)")
    parser.add_argument("--text-column", default="text", help="column (default: %(default)s)")
    parser.add_argument(
        "--format",
        choices=("table", "jsonl"),
        help="default: a table on a terminal, JSON Lines in a pipe",
    )
    add_flags(parser, EngineSettings)
    return parser


if __name__ == "__main__":
    sys.exit(cli.run(main))
