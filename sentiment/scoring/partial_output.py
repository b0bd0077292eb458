"""How far a run has got, in a folder beside its output: each chunk committed once, in order.

A chunk is committed once a state file that counts it has replaced the one before. A part
that was written without that is written again by the next run. The whole output appears
under its name in one rename.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentiment.atomic_files import write_atomically
from sentiment.errors import UsageError
from sentiment.schema import Schema
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.formats import join

_STATE = "state.json"


class State(Schema):
    """What identifies the run, and what is committed."""

    run: dict[str, str]
    """Everything that decides the output, by name."""
    parts: tuple[int, ...]
    """The number of committed chunks of each file."""
    rows: int = 0
    bad: int = 0
    """How many of the rows are errors."""


class PartialOutput:
    """The unfinished run of one output."""

    def __init__(self, output: Path, targets: Sequence[Path]) -> None:
        """Take the files to write as `targets`, relative to `output`.

        For an output that is one file, the only target is `.`.
        """
        self._output = output
        self._targets = targets
        self.folder = output.with_name(f"{output.name}.partial")
        self.record = output.with_name(f"{output.name}.run.json")
        """Where the state of a finished run stays, beside its output."""
        self.state = State(run={}, parts=(0,) * len(targets))

    def begin(self, run: Mapping[str, str], resume: bool) -> bool:
        """Start the run, or with `resume` continue it; return False if the output is complete.

        `run` holds everything that decides the output. Raises `UsageError` if it differs
        from that of the unfinished run, or if something would be overwritten.
        """
        before = self._read_state()
        if any(before.parts):  # an unfinished run without a part is simply started anew
            self._resume(before, run, resume)
        if self._output.exists():
            if not resume:
                raise UsageError(f"{self._output} exists already.", "Remove it, or name another.")
            self._resume_finished(run)
            self._clean()  # a run that was killed after the rename left its folder behind
            return False
        if not any(before.parts):
            self._start(run)
        (self.folder / "parts").mkdir(exist_ok=True)
        return True

    def commit(self, chunk: Chunk, content: bytes) -> None:
        """Keep a chunk's part of the output; raise `RuntimeError` unless it is the next one."""
        parts = list(self.state.parts)
        if chunk.number != parts[chunk.file] or any(parts[chunk.file + 1 :]):
            raise RuntimeError(f"chunk {chunk.number} of file {chunk.file} out of turn")
        write_atomically(self._part(chunk.file, chunk.number), content)
        parts[chunk.file] += 1
        self.state = State(
            run=self.state.run,
            parts=tuple(parts),
            rows=self.state.rows + len(chunk.lines),
            bad=self.state.bad + sum(line.error is not None for line in chunk.lines),
        )
        self._write_state()

    def finish(self) -> None:
        """Join the parts and move the result to the output's name."""
        whole = self.folder / "whole" / self._output.name
        shutil.rmtree(whole.parent, ignore_errors=True)
        try:
            for file, target in enumerate(self._targets):
                path = whole / target
                path.parent.mkdir(parents=True, exist_ok=True)
                parts = [self._part(file, number) for number in range(self.state.parts[file])]
                join(self._suffix(file), parts, path)
            write_atomically(self.record, self.state.model_dump_json(indent=2) + "\n")
            os.replace(whole, self._output)
        except OSError as error:
            raise UsageError(
                f"{self._output} cannot be written: {error.strerror}.",
                "Mend that, and go on with --resume.",
            ) from None
        self._clean()

    def _start(self, run: Mapping[str, str]) -> None:
        try:
            self.folder.mkdir(exist_ok=True)
            names = [entry.name for entry in self.folder.iterdir()]
        except OSError as error:
            raise UsageError(
                f"{self.folder} cannot be made: {error.strerror}.",
                "Name an output in a folder that exists.",
            ) from None
        if names and not any(_STATE in name for name in names):
            raise UsageError(f"{self.folder} is in the way.", "Remove it, or name another output.")
        self.state = self.state.model_copy(update={"run": dict(run)})
        self._write_state()

    def _resume(self, state: State, run: Mapping[str, str], resume: bool) -> None:
        if not resume:
            raise UsageError(
                f"An unfinished run lies in {self.folder}.",
                "Go on with --resume, or remove it to start anew.",
            )
        self.state = state
        if changes := _changes(state.run, run):
            raise UsageError(
                f"The unfinished run in {self.folder} is another one; {changes}.",
                "Put that right, or remove the folder to start anew.",
            )

    def _resume_finished(self, run: Mapping[str, str]) -> None:
        """Take the state of the run that wrote the output; refuse if it was another one."""
        try:
            self.state = State.model_validate_json(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UsageError(
                f"{self._output} exists, and {self.record} does not tell which run wrote it.",
                "Remove it, or name another output.",
            ) from None
        if changes := _changes(self.state.run, run):
            raise UsageError(
                f"{self._output} was written by another run; {changes}.",
                "Put that right, or remove it, or name another output.",
            )

    def _part(self, file: int, number: int) -> Path:
        return self.folder / "parts" / f"{file:06d}-{number:08d}{self._suffix(file)}"

    def _suffix(self, file: int) -> str:
        return (self._output / self._targets[file]).suffix.lower()

    def _read_state(self) -> State:
        try:
            return State.model_validate_json((self.folder / _STATE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return State(run={}, parts=())

    def _write_state(self) -> None:
        write_atomically(self.folder / _STATE, self.state.model_dump_json())

    def _clean(self) -> None:
        """Remove the folder, its state last: until then the next run recognises the folder."""
        for name in ("parts", "whole"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what tells two runs apart, in words; nothing if they are the same."""
    return "; ".join(
        f"{name}: {before.get(name, 'none')} before, {now.get(name, 'none')} now"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    )
