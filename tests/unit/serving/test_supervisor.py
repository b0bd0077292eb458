"""What is logged and decided when a worker ends, by a clock that the test sets."""

import logging
import os

import pytest

from sentiment.serving.supervisor import WINDOW_S, Supervisor
from sentiment.serving.worker import Origin


def test_it_says_which_worker_ended_how(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor(max_restarts=5)
    with caplog.at_level(logging.ERROR):
        supervisor.ended(4711, -9)
        supervisor.ended(4712, 3)
    killed, ended = caplog.messages
    assert "worker 4711 was killed by SIGKILL (9)" in killed
    assert "memory" in killed
    assert "worker 4712 ended with exit code 3" in ended


def test_a_signal_without_a_name_is_named_by_its_number(caplog: pytest.LogCaptureFixture) -> None:
    """Real-time signals but the first and the last have none."""
    assert Supervisor(max_restarts=1).ended(4711, -40)
    assert "signal 40" in caplog.text


def test_it_counts_restarts_and_hands_the_count_down() -> None:
    supervisor = Supervisor(max_restarts=5)
    assert Origin.from_environment(supervisor.environment(2)) == Origin(os.getpid(), 2, 0)
    supervisor.ended(1, -9)
    supervisor.ended(2, -9)
    assert Origin.from_environment(supervisor.environment(2)) == Origin(os.getpid(), 2, 2)


def test_it_gives_up_when_workers_end_again_and_again() -> None:
    supervisor = Supervisor(max_restarts=2, now=lambda: 0.0)
    assert [supervisor.ended(pid, -9) for pid in range(3)] == [True, True, False]


def test_old_restarts_are_forgotten_but_counted() -> None:
    times = iter([0.0, 1.0, WINDOW_S + 0.5, WINDOW_S + 0.6])
    supervisor = Supervisor(max_restarts=2, now=lambda: next(times))
    assert [supervisor.ended(pid, -9) for pid in range(4)] == [True, True, True, False]
    origin = Origin.from_environment(supervisor.environment(1))
    assert origin is not None
    assert origin.restarts == 3


def test_with_no_restarts_allowed_the_first_end_is_the_last() -> None:
    assert not Supervisor(max_restarts=0).ended(1, -11)


def test_a_process_that_nobody_supervises_has_no_origin() -> None:
    assert Origin.from_environment({}) is None
