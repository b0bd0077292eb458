"""What a figure depends on: the machine, the versions, the commit and the day."""

from datetime import UTC, datetime
from typing import TypedDict

from sentiment import cpu
from sentiment.training import hardware


class Machine(TypedDict):
    """The first fields of every result."""

    machine: str
    int8_instructions: bool
    bf16_instructions: bool
    versions: dict[str, str]
    """The versions of Python and of the libraries that a model depends on."""
    commit: str
    day: str
    """The date in UTC, in the form of ISO 8601."""


def machine() -> Machine:
    """Describe this machine and the code, on which all figures measured now depend."""
    return {
        "machine": f"{cpu.usable_cores()} cores of {cpu.name()}",
        "int8_instructions": cpu.has_int8(),
        "bf16_instructions": cpu.has_bf16(),
        "versions": hardware.versions(),
        "commit": hardware.git_commit(),
        "day": datetime.now(UTC).date().isoformat(),
    }


def described(machine: Machine) -> str:
    """Return the sentence that stands above the tables of a result."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    native = {"int8": machine["int8_instructions"], "bf16": machine["bf16_instructions"]}
    has = " and ".join(name for name, there in native.items() if there) or "fp32"
    return (
        f"{machine['day']}, {machine['machine']}, instructions for {has}; "
        f"commit {short(machine['commit'])}; {versions}."
    )


def short(commit: str) -> str:
    """Return the beginning of a commit's hash, and whether the tree had changes."""
    hash_, *changed = commit.split("-", 1)
    return "-".join([hash_[:12], *changed])
