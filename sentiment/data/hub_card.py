"""How the card of a data set says that its CSV or JSON files are written, in our own settings.

A card gives options of pandas, which `datasets` has read as a configuration. A flag goes before
what the card says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sentiment.data.rows.row import Column, no_such_column
from sentiment.errors import UsageError
from sentiment.settings import DataSettings, FileSettings

_OF_ROWS = ("text_column", "label_column", "group_column")
_QUOTES_ARE_LETTERS = 3  # `csv.QUOTE_NONE`; the others are of writing
# What changes no text and no label: speed, columns that are not used, and words such as NA.
_NO_MATTER = {
    *("features", "chunksize", "memory_map", "engine", "float_precision", "verbose", "usecols"),
    *("index_col", "keep_default_na", "na_filter", "skip_blank_lines", "mangle_dupe_cols"),
    *("delimiter", "column_names"),  # which are `sep` and `names` by now
    *("use_threads", "block_size", "newlines_in_values", "on_mixed_types", "parse_agent_traces"),
}


@dataclass(frozen=True)
class Writing:
    """How files are written, as far as a card says it."""

    settings: Mapping[str, Any]
    """Of `FileSettings`."""
    columns: Sequence[str] = ()
    """The names of the columns, where the files have no heading."""
    unknown: Sequence[str] = ()
    """Options that the reader of rows has no word for."""

    def obeyed(self, given: DataSettings) -> DataSettings:
        """Return settings with what the card says, but where a flag says something else.

        Raises `DataError` on a column that is not among those that the card names.
        """
        update = {
            name: value
            for name, value in self.settings.items()
            if getattr(given, name) == FileSettings.model_fields[name].default
        }
        if "no_header" in update and self.columns:
            update |= self._numbered(given)
        return given.model_copy(update=update)

    def _numbered(self, given: DataSettings) -> dict[str, str]:
        """Return the numbers, from 1, of the columns that are asked for by their names."""
        asked = {name: str(column) for name in _OF_ROWS if (column := getattr(given, name))}
        missing = [
            Column(column, f"--{name.replace('_', '-')}")
            for name, column in asked.items()
            if column not in self.columns
        ]
        if missing:
            raise no_such_column(given.data, missing, self.columns)
        return {name: str(self.columns.index(column) + 1) for name, column in asked.items()}


def writing(config: Any, tabs: bool) -> Writing:
    """Return what the configuration of a CSV or JSON builder of `datasets` says.

    `tabs`: the files are TSV by their names, which says nothing that is not found out.
    """
    from datasets import BuilderConfig

    usual, general = type(config)(), {field.name for field in fields(BuilderConfig)}
    options = {
        field.name: getattr(config, field.name)
        for field in fields(config)
        if field.name not in general | _NO_MATTER
        and getattr(config, field.name) != getattr(usual, field.name)
    }
    if tabs and options.get("sep") == "\t":
        del options["sep"]
    return _translated(options)


def _translated(options: dict[str, Any]) -> Writing:
    """Return options of pandas as settings; `options` keeps those that cannot be said so."""
    said: dict[str, Any] = {}
    for option, setting in (("sep", "delimiter"), ("encoding", "encoding")):
        if option in options and _is_allowed(setting, options[option]):
            said[setting] = options.pop(option)
    if options.pop("quoting", None) == _QUOTES_ARE_LETTERS:
        said["unquoted"] = True
    names = [str(name) for name in options.get("names") or ()]
    headless = options.get("header", "") is None or bool(names and "header" not in options)
    if headless:
        said["no_header"] = True
        options.pop("header", None)
        options.pop("names", None)
    elif options.get("header") == 0 and not names:
        del options["header"]
    return Writing(said, names if headless else (), tuple(options))


def _is_allowed(name: str, value: Any) -> bool:
    try:
        FileSettings.parse({name: value})
    except UsageError:
        return False
    return True
