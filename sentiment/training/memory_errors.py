"""A lack of memory during training, as an error with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from sentiment.errors import TrainingError
from sentiment.settings import TrainingSettings


@contextmanager
def memory_errors(settings: TrainingSettings) -> Iterator[None]:
    """Turn each of the errors that torch raises without memory into one with a remedy."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        message = str(error).lower()
        exhausted = "out of memory" in message or "allocate memory" in message
        if not isinstance(error, MemoryError) and not exhausted:
            raise
        raise TrainingError(
            f"Out of memory with --batch-size {settings.batch_size} and "
            f"--max-length {settings.max_length}.",
            "Halve --batch-size and double --accumulation, or lower --max-length.",
        ) from error
