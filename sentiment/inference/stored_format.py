"""The formats in which a model is stored for serving, and where in its folder they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILES = {"openvino": "model.xml", "onnx": "model.onnx"}


@dataclass(frozen=True)
class StoredFormat:
    """A file format, `openvino` or `onnx`, in a precision, `fp32` or `int8`."""

    kind: str
    precision: str

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the format that has this name, for example `openvino-int8`."""
        kind, _, precision = name.partition("-")
        return cls(kind, precision)

    @property
    def name(self) -> str:
        """The name of the format, and of its folder."""
        return f"{self.kind}-{self.precision}"

    def file(self, folder: Path) -> Path:
        """Return the path of the format's file in a model's folder; its weights are beside it."""
        return folder / self.name / _FILES[self.kind]


def stored_precision(precision: str) -> str:
    """Return the precision of the file that is loaded: bf16 is made from fp32 on loading."""
    return "fp32" if precision == "bf16" else precision
