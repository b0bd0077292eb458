"""How many connections the limit of open files leaves, in a process of its own."""

import pytest

from tests.support.processes import python

COUNT = """
import resource
from sentiment.serving.access.descriptors import descriptors_left
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(descriptors_left(4352), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "least", "most"),
    [(256, 256, 150, 192), (256, 1024, 900, 960), (256, 8192, 4352, 4352), (60, 60, 16, 16)],
)
def test_the_soft_limit_is_raised_and_the_hard_limit_counts(
    soft: int, hard: int, least: int, most: int
) -> None:
    ended = python("-c", COUNT.format(soft=soft, hard=hard))
    assert ended.returncode == 0, ended.stderr
    left, raised = map(int, ended.stdout.split())
    assert least <= left <= most
    assert soft <= raised <= hard
