"""A report's values as text for a terminal."""

from collections.abc import Sequence
from typing import Any

from sentiment.terminal import table, table_width, width, wrap

_MOST_CONFUSIONS = 20  # shown where the matrix is too wide for the terminal


def to_text(values: dict[str, Any]) -> str:
    """Return the report: what was evaluated, warnings, figures, confusions, each label."""
    warnings = [wrap(f"WARNING: {warning}") for warning in values["warnings"]]
    parts = [_heading(values), *warnings, _summary(values), _confusion(values), _per_label(values)]
    if values["cascade"]:
        parts.append(_cascade(values["cascade"]))
    if values["behaviour"]:
        parts.append(_behaviour(values["behaviour"]))
    return "\n\n".join(parts)


def _heading(values: dict[str, Any]) -> str:
    engine, seen = values["engine"], values["seen_texts"]
    counts = {"unreadable": values["unreadable_texts"], "seen": values["left_out_as_seen"]}
    left_out = "".join(
        f", {count:,} more left out as {name}" for name, count in counts.items() if count
    )
    lines = [
        ("model", f"{values['model']} (recipe {values['recipe']})"),
        ("encoder", values["base_model"]),
        (
            "data",
            f"{values['data']}: {values['texts']:,} texts of the test split, "
            f"{values['truncated_texts']:,} cut to {values['max_length']} tokens{left_out}",
        ),
        ("computed", f"by {engine['backend']} in {engine['precision']} on {engine['device']}"),
    ]
    heading = "\n".join(f"{name + ':':<10}{wrap(value, 10)}" for name, value in lines)
    if seen is None:
        return f"{heading}\nWHETHER THE MODEL HAS SEEN THESE TEXTS IS NOT KNOWN"
    return f"{heading}\nTHE MODEL HAS SEEN {seen:,} of these texts" if seen else heading


def _summary(values: dict[str, Any]) -> str:
    labels = values["labels"]
    of = f" of {labels[1]}" if len(labels) == 2 else ", mean of labels"

    def row(name: str, key: str) -> tuple[str, str]:
        value = values[key]
        if value is None:
            return name, "undefined: a label is missing"
        low_high = values.get(f"{key}_interval")
        between = f"  (95 %: {low_high[0]:.4f} to {low_high[1]:.4f})" if low_high else ""
        return name, f"{value:.4f}{between}"

    def before_after(name: str, key: str) -> tuple[str, str]:
        before, after = values[f"{key}_before"], values[f"{key}_after"]
        return name, f"{before:.4f} before, {after:.4f} after"

    rows = [
        row("balanced accuracy", "balanced_accuracy"),
        row("macro F1", "macro_f1"),
        row("accuracy", "accuracy"),
        row("share of the largest label", "majority_share"),
        row(f"F1{of}", "f1"),
        row(f"precision{of}", "precision"),
        row(f"recall{of}", "recall"),
        row("ROC AUC", "roc_auc"),
        ("temperature", f"{values['temperature']:.4f}"),
        before_after("log loss", "log_loss"),
        before_after("expected calibration error", "expected_calibration_error"),
    ]
    return table(rows, right=False)


def _confusion(values: dict[str, Any]) -> str:
    """Return the matrix, its columns numbered where names are too wide, or the worst pairs."""
    matrix, names = values["confusion_matrix"], values["labels"]
    counts = [[f"{count:,}" for count in row] for row in matrix]
    title = "confusion matrix (rows: true, columns: predicted)"
    named = [[name, *row] for name, row in zip(names, counts, strict=True)]
    if table_width(named, ["", *names]) <= width():
        return f"{title}\n{table(named, ['', *names])}"
    numbers = [str(number) for number in range(1, len(names) + 1)]
    shown = zip(numbers, names, counts, strict=True)
    numbered = [[f"{number} {name}", *row] for number, name, row in shown]
    if table_width([["x" * (width() // 3), *row] for row in counts], ["", *numbers]) <= width():
        return f"{title}\n{table(numbered, ['', *numbers])}"
    return _worst_confusions(matrix, names)


def _worst_confusions(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    pairs = [
        (count, names[true], names[predicted])
        for true, row in enumerate(matrix)
        for predicted, count in enumerate(row)
        if true != predicted and count
    ]
    worst = sorted(pairs, key=lambda pair: -pair[0])[:_MOST_CONFUSIONS]
    title = f"most frequent confusions, {len(worst)} of {len(pairs)} (--json FILE has the matrix)"
    rows = [[f"{true} → {predicted}", f"{count:,}"] for count, true, predicted in worst]
    return f"{title}\n{table(rows, ['true → predicted', 'texts'])}" if rows else "no confusions"


def _per_label(values: dict[str, Any]) -> str:
    every = values["classification_report"]
    rows = [
        [
            title,
            *(f"{every[key][metric]:.4f}" for metric in ("precision", "recall", "f1-score")),
            f"{every[key]['support']:,.0f}",
        ]
        for title, key in [
            *((name, name) for name in values["labels"]),
            ("mean of labels", "macro avg"),
            ("mean weighted by texts", "weighted avg"),
        ]
    ]
    return table(rows, ["label", "precision", "recall", "F1", "texts"])


def _cascade(values: dict[str, Any]) -> str:
    """Return what each part of the cascade would have answered, and what it did answer."""
    share = values["share"]
    names = (("n-grams alone", "ngrams", 0.0), ("encoder alone", "encoder", 1.0))
    rows = [
        [
            title,
            f"{values[key]['accuracy']:.4f}",
            "{:.4f} to {:.4f}".format(*values[key]["accuracy_interval"]),
            f"{values[key]['log_loss']:.4f}",
            f"{values[key]['expected_calibration_error']:.4f}",
            f"{read:.2f}",
        ]
        for title, key, read in (*names, ("cascade", "cascade", 1 - share))
    ]
    heads = ["answers by", "accuracy", "95 %", "log loss", "ECE", "encoder reads"]
    both = f", and {values['both']:.1%} together with the encoder" if values["both"] else ""
    return f"{table(rows, heads)}\nThe n-grams answered {share:.1%} of the texts{both}."


def _behaviour(values: dict[str, Any]) -> str:
    rows = [
        [
            result["ability"],
            f"{result['cases']:,}",
            f"{result['failed']:,}",
            f"{result['rate']:.4f}",
        ]
        for result in values["abilities"]
    ]
    summary = wrap(
        f"Mean failure rate {values['mean_failure']:.4f}; the worst is {values['worst_ability']} "
        f"with {values['worst_failure']:.4f}. Of {values['pairs']:,} reviews edited to mean the "
        f"opposite, the edited side is right in {values['edited_right']:.4f}, both sides in "
        f"{values['both_right']:.4f}."
    )
    return f"{table(rows, ['behaviour', 'cases', 'failed', 'failure rate'])}\n{summary}"
