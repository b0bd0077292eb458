"""What all settings have in common: they are frozen, and a bad value is told by its name."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from sentiment.errors import UsageError, brief

ENVIRONMENT_PREFIX = "SENTIMENT_"


class Settings(BaseModel):
    """Base class of settings: they are frozen, and unknown names are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], label: str = "--{name}") -> Self:
        """Return the settings, or raise `UsageError` naming each bad value and its limit."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            problems = [_problem(dict(details), label) for details in error.errors()]
            raise UsageError("; ".join(problems) + ".") from None


def _problem(details: dict[str, Any], label: str) -> str:
    """Return pydantic's message, with the name of the setting and its value."""
    message: str = details["msg"].removeprefix("Value error, ")
    message = message if len(message) <= 500 else f"{message[:499]}…"  # it may repeat the value
    if not details["loc"]:
        return message
    return f"{spell(str(details['loc'][0]), label)}: {message}, got {brief(details['input'], 100)}"


def spell(name: str, label: str) -> str:
    """Return a setting's name as its flag or its environment name, as `label` asks."""
    return label.format(name=name.replace("_", "-"), NAME=ENVIRONMENT_PREFIX + name.upper())


def _split_at_commas(given: Any) -> Any:
    """Return what stands between the commas of a setting, in small letters."""
    if not isinstance(given, str):
        return given
    parts = tuple(part.strip().lower() for part in given.split(",") if part.strip())
    if given and not parts:
        raise ValueError("It should be empty, or hold something besides commas")
    return parts


AtCommas = Annotated[tuple[str, ...], BeforeValidator(_split_at_commas)]
"""What is given with commas between, such as several names."""
