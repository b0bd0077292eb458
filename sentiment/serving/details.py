"""Details of answers by way of the runner: a generator of `answers.detail` for each text.

Sentences are a flow of the same request as their text. Explanations ask for many texts, so
they go through the runner's lane in the background, one text after the other.
"""

from collections.abc import Sequence
from typing import Any

from sentiment.answers.detail import Details, Reader, Said, details
from sentiment.errors import EngineFailed, InvalidValue, SentimentError
from sentiment.schema import Wishes
from sentiment.serving.dispatcher import Answer
from sentiment.serving.fairness import FairThreads
from sentiment.serving.runner import Runner

MOST_EXPLAINED = 32
"""Texts of a list that may be explained; each may take 140 further predictions."""


async def in_detail(
    texts: Sequence[str], wishes: Wishes, reader: Reader, runner: Runner, threads: FairThreads
) -> list[tuple[Answer, dict[str, Any] | SentimentError]]:
    """Return each text's answer, and what is wished for as fields of its prediction.

    In the place of the fields stands an error if a further prediction failed. `threads` do
    what is between the predictions. Raises what `Runner.submit` raises, and `InvalidValue` for
    too many texts to explain.
    """
    if wishes.explain and len(texts) > MOST_EXPLAINED:
        raise InvalidValue(
            f"{len(texts):,} texts are to be explained; at most {MOST_EXPLAINED} are.",
            "Split the list, or leave explain out.",
        )
    works = [details(text, wishes, reader) for text in texts]
    asked = [await threads.run(_next, work, None) for work in works]
    questions = [list(question) for question, _ in asked]
    flat = [text for each in questions for text in each]
    answers = iter(await runner.submit(flat, background=wishes.explain))
    found: list[tuple[Answer, dict[str, Any] | SentimentError]] = []
    for work, question in zip(works, questions, strict=True):
        said = [next(answers) for _ in question]
        whole = said[0]
        if isinstance(whole.result, SentimentError):
            found.append((whole, whole.result))
            continue
        found.append((whole, await _finished(work, said, runner, threads)))
    return found


async def _finished(
    work: Details, said: Sequence[Answer], runner: Runner, threads: FairThreads
) -> dict[str, Any] | SentimentError:
    """Return the fields that a generator works out, given what is said of its first texts."""
    while True:
        failed = [each.result for each in said if isinstance(each.result, EngineFailed)]
        if failed:
            return failed[0]
        sent = [_said(each) for each in said]
        question, fields = await threads.run(_next, work, sent)
        if fields is not None:
            return fields
        said = await runner.submit(question, background=True)


def _said(answer: Answer) -> Said:
    result = answer.result
    return Said(answer.encoding, None if isinstance(result, SentimentError) else result)


def _next(
    work: Details, said: Sequence[Said] | None
) -> tuple[Sequence[str], dict[str, Any] | None]:
    """Send a generator what is said; return the texts it asks about, or the fields at its end."""
    try:
        return (next(work) if said is None else work.send(said)), None
    except StopIteration as end:
        return (), end.value
