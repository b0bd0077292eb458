"""Attack a served model in every way that we know of, and write down what was seen.

python -m benchmarks.fire                     about 20 minutes
python -m benchmarks.fire --minutes 30        half an hour of mixed traffic, not eight minutes
python -m benchmarks.fire --quick             two or three minutes: the same attacks, less of each
python -m benchmarks.fire --only kill         those whose description has the word; writes nothing
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import page
from benchmarks.fire import admission, connections, door, fuzzing, load, processes
from benchmarks.fire.attack import FULL, QUICK, Attack, Scale, Seen
from benchmarks.fire.result import Result, Row
from benchmarks.fire.tables import tables
from benchmarks.fire.target import MEMORY_MB, Target, target
from benchmarks.machine import machine
from benchmarks.peers.process import exit_on_sigterm
from sentiment import cli, store
from sentiment.settings import MODEL_NAME

ATTACKS: tuple[Attack, ...] = (
    *admission.ATTACKS,
    *connections.ATTACKS,
    *door.ATTACKS,
    *fuzzing.ATTACKS,
    *load.ATTACKS,
    *processes.ATTACKS,
)


def main() -> None:
    """Attack, print the table and write it into docs/reliability.md."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fire",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", default=MODEL_NAME, metavar="TAG")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--minutes", type=float, metavar="N", help="of mixed traffic")
    parser.add_argument("--only", default="", metavar="WORD")
    given = parser.parse_args()
    exit_on_sigterm()
    attacks = [each for each in ATTACKS if given.only.lower() in each.done.lower()]
    scale = QUICK if given.quick else FULL
    if given.minutes:
        scale = replace(scale, mixed_s=given.minutes * 60)
    result = fire(given.model, scale, attacks)
    if given.only:
        print(tables(result))
    else:
        page.write("fire", result, tables(result), page.RELIABILITY)


def fire(tag: str, scale: Scale, attacks: Sequence[Attack]) -> Result:
    """Make the attacks one after the other on one server; return what was seen."""
    model = store.find(tag)
    since = time.monotonic()
    with target(model) as server:
        rows = [_row(attack, server, scale) for attack in attacks]
    return {
        **machine(),
        "model": model.tag,
        "scale": scale.name,
        "minutes": (time.monotonic() - since) / 60,
        "rows": rows,
    }


def _row(attack: Attack, server: Target, scale: Scale) -> Row:
    """Make one attack; it holds if it saw what is promised and the server is as before."""
    print(f"{attack.done} ...", file=sys.stderr, flush=True)
    with server.watched() as peak:
        try:
            seen = attack.run(server, scale)
        except Exception as error:  # an attack that breaks is a finding, not an end
            seen = Seen(f"{type(error).__name__}: {error}"[:200], False)
    right = server.answers_as_before()
    text = seen.text if right else f"{seen.text}; afterwards it does not answer"
    held = seen.held and right and peak.mb <= MEMORY_MB
    print(f"  {'held' if held else 'FELL'}: {text} ({peak.mb:.0f} MB)", file=sys.stderr, flush=True)
    return {
        "done": attack.done,
        "promised": attack.promised,
        "seen": text,
        "held": held,
        "peak_mb": round(peak.mb, 1),
    }


if __name__ == "__main__":
    sys.exit(cli.run(main))
