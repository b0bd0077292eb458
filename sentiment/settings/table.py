"""The table of settings in the docs."""

from typing import Any

from sentiment.settings.base import Settings, spell


def settings_table(settings: type[Settings]) -> str:
    """Return the Markdown table of the environment names, for docs/serving.md."""
    rows = []
    for name, field in settings.model_fields.items():
        description = (field.description or "").replace("|", r"\|")
        rows.append(f"| `{spell(name, '{NAME}')}` | {_shown(field.default)} | {description} |")
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows])


def _shown(default: Any) -> str:
    """Return a default as Markdown, where two backticks with nothing between them are no code."""
    return "empty" if default in ("", (), None) else f"`{default}`"
