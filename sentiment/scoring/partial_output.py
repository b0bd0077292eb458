"""How far a run has got, in a folder beside its output: each chunk committed once.

A chunk is committed once its part has appeared under its name. A part that was written
without that is written again by the next run. The whole output appears under its name when
all chunks of all files are there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sentiment.errors import UsageError
from sentiment.schema import Schema
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.committed import Committed, part_name
from sentiment.scoring.formats import join
from sentiment.scoring.storage import read, storage_of

_STATE = "state.json"


class State(Schema):
    """What identifies a run; and of a finished one, what came out."""

    run: dict[str, str]
    """Everything that decides the output, by name."""
    rows: int = 0
    bad: int = 0
    """How many of the rows are errors."""


def written_beside(output: Path) -> tuple[Path, Path, Path]:
    """Return what a run writes: the output, the folder of its parts, the record of the run."""
    return (
        output,
        output.with_name(f"{output.name}.partial"),
        output.with_name(f"{output.name}.run.json"),
    )


class PartialOutput:
    """The unfinished run of one output."""

    def __init__(self, output: Path, targets: Sequence[Path]) -> None:
        """Take the files to write as `targets`, relative to `output`.

        For an output that is one file, the only target is `.`.
        """
        self._output, self.folder, self.record = written_beside(output)
        self._targets = targets
        self._storage = storage_of(output)
        self._run: dict[str, str] = {}
        self.committed = Committed.of([], len(targets))
        self.finished = State(run={})
        """What a finished run has come to."""

    def begin(self, run: Mapping[str, str], resume: bool) -> bool:
        """Start the run, or with `resume` continue it; return False if the output is complete.

        `run` holds everything that decides the output. Raises `UsageError` if it differs
        from that of the unfinished run, or if something would be overwritten.
        """
        self._run = dict(run)
        before = self._state()
        self.committed = Committed.of(self._storage.names(self._parts), len(self._targets))
        begun = before is not None and any(self.committed.names)  # else it is started anew
        if begun and before is not None:
            self._resume(before, resume)
        if self._output.exists() and not (begun and self._is_half_published()):
            if not resume:
                raise UsageError(f"{self._output} exists already.", "Remove it, or name another.")
            self._resume_finished(run)
            self._clean()  # a run that was killed after publishing left its folder behind
            return False
        if not begun:
            self._start()
        self._storage.make(self._parts)
        return True

    def commit(self, chunk: Chunk, content: bytes) -> None:
        """Keep a chunk's part of the output, unless it is there."""
        if chunk.number in self.committed.names[chunk.file]:
            return
        name = part_name(chunk, self._suffix(chunk.file))
        self._storage.write(self._parts / name, content)
        self.committed.add(name)

    def finish(self) -> None:
        """Join the parts and move the result to the output's name.

        Raises `RuntimeError` if a chunk of any file was never committed.
        """
        try:
            with self._storage.building(self.folder) as place:
                whole = place / self._output.name
                for file, target in enumerate(self._targets):
                    path = whole / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    parts = [self._parts / name for name in self.committed.parts(file)]
                    join(self._suffix(file), parts, path)
                if self._storage.renames:
                    self._write_record()
                    self._storage.publish(whole, self._output)
                else:
                    self._storage.publish(whole, self._output)
                    self._write_record()
        except OSError as error:
            raise UsageError(
                f"{self._output} cannot be written: {error.strerror}.",
                "Mend that, and go on with --resume.",
            ) from None
        self._clean()

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    def _is_half_published(self) -> bool:
        """Return whether files of the output are there and the record, which comes last, is not."""
        return not self._storage.renames and read(self.record) is None

    def _start(self) -> None:
        self._storage.make(self.folder)
        names = self._storage.names(self.folder)
        if names and not any(_STATE in name for name in names):
            raise UsageError(f"{self.folder} is in the way.", "Remove it, or name another output.")
        self._storage.remove(self.record)  # of an output that is no longer there
        self._storage.write(self.folder / _STATE, State(run=self._run).model_dump_json())

    def _resume(self, state: State, resume: bool) -> None:
        if not resume:
            raise UsageError(
                f"An unfinished run lies in {self.folder}.",
                "Go on with --resume, or remove it to start anew.",
            )
        if changes := _changes(state.run, self._run):
            raise UsageError(
                f"The unfinished run in {self.folder} is another one; {changes}.",
                "Put that right, or remove the folder to start anew.",
            )

    def _resume_finished(self, run: Mapping[str, str]) -> None:
        """Take the counts of the run that wrote the output; refuse if it was another one."""
        try:
            self.finished = State.model_validate_json(read(self.record) or "")
        except (OSError, ValueError):
            raise UsageError(
                f"{self._output} exists, and {self.record} does not tell which run wrote it.",
                "Remove it, or name another output.",
            ) from None
        if changes := _changes(self.finished.run, run):
            raise UsageError(
                f"{self._output} was written by another run; {changes}.",
                "Put that right, or remove it, or name another output.",
            )

    def _suffix(self, file: int) -> str:
        return (self._output / self._targets[file]).suffix.lower()

    def _state(self) -> State | None:
        """Return what the unfinished run is, if there is one."""
        content = read(self.folder / _STATE)
        try:
            return None if content is None else State.model_validate_json(content)
        except ValueError:
            raise UsageError(
                f"The unfinished run in {self.folder} is of another version.",
                "Remove the folder to start anew.",
            ) from None

    def _write_record(self) -> None:
        self.finished = State(run=self._run, rows=self.committed.rows, bad=self.committed.bad)
        self._storage.write(self.record, self.finished.model_dump_json(indent=2) + "\n")

    def _clean(self) -> None:
        """Remove the folder, its state last: until then the next run recognises the folder."""
        for name in ("parts", "whole"):
            self._storage.remove(self.folder / name)
        self._storage.remove(self.folder)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what tells two runs apart, in words; nothing if they are the same."""
    return "; ".join(
        f"{name}: {before.get(name, 'none')} before, {now.get(name, 'none')} now"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    )
