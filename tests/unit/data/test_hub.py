import pytest

from sentiment.data import hub
from sentiment.errors import DataError


def test_without_hub_and_cache_the_error_names_the_data_set_and_another_source() -> None:
    """The tests' environment is offline and its cache is empty."""
    with pytest.raises(DataError) as caught:
        hub.load_imdb(seed=0)
    said = str(caught.value)
    assert said.startswith("stanfordnlp/imdb could be loaded neither from the hub nor")
    assert said.endswith("Check the connection, or pass --data packaged.")


def test_the_cause_stays_with_the_error_for_whoever_looks_deeper() -> None:
    with pytest.raises(DataError) as caught:
        hub.load_imdb(seed=0)
    cause = caught.value.__cause__
    assert cause is not None
    assert type(cause).__name__ in str(caught.value)
