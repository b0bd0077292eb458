"""What is remembered of the engine's speed and of the callers' texts."""

import math

import pytest

from sentiment.serving.throughput import Throughput


def test_the_first_measurement_replaces_the_assumption() -> None:
    throughput = Throughput(tokens_per_second=1.0)
    throughput.computed(tokens=500, seconds=0.5)
    assert throughput.tokens_per_second == pytest.approx(1000)


def test_a_later_measurement_moves_the_rate_by_a_tenth() -> None:
    throughput = Throughput()
    throughput.computed(tokens=1000, seconds=1)
    throughput.computed(tokens=2000, seconds=1)
    assert throughput.tokens_per_second == pytest.approx(1100)


def test_nothing_is_expected_of_texts_before_any_was_seen() -> None:
    assert Throughput().expected_tokens(10) == 0


def test_texts_are_expected_to_be_as_long_as_those_before() -> None:
    throughput = Throughput()
    throughput.tokenised(texts=2, tokens=20, all_tokens=60)
    throughput.tokenised(texts=2, tokens=40, all_tokens=100)
    assert throughput.expected_tokens(4) == 60


def test_long_lists_replace_what_was_seen_long_ago() -> None:
    throughput = Throughput()
    throughput.tokenised(texts=100, tokens=1000, all_tokens=1000)
    throughput.tokenised(texts=100, tokens=5000, all_tokens=5000)
    assert throughput.expected_tokens(1) == 50


def test_it_is_no_bound_before_the_engine_has_met_a_few_shapes() -> None:
    throughput = Throughput()
    throughput.computed(tokens=10, seconds=2)
    assert throughput.within(60) == math.inf
    throughput.computed(tokens=800, seconds=8)
    assert throughput.within(60) == 60 * throughput.tokens_per_second
