"""The file of feedback: one JSON object a line, each appended whole or not at all.

Threads and processes may append to it at once. It is opened for each line, so it may be moved
away while a server runs. Who says what, and whether it may be believed, is others' business.
"""

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sentiment.errors import FeedbackNotWritten, UsageError
from sentiment.schema import FeedbackRecord

_MODE = 0o600  # the texts are those of the callers, and not for everybody on the machine


class FeedbackFile:
    """A file of at most so many bytes, to which records are appended."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes

    def check(self) -> None:
        """Make the file if there is none; raise `UsageError` unless it can be appended to."""
        try:
            with self._opened():
                pass
        except OSError as error:
            raise UsageError(
                f"SENTIMENT_FEEDBACK_FILE, {self._path}, cannot be opened for appending: "
                f"{error.strerror}.",
                "Name a file that the server may read and write, in a folder that exists, or "
                "unset it.",
            ) from None

    def append(self, record: FeedbackRecord) -> None:
        """Append a line that `train.py` can read; raise `FeedbackNotWritten` if that fails.

        The file then is as it was before. Blocks as long as the disk does.
        """
        # ASCII, so that no tool sees the end of a line within a text.
        line = json.dumps(record.model_dump(exclude_none=True)).encode() + b"\n"
        try:
            with self._opened() as file:
                self._append(file, line)
        except OSError as error:
            raise FeedbackNotWritten(
                f"The feedback could not be written: {error.strerror}.",
                "Nothing of it was kept. Tell whoever runs the server.",
            ) from None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EINVAL, "it is no regular file")
            yield file
        finally:
            os.close(file)

    def _append(self, file: int, line: bytes) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed; to cut a line off again is safe
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line  # somebody has edited the file, or was killed in the middle
        if size + len(line) > self._most_bytes:
            raise FeedbackNotWritten(
                f"The file of feedback is full: with this it would have more than "
                f"{self._most_bytes:,} bytes.",
                "Move it away and go on with an empty one, or raise SENTIMENT_MAX_FEEDBACK_BYTES.",
            )
        if os.write(file, line) < len(line):
            os.ftruncate(file, size)
            raise OSError(errno.ENOSPC, "there is no room for all of it")
