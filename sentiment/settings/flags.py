"""The flags of command lines, one for each field of their settings."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from sentiment.settings.base import Settings

_METAVARS = {str: "NAME", int: "N", float: "NUMBER", Path: "PATH"}


def add_flags(
    parser: argparse.ArgumentParser,
    settings: type[Settings],
    *,
    leave_out: Sequence[str] = (),
    defaults: bool = True,
) -> None:
    """Add one flag for each field of `settings`, named and described as declared.

    A flag that is not given sets no attribute, so that a caller can tell it from
    a flag that repeats its default. With `defaults` False the help omits the
    defaults, for a command line whose defaults are decided elsewhere.
    """
    for name, field in settings.model_fields.items():
        if name in leave_out:
            continue
        kind = _plain(field.annotation)
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "dest": name}
        if kind is bool:
            options["action"] = "store_true"
        elif get_origin(kind) is Literal:
            options["choices"] = get_args(kind)
        elif get_origin(kind) is tuple:
            item = get_args(kind)[0]
            options |= {"nargs": "+", "metavar": _METAVARS.get(item, "FORMAT")}
            if item is str:  # see sentiment.cli, which lets such values begin with a dash
                options["action"] = "extend"
        else:
            options["metavar"] = _METAVARS.get(kind, "NUMBER|model")
        default = field.default
        spelled = " ".join(default) if isinstance(default, tuple) else default
        hidden = default is None or default is False or default == ()
        shown = "" if hidden or not defaults else f" (default: {spelled})"
        help_text = f"{field.description}{shown}".replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", help=help_text, **options)


def _plain(annotation: Any) -> Any:
    """Return `X` for an annotation `X | None`."""
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation
