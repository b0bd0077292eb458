"""When the stages of a request began and ended: tokenising, waiting, inference."""

from dataclasses import dataclass
from typing import Literal

StageName = Literal["tokenising", "waiting", "inference"]


@dataclass(slots=True)
class Stage:
    """One stage, from its first part to its last. Moments are those of `time.perf_counter`."""

    began: float
    ended: float
    texts: int = 0
    tokens: int = 0


class Stages(dict[StageName, Stage]):
    """The stages that a request has been through, in the order in which they were noted."""

    def note(
        self, name: StageName, began: float, ended: float, texts: int = 0, tokens: int = 0
    ) -> None:
        """Add a part to a stage, such as one text of a list or one micro-batch."""
        stage = self.get(name)
        if stage is None:
            self[name] = Stage(began, ended, texts, tokens)
            return
        stage.began = min(stage.began, began)
        stage.ended = max(stage.ended, ended)
        stage.texts += texts
        stage.tokens += tokens

    def note_waiting(self, began: float, ended: float, texts: int, tokens: int) -> None:
        """Add the wait in the queue, which ends when the first text is computed, or at `ended`."""
        inference = self.get("inference")
        self.note("waiting", began, inference.began if inference else ended, texts, tokens)
