"""The model behind a running server, which scores texts in the place of one that is loaded here."""

import weakref
from collections.abc import Iterator, Sequence

from sentiment.client import Client
from sentiment.client.messages import Result
from sentiment.errors import DataError, SentimentError, ServerError, UsageError
from sentiment.schema import EngineInfo, ModelCard, Prediction, ServedModel
from sentiment.settings import own_key

_PATIENCE_S = 600.0  # for how long one list is sent again while the server is full


class Served:
    """A running server and what it said of its model."""

    def __init__(self, client: Client, said: ServedModel) -> None:
        self._client = client
        weakref.finalize(self, client.close)
        self.tag: str = said.tag
        self.card: ModelCard = said.card
        self.engine: EngineInfo = said.engine

    @classmethod
    def at(cls, url: str, tag: str = "") -> "Served":
        """Return the model of the server at `url`, which must be ready.

        Raises `UsageError` if it is another one than the `tag` names, `NoAnswer` and
        `ServerError`.
        """
        client = Client(url, patience_s=_PATIENCE_S, key=own_key())
        try:
            said = client.model()
        except SentimentError:
            client.close()
            raise
        if ":" in tag and tag != said.tag:
            client.close()
            raise UsageError(f"{url} serves {said.tag}, not {tag}.", "Name that tag, or none.")
        return cls(client, said)

    def predict(self, text: str) -> Prediction:
        """Return the prediction of one text; raise what the client raises."""
        return self._client.predict(text)

    def results(self, texts: Sequence[str]) -> Iterator[Result]:
        """Yield a prediction or an error for each text, in order, as they come.

        Raises `DataError` if another model answers, and what the client raises.
        """
        for result in self._client.predict_each(texts):
            if not isinstance(result, ServerError) and result.model != self.tag:
                raise DataError(
                    f"{result.model} answered in the place of {self.tag}.",
                    "Score again when no version is being rolled out.",
                )
            yield result
