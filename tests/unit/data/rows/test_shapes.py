"""Every shape of file of `tools.shapes`, and so every row of the table in docs/files.md."""

from pathlib import Path

import pytest

from tools.shapes import SHAPES
from tools.shapes.shape import Shape, predict, train_on, write

each_shape = pytest.mark.parametrize("shape", SHAPES, ids=[shape.what for shape in SHAPES])


@each_shape
def test_a_shape_is_read_or_refused_by_both_as_the_table_says(shape: Shape, tmp_path: Path) -> None:
    path = write(shape, tmp_path)
    trained, predicted = train_on(path, shape.flags), predict(path, shape.flags)
    if shape.texts is None:
        assert shape.said in trained.refusal
        assert predicted.refusal
        assert trained.refused_row == predicted.refused_row
        return
    assert predicted.refusal == ""
    assert predicted.texts == list(shape.texts)
    if not shape.trained:
        assert shape.said in trained.refusal
        return
    assert (trained.texts, trained.refusal) == (list(shape.texts), "")
    assert trained.notes == predicted.notes
    assert (shape.said in " ".join(trained.notes)) if shape.said else trained.notes == []
    assert shape.labels is None or trained.labels == list(shape.labels)


def test_every_shape_has_a_name_of_its_own() -> None:
    assert len({shape.what for shape in SHAPES}) == len(SHAPES)
