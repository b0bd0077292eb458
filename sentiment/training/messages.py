"""What a training run prints; the work itself prints nothing."""

from collections.abc import Sequence
from typing import get_args

from sentiment.calibration import ENOUGH_TEXTS
from sentiment.data import Corpus
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.tokenizing import in_pieces_warning
from sentiment.schema import (
    BehaviourReport,
    CascadeCard,
    EpochMetrics,
    MethodComparison,
    ModelCard,
    TrainingMethod,
)
from sentiment.settings import TrainingSettings
from sentiment.training.classifier import PretrainedClassifier

_MOST_LABELS = 30  # in a line


def data_lines(corpus: Corpus) -> list[str]:
    """Return the lines about the data: source, sizes, labels, fingerprint; what was found."""
    summary = corpus.summary
    sizes = ", ".join(f"{size:,} {name}" for name, size in summary.sizes.items())
    first = (
        f"data: {summary.source} ({sizes}; labels {_names(corpus.labels)}; dropped "
        f"{summary.dropped_empty} empty, {summary.dropped_duplicates} also in a later split; "
        f"fingerprint {summary.fingerprint[:12]})"
    )
    return [first, *corpus.notes]


def _names(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_LABELS
    return ", ".join(labels[:_MOST_LABELS]) + (f" and {more:,} more" if more > 0 else "")


def base_model_line(
    settings: TrainingSettings, classifier: PretrainedClassifier, machine: str
) -> str:
    """Return the line about the base model: how much of it is trained, on which machine."""
    model = classifier.model
    total = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    knows = f"knows {', '.join(classifier.languages)}, " if classifier.languages else ""
    return (
        f"base model: {settings.base_model} ({model.config.model_type}, {knows}"
        f"{total / 1e6:.1f} M parameters, {trained / 1e6:.1f} M trained) on {machine}"
    )


def vocabulary_lines(
    train: EncodedSplit, validation: EncodedSplit, languages: Sequence[str]
) -> list[str]:
    """Return what the vocabulary of the base model does not have of the data."""
    unreadable = train.unreadable + validation.unreadable
    lines = [
        f"left out: {unreadable:,} texts, none of whose tokens the base model knows"
        if unreadable
        else "",
        in_pieces_warning(train.in_pieces, len(train.ids), languages),
    ]
    return [line for line in lines if line]


def comparison_lines(comparison: MethodComparison, chosen: TrainingMethod) -> list[str]:
    """Return the table of the methods that were compared, and which of them trains the model."""
    rows = [
        f"  {each.method:<12} {each.accuracy:.3f} ± {each.spread:.3f}   {each.log_loss:.3f}"
        for each in comparison.results
    ]
    compared = {each.method for each in comparison.results}
    return [
        f"  {'method':<12} {'accuracy':<13}   log loss",
        *rows,
        *(
            f"  {each:<12} not compared: too few texts of a label"
            for each in get_args(TrainingMethod)
            if each not in compared
        ),
        f"method: {chosen} (best of {comparison.folds}-fold cross-validation on "
        f"{comparison.rows} training texts)",
    ]


def epoch_line(metrics: EpochMetrics, epochs: int) -> str:
    """Return what an epoch brought, in a line."""
    return (
        f"epoch {metrics.epoch}/{epochs}: train loss {metrics.train_loss:.4f}, validation "
        f"loss {metrics.validation_loss:.4f}, accuracy {metrics.validation_accuracy:.4f}"
    )


def behaviour_line(behaviour: BehaviourReport) -> str:
    """Return what the behaviour suite found, in a line."""
    return (
        f"behaviour: {behaviour.mean_failure:.3f} failures on average, at worst "
        f"{behaviour.worst_failure:.3f} ({behaviour.worst_ability}); both sides of edited pairs "
        f"right in {behaviour.both_right:.3f}"
    )


def cascade_line(cascade: CascadeCard | None) -> str:
    """Return what the n-grams may answer, and what that does on validation texts."""
    if cascade is None:
        return "n-grams: left out, the encoder answers everything"
    rule, does = cascade.rule, cascade.chosen
    if rule is None:
        return f"n-grams of {cascade.texts:,} texts answer nothing alone; {_combination(cascade)}"
    return (
        f"n-grams of {cascade.texts:,} texts answer {does.share:.0%} of "
        f"{cascade.validation_texts:,} validation texts (confidence {rule.confidence:g}, "
        f"{rule.tokens} tokens or more): "
        f"accuracy {does.accuracy:.4f}, encoder alone {cascade.encoder_accuracy:.4f}, n-grams "
        f"alone {cascade.ngrams_accuracy:.4f}; {_combination(cascade)}"
    )


def _combination(cascade: CascadeCard) -> str:
    """Return whether both parts are added up, and what that did in validation."""
    both = cascade.combination
    if both is None:
        return "not combined with the encoder"
    pairs = "" if both.pairs_right is None else f", edited pairs right {both.pairs_right:.3f}"
    where = f" in texts of {both.tokens} tokens or more" if both.tokens else ""
    state = "added to the encoder" if both.used else "not added to the encoder (--combine)"
    return f"{state}{where}: that gave accuracy {both.accuracy:.4f}{pairs}"


def calibration_line(card: ModelCard) -> str:
    """Return the line about the temperature and what it changes on the validation split."""
    fit, texts = card.calibration, card.data.sizes["validation"]
    line = (
        f"temperature {fit.temperature:.3f}: expected calibration error on validation "
        f"{fit.expected_calibration_error_before:.4f} before, "
        f"{fit.expected_calibration_error_after:.4f} after"
    )
    if texts < ENOUGH_TEXTS:
        line += (
            f"\n{texts} validation texts tell little of the temperature, so it is kept near 1; "
            f"{ENOUGH_TEXTS} or more would tell (--validation-file)"
        )
    return line
