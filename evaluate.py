"""Report on a stored or running model: accuracy, F1, calibration, confusion matrix.

`sentiment.evaluation` does the work; this file reads the command line and prints the report.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment import cli  # all else is imported inside its border, which knows Ctrl-C
from sentiment.errors import UsageError

if TYPE_CHECKING:
    from sentiment.evaluation.remote import RemoteModel
    from sentiment.evaluation.report import Answers
    from sentiment.settings import EngineSettings
    from sentiment.store import StoredModel

_TAG = re.compile(r"[a-z0-9][a-z0-9._-]*:[A-Za-z0-9][\w.-]*")  # as of a stored model

EXAMPLES = """\
  python evaluate.py                               the newest model on its own test split
  python evaluate.py sentiment:abc123 --json report.json
  python evaluate.py --data rotten-tomatoes        a second test set, from another domain
  python evaluate.py --url http://127.0.0.1:3000   the model that a server answers with
  python evaluate.py --behaviour                   also what a few changed words do to it
  python evaluate.py --data mine.csv --label-column stars --labels 1=negative 5=positive
"""


def main(arguments: list[str] | None = None) -> None:
    """Evaluate the model that the command line names, and print the report."""
    from sentiment.settings import MODEL_NAME, EngineSettings

    given = vars(_parser().parse_args(arguments))
    tag, output, url = given.pop("tag"), given.pop("json"), given.pop("url")
    allow, with_behaviour = given.pop("allow_seen"), given.pop("behaviour")
    engine = {name: given.pop(name) for name in EngineSettings.model_fields if name in given}
    if url and engine:
        flags = ", ".join(f"--{name}" for name in engine)
        raise UsageError(
            f"{flags}: not with --url, whose server has made its choice.", "Leave it out."
        )
    labels = given.get("labels", ())
    if labels and tag is None and _TAG.fullmatch(labels[-1]):
        raise UsageError(
            f"{labels[-1]} was read as one of --labels, which take all that follows them.",
            f"Name the model first: python evaluate.py {labels[-1]} --labels …",
        )
    tag = tag or MODEL_NAME
    from sentiment.atomic_files import require_writable, write_atomically
    from sentiment.behaviour.judging import require_labels
    from sentiment.evaluation import remote, report
    from sentiment.store import find

    if output:
        require_writable(output)
    model = remote.connect(url, tag) if url else find(tag)
    if output:
        _require_no_input(output, given if "data" in given else model.card.settings)
    if with_behaviour:
        require_labels(model.card.labels)
    corpus = report.test_split(model, given)
    corpus, seen, left_out = report.leave_out_seen(model, corpus, allow)
    texts = corpus.splits["test"][:]["text"]
    print(f"model: {model.tag}; data: {corpus.summary.source}, {len(texts):,} texts", flush=True)
    if left_out:
        print(f"left out: {left_out:,} texts that the model was trained or calibrated on")
    for note in corpus.notes:
        print(note, file=sys.stderr)
    ask = _asker(model, EngineSettings.parse(engine))
    answers = _with_bar(ask, texts, "evaluating")
    behaviour = None
    if with_behaviour:
        suite_texts = report.suite_texts()
        behaviour = report.judge_behaviour(_with_bar(ask, suite_texts, "behaviour"))
    result = report.evaluate(answers, corpus, seen, behaviour, left_out)
    print(f"\n{result.text}")
    if output:
        write_atomically(output, json.dumps(result.values, indent=2) + "\n")


def _require_no_input(output: Path, settings: Mapping[str, Any]) -> None:
    """Raise `UsageError` if the report would replace a file of the data."""
    files = (settings.get(name) for name in ("data", "validation_file", "test_file"))
    if any(output.resolve() == Path(file).resolve() for file in files if file):
        raise UsageError(
            f"{output} is read as data, and the report would replace it.",
            "Name another file with --json.",
        )


Ask = Callable[[list[str], Callable[[int], object]], "Answers"]


def _asker(model: "RemoteModel | StoredModel", settings: "EngineSettings") -> Ask:
    """Return what answers texts: the server, or the model loaded here, once."""
    from sentiment.evaluation import remote, report
    from sentiment.inference.predictor import Predictor

    if isinstance(model, remote.RemoteModel):
        return partial(remote.ask, model)
    return partial(report.answer, Predictor.load(model, settings))


def _with_bar(ask: Ask, texts: list[str], name: str) -> "Answers":
    from tqdm import tqdm

    with tqdm(total=len(texts), unit="text", desc=name, dynamic_ncols=True) as bar:
        return ask(texts, bar.update)


def _parser() -> argparse.ArgumentParser:
    from sentiment.settings import MODEL_NAME, DataSettings, EngineSettings, add_flags

    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument(
        "tag",
        nargs="?",
        help=f"model tag, or a name for its newest version (default: {MODEL_NAME})",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here too")
    parser.add_argument(
        "--url", help="evaluate the running server there, by the key in SENTIMENT_KEY if any"
    )
    parser.add_argument(
        "--allow-seen", action="store_true", help="keep texts that the model was trained on"
    )
    parser.add_argument(
        "--behaviour",
        action="store_true",
        help="try it on the behaviour suite too: negation, typos, names, edited reviews, ...",
    )
    add_flags(parser, EngineSettings)
    own = (
        "train_size",
        "validation_size",
        "validation_file",
        "test_file",
        "group_column",
        "seed",
    )
    add_flags(parser, DataSettings, leave_out=own, defaults=False)
    return parser


if __name__ == "__main__":
    sys.exit(cli.run(main))
