"""Columns that hold their distance, in the width there is."""

import pytest

from sentiment.terminal import cells, fit, table, table_width, wrap


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("good", 6, "good  "),
        ("a good film", 6, "a goo…"),
        ("two\nlines", 9, "two lines"),
        ("电影很好", 6, "电影… "),
        ("\x1b[31mred", 9, "\ufffd[31mred "),
        ("", 3, "   "),
    ],
)
def test_a_text_is_fitted_into_its_columns(text: str, columns: int, shown: str) -> None:
    assert fit(text, columns) == shown
    assert cells(fit(text, columns)) == columns


def test_numbers_stand_to_the_right_two_columns_from_the_longest_name() -> None:
    rows = [["negative", "9"], ["a very long label indeed", "1,234"]]
    assert table(rows, ["label", "texts"]).splitlines() == [
        "label                     texts",
        "negative                      9",
        "a very long label indeed  1,234",
    ]
    assert table_width(rows, ["label", "texts"]) == 31


def test_a_name_too_wide_is_broken_and_its_numbers_stay_whole() -> None:
    lines = table([["x" * 100, "0.1234", "5,678"]], ["label", "F1", "texts"]).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].endswith("  0.1234  5,678")
    assert sum(line.count("x") for line in lines) == 101  # that of "texts" too


def test_brackets_in_a_name_are_shown_as_they_are() -> None:
    assert "[bold] :smile:" in table([["[bold] :smile:", "1"]])


def test_a_paragraph_is_broken_at_the_width_its_other_lines_behind_the_indent() -> None:
    lines = wrap("电影 " * 40, indent=10).splitlines()
    assert max(map(cells, lines[1:])) <= 80
    assert cells(lines[0]) <= 70
    assert [line.index("电") for line in lines] == [0, *[10] * (len(lines) - 1)]
    assert "".join("".join(lines).split()) == "电影" * 40
