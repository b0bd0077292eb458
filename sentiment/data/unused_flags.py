"""Flags that a source of data has no use for: they are refused, not passed over."""

from collections.abc import Iterable

from sentiment.errors import UsageError
from sentiment.settings import DataSettings


def refuse(settings: DataSettings, names: Iterable[str]) -> None:
    """Raise `UsageError` if one of the settings of these names is given."""
    for name in names:
        if getattr(settings, name) != DataSettings.model_fields[name].default:
            raise UsageError(
                f"--{name.replace('_', '-')} does not go with --data {settings.data}.",
                "Pass --data with a file of your own.",
            )
