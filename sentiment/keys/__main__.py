"""Make, list and remove API keys of the server: python -m sentiment.keys add NAME."""

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from sentiment import cli
from sentiment.errors import DataError, UsageError
from sentiment.serving.access.keys import ApiKey, hash_of, new_key
from sentiment.serving.access.keys_file import (
    MOST_PER_MINUTE,
    NAME,
    add_key,
    read_keys,
    remove_keys,
)
from sentiment.serving.access.roles import KEY_ROLES

_VARIABLE = "SENTIMENT_API_KEYS_FILE"

EXAMPLES = """\
  export SENTIMENT_API_KEYS_FILE=keys.txt
  python -m sentiment.keys add shop --per-minute 600      prints a key, once
  python -m sentiment.keys add prometheus --role metrics --until 2027-12-31
  python -m sentiment.keys list                           names, roles, limits; no keys
  python -m sentiment.keys remove shop --key 3f5a0b1c2d4e one of its keys
  python -m sentiment.keys remove shop                    all of its keys
"""


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says. A new key is all that `add` writes to standard output."""
    given = _parser().parse_args(arguments)
    path = given.file or os.environ.get(_VARIABLE)
    if not path:
        raise UsageError("No file of keys is named.", f"Set {_VARIABLE}, or pass --file PATH.")
    given.run(Path(path).resolve(), given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser(__doc__.splitlines()[0], EXAMPLES)
    parser.add_argument("--file", metavar="PATH", help=f"file of keys (default: ${_VARIABLE})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make a key and show it, once")
    add.add_argument("name", help="whose it is; several keys may have one name")
    add.add_argument(
        "--role",
        action="append",
        choices=KEY_ROLES,
        help="what it is for, once for each role (default: predict); admin may do everything",
    )
    amount = cli.number(int, 0, MOST_PER_MINUTE)
    add.add_argument(
        "--per-minute",
        type=amount,
        metavar="N",
        help="requests in a minute; 0: no limit (default: SENTIMENT_REQUESTS_PER_MINUTE)",
    )
    add.add_argument(
        "--tokens-per-minute",
        type=amount,
        metavar="N",
        help="tokens in a minute; 0: no limit (default: SENTIMENT_TOKENS_PER_MINUTE)",
    )
    add.add_argument("--until", metavar="DAY", help="last day, in UTC, such as 2027-12-31")
    add.set_defaults(run=_add)
    remove = commands.add_parser("remove", help="remove the keys of a name, or one of them")
    remove.add_argument("name")
    remove.add_argument("--key", metavar="ID", help="the one that `list` shows with this id")
    remove.set_defaults(run=_remove)
    commands.add_parser("list", help="list the keys, without secrets").set_defaults(run=_list)
    return parser


def _add(path: Path, given: argparse.Namespace) -> None:
    if not NAME.fullmatch(given.name):
        raise UsageError(
            f"{given.name[:80]!r} cannot name a key.",
            "Use 1 to 63 letters, digits, dots, hyphens, underscores and @, such as team-a.",
        )
    made = new_key()
    key = ApiKey(
        given.name,
        hash_of(made),
        tuple(dict.fromkeys(given.role or ["predict"])),
        given.per_minute,
        given.tokens_per_minute,
        _day(given.until),
    )
    add_key(path, key)
    print(f"key {key.id} of {key.name} is in {path}; it is shown only now:", file=sys.stderr)
    print(made)


def _day(given: str | None) -> date | None:
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"{given[:80]!r} is no day.", "Write one as 2027-12-31.") from None
    if day < datetime.now(UTC).date():
        raise UsageError(f"{given} is over, so the key would be refused.", "Name a later day.")
    return day


def _remove(path: Path, given: argparse.Namespace) -> None:
    def unwanted(key: ApiKey) -> bool:
        return key.name == given.name and given.key in (None, key.id)

    removed = remove_keys(path, unwanted)
    if not removed:
        which = "no key" if given.key is None else f"no key {given.key[:80]}"
        raise DataError(
            f"{given.name[:80]} has {which} in {path}.", "See: python -m sentiment.keys list"
        )
    print(f"removed: {', '.join(key.id for key in removed)}")


def _list(path: Path, _: argparse.Namespace) -> None:
    rows = [
        (
            key.name,
            key.id,
            ",".join(key.roles),
            _shown(key.per_minute),
            _shown(key.tokens_per_minute),
            f"{key.until or '-'}{' (expired)' if key.expired() else ''}",
        )
        for key in read_keys(path)
    ]
    head = ("name", "key", "roles", "requests/min", "tokens/min", "until")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):  # all ASCII; `rich` is not in the serving image
        print("  ".join(map(str.ljust, row, widths)).rstrip())


def _shown(amount: int | None) -> str:
    return "-" if amount is None else f"{amount:,}" if amount else "no limit"


if __name__ == "__main__":
    sys.exit(cli.run(main))
