"""Answers a second and CPU time of our server with a model's n-grams and without them.

python -m benchmarks.cascade                          the newest of each recipe
python -m benchmarks.cascade --models TAG TAG=NAME    these, one by another name
"""

import sys

from benchmarks import page
from benchmarks.cascade.measure import measure
from benchmarks.cascade.tables import tables
from benchmarks.peers.process import exit_on_sigterm
from benchmarks.tradeoff.models import from_command_line
from sentiment import cli


def main() -> None:
    """Measure each model and write the table."""
    exit_on_sigterm()
    result = measure(*from_command_line("benchmarks.cascade", __doc__))
    page.write("cascade", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
