"""Shapes of files that people have, each with what is to be read from it and said of it.

To add one, add an entry to a function of `separated`, `encoded` or `typed`: a test holds
it against what it declares, and `python -m tools.generate_docs` adds it to docs/files.md.
"""

from tools.shapes.encoded import encodings, packed
from tools.shapes.separated import quotes, rows, separators
from tools.shapes.shape import Shape
from tools.shapes.typed import json_files, types

SHAPES: tuple[Shape, ...] = (
    *separators(),
    *rows(),
    *quotes(),
    *encodings(),
    *packed(),
    *json_files(),
    *types(),
)
