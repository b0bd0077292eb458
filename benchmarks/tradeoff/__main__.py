"""What each stored model costs to serve, beside how good it is; the peers with theirs.

The cost is CPU time of our server for each answer, with 64 callers and real reviews. How
good a model is comes from the report on it in docs/results/; a model without one is
evaluated, which takes minutes. What the peers cost was measured by benchmarks.serving.

  python -m benchmarks.tradeoff                               the newest of each recipe
  python -m benchmarks.tradeoff --models TAG TAG=NAME         these, one by another name
"""

import sys

from benchmarks import page
from benchmarks.peers.process import exit_on_sigterm
from benchmarks.tradeoff.chart import FILE, chart
from benchmarks.tradeoff.measure import measure
from benchmarks.tradeoff.models import from_command_line
from benchmarks.tradeoff.tables import tables
from sentiment import cli
from sentiment.atomic_files import write_atomically


def main() -> None:
    """Measure each model and write the chart and the table."""
    exit_on_sigterm()
    result = measure(*from_command_line("benchmarks.tradeoff", __doc__))
    write_atomically(page.RESULTS / FILE, chart(result))
    page.write("tradeoff", result, tables(result))


if __name__ == "__main__":
    sys.exit(cli.run(main))
