"""Export a stored model anew, into a new version: python -m sentiment.export [TAG]."""

import shutil
import sys
import tempfile
from pathlib import Path

from sentiment import cli  # all else is imported inside its border, which knows Ctrl-C
from sentiment.errors import DataError

EXAMPLES = """\
  python -m sentiment.export                    newest model, what a server on this CPU would choose
  python -m sentiment.export sentiment:abc123 --export onnx-fp32 onnx-int8
"""


def main(arguments: list[str] | None = None) -> None:
    """Export the model on the command line and print the new version's tag."""
    from sentiment.settings import MODEL_NAME, TrainingSettings, add_flags

    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument("tag", nargs="?", default=MODEL_NAME, help="model tag, or a name")
    others = set(TrainingSettings.model_fields) - {"export"}
    add_flags(parser, TrainingSettings, leave_out=sorted(others))
    given = vars(parser.parse_args(arguments))
    from sentiment import store
    from sentiment.data import load
    from sentiment.export.exporter import export
    from sentiment.export.samples import take_samples
    from sentiment.inference.encoded_split import encode_split
    from sentiment.inference.tokenizing import Tokenizer

    model = store.find(given.pop("tag"))
    model.check_files(store.EXPORTS)
    settings = TrainingSettings.parse(model.card.settings | given)
    corpus = load(settings)
    if corpus.summary.fingerprint != model.card.data.fingerprint:
        raise DataError(
            f"The data has changed since {model.tag} was trained on it.",
            "Export needs the same texts to quantise on and to check; train anew.",
        )
    tokenizer = Tokenizer(model.folder, settings.max_length, settings.truncation)
    train, validation = (encode_split(corpus, name, tokenizer) for name in ("train", "validation"))
    samples = take_samples(train, validation, model.card)
    print(f"model: {model.tag}; formats: {' '.join(settings.export)}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        # The formats are made again, and so is BentoML's own file.
        own = shutil.ignore_patterns(*store.EXPORTS, "model.yaml")
        shutil.copytree(model.folder, folder, ignore=own)
        exports = export(folder, settings.export, samples)
        card = model.card.model_copy(update={"exports": exports})
        print(store.save(model.tag.partition(":")[0], folder, card, model.seen_hashes()))


if __name__ == "__main__":
    sys.exit(cli.run(main))
