"""The model behind a running server, evaluated over HTTP like one of the store.

It gets the model's card, then sends lists of texts, a few at a time. When the server is
full, it waits as long as the server says. `report` makes the report from the answers.
"""

import ipaddress
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from sentiment import store
from sentiment.data import load
from sentiment.errors import DataError, InvalidValue, ModelNotFound, SentimentError, UsageError
from sentiment.evaluation.report import Answers
from sentiment.schema import EngineInfo, ModelCard, ServedModel
from sentiment.settings import DataSettings

_AT_ONCE = 4  # lists sent and not yet answered: enough to keep a server of many cores busy
_TEXTS = 64  # in each list
_TIMEOUT_S = 120  # for one answer; servers end a request after 60 s unless told otherwise
_PATIENCE_S = 600  # for how long one list is sent again while the server is full


@dataclass(frozen=True)
class RemoteModel:
    """The model that a running server answers with."""

    url: str
    tag: str
    card: ModelCard
    engine: EngineInfo

    def seen_hashes(self) -> npt.NDArray[np.uint64] | None:
        """Return the hashes of the texts it was trained or calibrated on, None if unknown.

        The server does not have them. They are read from the local store if it has the same
        model. Otherwise they are computed from the data that the card names, if the data can
        be loaded here and have the same fingerprint.
        """
        fingerprint = self.card.data.fingerprint
        try:
            stored = store.find(self.tag)
            if stored.card.data.fingerprint == fingerprint:
                return stored.seen_hashes()
        except (ModelNotFound, OSError):
            pass
        names = DataSettings.model_fields
        own = {name: value for name, value in self.card.settings.items() if name in names}
        try:
            corpus = load(DataSettings.parse(own))
        except SentimentError:
            return None
        if corpus.summary.fingerprint != fingerprint:
            return None
        return corpus.seen_hashes(all_train=self.card.cascade is not None)


def connect(url: str, tag: str = "") -> RemoteModel:
    """Return the model that the server at `url` answers with.

    Raises `UsageError` if no server of this project is ready there, or if it serves
    another model than the one that `tag` names.
    """
    url = url.rstrip("/")
    try:
        answer = httpx.get(f"{url}/model", timeout=_TIMEOUT_S, trust_env=_by_proxy(url))
        answer.raise_for_status()
        served = ServedModel.model_validate_json(answer.content)
    except ImportError:
        raise UsageError(
            f"{url} is to be asked through a SOCKS proxy, for which a package is missing.",
            "Run: pip install socksio. Or unset ALL_PROXY.",
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"There is no model to evaluate at {url}: {reason}.",
            "Start a server and wait for its /readyz: bentoml serve service:Sentiment",
        ) from None
    if ":" in tag and tag != served.tag:
        raise UsageError(f"{url} serves {served.tag}, not {tag}.", "Name that tag, or none.")
    return RemoteModel(url, served.tag, served.card, served.engine)


def ask(model: RemoteModel, texts: Sequence[str], progress: Callable[[int], object]) -> Answers:
    """Return the server's answers to texts; call `progress` with each list's size.

    Raises `DataError` when a text is refused for another reason than that none of its
    tokens is in the vocabulary, or when another model answers.
    """
    lists = [texts[place : place + _TEXTS] for place in range(0, len(texts), _TEXTS)]
    results: list[dict[str, Any]] = []
    with (
        httpx.Client(
            base_url=model.url, timeout=_TIMEOUT_S, trust_env=_by_proxy(model.url)
        ) as client,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        for found in pool.map(lambda each: _ask_list(client, each), lists):
            results += found
            progress(len(found))
    unreadable = []
    for place, result in enumerate(results):
        if result.get("error", {}).get("code") == InvalidValue.code:
            unreadable.append(place)  # our own cleaning has found the text in order
        elif "error" in result:
            message = f"Text {place + 1} was refused: {result['error']['message']}"
            raise DataError(message, "Raise the server's limit, or leave the text out.")
        elif result["model"] != model.tag:
            message = f"{result['model']} answered in the place of {model.tag}."
            raise DataError(message, "Evaluate again when no version is being rolled out.")
    answered = [result for result in results if "error" not in result]
    rows = [[result["probabilities"][name] for name in model.card.labels] for result in answered]
    return Answers(
        model.tag,
        model.card,
        model.engine,
        # The logits before calibration, but for a constant in each row, which changes no
        # probability.
        np.log(np.maximum(np.reshape(rows, (-1, len(model.card.labels))), np.finfo(float).tiny))
        * model.card.calibration.temperature,
        sum(result["truncated"] for result in answered),
        unreadable,
    )


def _by_proxy(url: str) -> bool:
    """Return whether the environment's proxies are for this server: not if it is on this machine.

    Raises `httpx.InvalidURL`.
    """
    host = httpx.URL(url).host
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host != "localhost" and not host.endswith(".localhost")


def _ask_list(client: httpx.Client, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return one result for each text; wait and ask again while the server is full."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            answer = client.post("/predict/batch", json={"texts": list(texts)})
        except httpx.HTTPError as error:
            message = f"The server at {client.base_url} gave no answer: {type(error).__name__}."
            raise UsageError(message, "Look into its log.") from None
        if answer.is_success:
            results: list[dict[str, Any]] = answer.json()["results"]
            return results
        full = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        if not full or time.monotonic() > end:
            raise DataError(
                f"The server at {client.base_url} answered {answer.status_code}: "
                f"{answer.text[:300]}",
                "Evaluate when it is less busy." if full else "",
            )
        time.sleep(float(answer.headers.get("Retry-After", 1)))
