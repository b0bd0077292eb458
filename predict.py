"""Classify a text, a file, a folder or standard input with a stored model.

`sentiment.inference` and `sentiment.scoring` do the work; this file reads the command line
and prints the result.
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from sentiment import cli  # all else is imported inside its border, which knows Ctrl-C

if TYPE_CHECKING:
    from sentiment.settings import AnswerSettings, EngineSettings, FileSettings, Settings

EXAMPLES = """\
  python predict.py --text "A waste of two hours."
  python predict.py --text "Fun. Too long." --sentences --explain
  python predict.py reviews.txt                        one text a line
  python predict.py reviews.csv --text-column review > scores.jsonl
  tail -f reviews.txt | python predict.py              each line as it comes
  python predict.py reviews.parquet --output scores.parquet
  python predict.py reviews/ --output scores/ --resume goes on after Ctrl-C or a kill
  python predict.py reviews/ --output scores/ --ray auto
  python predict.py s3://corpus/reviews/ --output s3://corpus/scores/ --keep id,date
  python predict.py reviews/ --output scores/ --url http://127.0.0.1:3000   by a running server
"""


def main(arguments: list[str] | None = None) -> None:
    """Predict the texts that the command line names; exit with 1 if any line was bad."""
    from sentiment.schema import Wishes
    from sentiment.scoring.flags import add_prediction_flags, require_compatible
    from sentiment.settings import AnswerSettings, EngineSettings, FileSettings

    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    add_prediction_flags(parser)
    given = parser.parse_args(arguments)
    engine = EngineSettings.parse(_of(EngineSettings, given))
    reading = FileSettings.parse(_of(FileSettings, given))
    answers = AnswerSettings.parse(_of(AnswerSettings, given))
    wishes = Wishes(sentences=given.sentences, explain=given.explain, warnings=given.warnings)
    require_compatible(given)
    if given.output is not None:
        bad = _score_corpus(given, engine, reading, answers)
    else:
        from sentiment.answers.doubt import doubt_line, find_doubt
        from sentiment.data.rows import require_used
        from sentiment.scoring.kept import parse
        from sentiment.scoring.one_text import print_answer
        from sentiment.scoring.printing import print_scores

        require_used(reading, [given.file] if given.text is None else [])
        if given.text is None and given.file is None and sys.stdin.isatty():
            print("reading standard input, one text a line; Ctrl-D ends it", file=sys.stderr)
        predictor = _served(given) or _loaded(given.model, engine)
        doubt = find_doubt(predictor.card, predictor.tag, answers.max_risk)
        if doubt is not None:
            print(doubt_line(doubt), file=sys.stderr)
        if given.text is not None:
            print_answer(predictor, given.text, doubt, wishes)
            return
        plain = given.keep is None and not wishes.any
        default = "table" if sys.stdout.isatty() and plain else "jsonl"
        table = (given.format or default) == "table"
        keep = parse(given.keep)
        bad = print_scores(
            predictor, given.file, given.text_column, reading, table, keep, doubt, wishes
        )
    if bad:
        print(f"{bad} line(s) could not be predicted", file=sys.stderr)
        sys.exit(1)


def _of(settings: "type[Settings]", given: argparse.Namespace) -> dict[str, Any]:
    """Return what is given of the fields of `settings`."""
    return {name: value for name, value in vars(given).items() if name in settings.model_fields}


def _served(given: argparse.Namespace) -> Any:
    """Return the model of the server at --url, None without that flag."""
    if given.url is None:
        return None
    from sentiment.scoring.served import Served

    return Served.at(given.url, given.model)


def _loaded(model: str, engine: "EngineSettings") -> Any:
    from sentiment.inference.predictor import Predictor
    from sentiment.store import find

    return Predictor.load(find(model), engine)


def _score_corpus(
    given: argparse.Namespace,
    engine: "EngineSettings",
    reading: "FileSettings",
    answers: "AnswerSettings",
) -> int:
    from sentiment.scoring.job import Job, score_corpus
    from sentiment.scoring.kept import parse

    return score_corpus(
        Job(
            source=given.file,
            output=given.output,
            model=given.model,
            settings=engine,
            column=given.text_column,
            resume=given.resume,
            reading=reading,
            ray=given.ray,
            keep=parse(given.keep),
            served=_served(given),
            max_risk=answers.max_risk,
        )
    )


if __name__ == "__main__":
    sys.exit(cli.run(main))
