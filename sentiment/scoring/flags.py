"""The flags of `predict.py`, and which of them go together."""

import argparse

from sentiment.data.remote import path_of
from sentiment.data.rows import find_kind
from sentiment.errors import UsageError
from sentiment.schema import Wishes
from sentiment.settings import MODEL_NAME, AnswerSettings, EngineSettings, FileSettings, add_flags

_TEXT_COLUMN = "text"


def add_prediction_flags(parser: argparse.ArgumentParser) -> None:
    """Add all flags of the command line."""
    parser.add_argument(
        "file",
        nargs="?",
        type=path_of,
        help=".txt, .csv, .tsv, .json, .ndjson, .jsonl or .parquet, each also as .gz, .bz2, .zst "
        "or .zip, or a folder of them, on disk or at an address such as s3://bucket/folder "
        "(default: standard input)",
    )
    parser.add_argument("--text", help="one text to predict")
    parser.add_argument("--model", default=MODEL_NAME, help="tag or name (default: %(default)s)")
    parser.add_argument(
        "--url", help="let the running server there compute, by the key in SENTIMENT_KEY if any"
    )
    parser.add_argument(
        "--text-column", default=_TEXT_COLUMN, help="column of the texts (default: %(default)s)"
    )
    _add_output_flags(parser)
    for name, field in Wishes.model_fields.items():
        parser.add_argument(f"--{name}", action="store_true", help=field.description)
    add_flags(parser, AnswerSettings)
    add_flags(parser, FileSettings)
    add_flags(parser, EngineSettings)


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("table", "jsonl"),
        help="default: a table on a terminal, JSON Lines in a pipe",
    )
    parser.add_argument(
        "--output",
        type=path_of,
        metavar="PATH",
        help=".jsonl, .csv or .parquet file for scores; for a folder, a folder of the same shape",
    )
    parser.add_argument(
        "--keep",
        metavar="COLUMNS",
        help="columns such as id,date that go into the scores as they are, or all",
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted --output")
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="compute --output on a Ray cluster: auto, HOST:PORT, or local, which starts one here",
    )


def require_compatible(given: argparse.Namespace) -> None:
    """Raise `UsageError` for flags that do not go together."""
    if given.url is not None:
        names = ("ray", *EngineSettings.model_fields)
        own = [f"--{name}" for name in names if vars(given).get(name) is not None]
        own += [f"--{name}" for name in Wishes.model_fields if vars(given).get(name)]
        if own:
            message = f"{', '.join(own)}: not with --url, whose server has made its choice."
            raise UsageError(message, "Leave it out.")
    if given.text is not None and given.file is not None:
        raise UsageError("Both --text and a file were given.", "Give one of them.")
    if given.text_column != _TEXT_COLUMN and (
        given.file is None or find_kind(given.file) == ".txt"
    ):
        raise UsageError("--text-column goes with a file that has columns.", "Leave it out.")
    if given.keep is not None:
        if given.file is None:
            raise UsageError("--keep goes with a file that has columns.", "Name one.")
        if given.format == "table":
            raise UsageError("--keep goes with --output or JSON Lines.", "Use --format jsonl.")
    if (given.sentences or given.explain or given.warnings) and (
        given.output is not None or given.format == "table"
    ):
        raise UsageError(
            "--sentences, --explain and --warnings go with --text or JSON Lines.",
            "Use --format jsonl, and > for a file.",
        )
    if given.output is None:
        if given.file is not None and given.file.is_dir():
            raise UsageError(f"{given.file} is a folder.", "Name one for its scores with --output.")
        if given.resume or given.ray is not None:
            raise UsageError("--resume and --ray go with --output.", "Name a file or folder.")
    elif given.file is None:
        raise UsageError("--output goes with a file or a folder to read.", "Name one.")
    elif given.format is not None:
        raise UsageError(
            "--format goes with standard output.", "The ending of --output decides its format."
        )
