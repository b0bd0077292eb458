"""Each family of encoders is served over HTTP and answers as it does offline."""

from pathlib import Path

import httpx
import pytest

from sentiment import store
from sentiment.inference.predictor import Predictor
from sentiment.serving.model_server import LoadedModel
from tests.support.models import FAMILIES, store_classifier
from tests.support.reviews import FILLER, GOOD
from tests.support.servers import contract_server


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_answers_over_http_as_offline(family: str, tokenizer_folder: Path) -> None:
    predictor = Predictor.load(store.find(store_classifier(family, name="family")))
    loaded = LoadedModel(predictor.tag, predictor.card, predictor.tokenizer, predictor.engine)
    texts = [" ".join(FILLER[:size] + GOOD[: size % 3]) for size in (1, 30, 5, 12, 40)] * 3
    wanted = [prediction.probabilities for prediction in predictor.predict(texts)]
    with contract_server(tokenizer_folder, load=lambda: loaded) as (url, model_server):
        while model_server.state == "starting":
            httpx.get(f"{url}/readyz")
        results = httpx.post(f"{url}/predict/batch", json={"texts": texts}, timeout=60).json()
    served = [result["probabilities"] for result in results["results"]]
    assert served == [pytest.approx(each, abs=1e-4) for each in wanted]
    assert len({round(each["positive"], 3) for each in wanted}) > 1
