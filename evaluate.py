"""Report on a stored or running model: accuracy, F1, calibration, confusion matrix.

`sentiment.evaluation` does the work; this file reads the command line and prints the report.
"""

import argparse
import json
import sys
from pathlib import Path

from sentiment import cli
from sentiment.atomic_files import require_writable, write_atomically
from sentiment.errors import UsageError
from sentiment.settings import MODEL_NAME, DataSettings, EngineSettings, add_flags

EXAMPLES = """\
  python evaluate.py                               the newest model on its own test split
  python evaluate.py sentiment:abc123 --json report.json
  python evaluate.py --data rotten-tomatoes        a second test set, from another domain
  python evaluate.py --url http://127.0.0.1:3000   the model that a server answers with
  python evaluate.py --data mine.csv --label-column stars --labels 1=negative 5=positive
"""


def main(arguments: list[str] | None = None) -> None:
    """Evaluate the model that the command line names, and print the report."""
    given = vars(_parser().parse_args(arguments))
    tag, output, url = given.pop("tag"), given.pop("json"), given.pop("url")
    allow = given.pop("allow_seen")
    engine = {name: given.pop(name) for name in EngineSettings.model_fields if name in given}
    if url and engine:
        flags = ", ".join(f"--{name}" for name in engine)
        raise UsageError(
            f"{flags}: not with --url, whose server has made its choice.", "Leave it out."
        )
    labels = given.get("labels", ())
    if labels and ":" in labels[-1] and "=" not in labels[-1] and tag == MODEL_NAME:
        raise UsageError(
            f"{labels[-1]} was read as one of --labels, which take all that follows them.",
            f"Name the model first: python evaluate.py {labels[-1]} --labels …",
        )
    from tqdm import tqdm

    from sentiment.evaluation import remote, report
    from sentiment.inference.predictor import Predictor
    from sentiment.store import find

    if output:
        require_writable(output)
    model = remote.connect(url, tag) if url else find(tag)
    corpus = report.test_split(model, given)
    texts = corpus.splits["test"][:]["text"]
    print(f"model: {model.tag}; data: {corpus.summary.source}, {len(texts):,} texts", flush=True)
    seen = report.refuse_seen(model, texts, allow)
    settings = EngineSettings.parse(engine)
    with tqdm(total=len(texts), unit="text", desc="evaluating", dynamic_ncols=True) as bar:
        if isinstance(model, remote.RemoteModel):
            answers = remote.ask(model, texts, bar.update)
        else:
            answers = report.answer(Predictor.load(model, settings), texts, bar.update)
    result = report.evaluate(answers, corpus, seen)
    print(f"\n{result.text}")
    if output:
        write_atomically(output, json.dumps(result.values, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument(
        "tag", nargs="?", default=MODEL_NAME, help="model tag, or a name for its newest version"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here too")
    parser.add_argument("--url", help="evaluate the running server there, over HTTP")
    parser.add_argument(
        "--allow-seen", action="store_true", help="report on texts the model was trained on"
    )
    add_flags(parser, EngineSettings)
    own = ("train_size", "validation_size", "validation_file", "test_file", "seed")
    add_flags(parser, DataSettings, leave_out=own, defaults=False)
    return parser


if __name__ == "__main__":
    sys.exit(cli.run(main))
