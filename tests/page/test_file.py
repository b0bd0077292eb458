"""A file: its table fills while it is computed, can be stopped, filtered and taken away."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.page.conftest import Open, Serve
from tests.page.test_text import busy_for
from tests.page.words import VOCABULARY, WordEngine
from tests.support.runners import Gate

pytestmark = pytest.mark.chromium

ROWS = 2_000
NASTY = '=HYPERLINK("http://example.org")'


def choose(page: Page, name: str, content: str | bytes) -> None:
    raw = content.encode() if isinstance(content, str) else content
    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
    )


def many(rows: int = ROWS) -> str:
    """A CSV whose every fourth text is blame; the others are praise."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "review"])
    for row in range(rows):
        writer.writerow([row + 1, f"{'dull, bad' if row % 4 == 0 else 'good, funny'} film {row}"])
    return out.getvalue()


def table(page: Page) -> Locator:
    return page.get_by_role("region", name="Table of answers")


def counts(page: Page) -> Locator:
    return page.get_by_role("list", name="Answers by label")


def saved(page: Page) -> list[dict[str, str]]:
    """Press the button and return the rows of the file that comes."""
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download CSV").click()
    text = Path(coming.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_of_2000_rows_fills_the_table_and_comes_back_as_csv(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "reviews.csv", many())
    expect(page.locator(".progress-line")).to_contain_text("2,000 of 2,000", timeout=60_000)
    expect(counts(page)).to_contain_text("500 (25 %)")
    expect(counts(page)).to_contain_text("1,500 (75 %)")
    rows = saved(page)
    assert [row["id"] for row in rows] == [str(place + 1) for place in range(ROWS)]
    assert [row["label"] for row in rows[:5]] == ["negative", *["positive"] * 3, "negative"]
    assert rows[0]["review"] == "dull, bad film 0"
    assert {row["model"] for row in rows} == {"sentiment:words"}
    shares = [float(rows[1][f"probability {label}"]) for label in ("negative", "positive")]
    assert sum(shares) == pytest.approx(1)


def test_rows_are_filtered_by_label_and_by_confidence(url: str, visit: Open) -> None:
    page = visit(url, "file")
    texts = ["good", "good funny wonderful", "bad", "bad dull awful", "film", "\u2d30"]
    choose(page, "reviews.txt", "\n".join(texts))
    expect(page.locator(".progress-line")).to_contain_text("6 of 6")
    shown = table(page).locator("tbody tr")
    page.get_by_label("Label", exact=True).select_option("negative")
    expect(shown).to_contain_text(["bad", "bad dull awful"])
    page.get_by_label("Confidence", exact=True).select_option("under 90 %")
    expect(shown).to_have_count(1)
    page.get_by_label("Label", exact=True).select_option("all")
    expect(shown).to_contain_text(["good", "bad", "film"])
    page.get_by_label("Confidence", exact=True).select_option("any confidence")
    page.get_by_label("Label", exact=True).select_option("without an answer")
    expect(shown).to_contain_text(["The model cannot read this text"])


def test_it_is_cancelled_and_goes_on_where_it_was(serve: Serve, visit: Open) -> None:
    engine, gate = WordEngine(), Gate()
    page = visit(serve(engine, max_batch_texts=4)[0], "file")
    expect(page.locator("#state")).to_have_text("sentiment:words")
    engine.before = gate
    choose(page, "reviews.csv", many(300))
    assert gate.reached.wait(20)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".progress-line")).to_contain_text("0 of 300 rows; stopped")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    assert [row["label"] for row in saved(page)] == [""] * 300
    gate.open()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".progress-line")).to_contain_text("300 of 300")
    expect(counts(page)).to_contain_text("75 (25 %)")


def test_a_full_queue_is_waited_for(url: str, visit: Open, context: BrowserContext) -> None:
    asked = busy_for(context, "**/predict/batch", times=2)
    page = visit(url, "file")
    choose(page, "reviews.csv", many(100))
    expect(page.locator(".progress-line")).to_contain_text("trying again in 1 s")
    expect(page.locator(".progress-line")).to_contain_text("100 of 100")
    assert len(asked) > 3


def test_pieces_become_as_small_as_the_server_takes(serve: Serve, visit: Open) -> None:
    """A list of sixteen texts is too large; a text that is too long by itself fails alone."""
    engine = WordEngine(poison=VOCABULARY.index("mess"))
    page = visit(serve(engine, max_texts=7, max_body_bytes=150, max_characters=90)[0], "file")
    texts = [*(f"good film {n}" for n in range(40)), "good " * 20, "\u00e9" * 89, "a mess"]
    choose(page, "reviews.txt", "\n".join(texts))
    expect(page.locator(".progress-line")).to_contain_text("43 of 43")
    failed = {
        row["text"][:6]: row["error"].partition(":")[0] for row in saved(page) if row["error"]
    }
    assert failed == {
        "good g": "text_too_long",
        "\u00e9" * 6: "body_too_large",
        "a mess": "engine_failed",
    }


def test_a_server_that_is_gone_is_told_and_the_rest_can_be_tried_again(
    url: str, visit: Open, context: BrowserContext
) -> None:
    page = visit(url, "file")
    expect(page.locator("#state")).to_have_text("sentiment:words")
    context.set_offline(True)
    choose(page, "reviews.csv", many(50))
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    context.set_offline(False)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".progress-line")).to_contain_text("50 of 50")
    expect(page.get_by_role("alert")).to_have_count(0)


WIDE = "\n".join([*(f'{{"{n}":1}}' for n in range(500)), *["{}"] * 9_600])
FORMS = [
    ("a.csv", "text,label\ngood,1\nbad,2\n", ["good", "bad"]),
    ("a.csv", "good\nbad\n", ["good", "bad"]),
    ("a.csv", "text\ngood\n", ["good"]),
    ("a.csv", 'id;review\n1;"good; ""funny"""\n2;bad\n', ['good; "funny"', "bad"]),
    ("a.csv", "\ufefftext,stars\r\ngood,1\r\nbad,2\r\n", ["good", "bad"]),
    ("a.csv", 'stars,words\n5,"good\nfilm"\n', ["good\nfilm"]),
    ("a.tsv", "id\ttext\n1\tgood, funny\n", ["good, funny"]),
    ("a.jsonl", '{"id": 1, "text": "good"}\n\n{"text": "bad", "x": [1]}\n', ["good", "bad"]),
    ("a.jsonl", '"good"\n"bad"\n', ["good", "bad"]),
    ("a.json", '[{"text": "good"}, {"text": "bad"}]', ["good", "bad"]),
    ("a.json", '{\n  "text": "good"\n}\n', ["good"]),
    ("a.jsonl", '{"text": "good", "a": 1}\n{"toString": 1}\nnull\n', ["good", "", ""]),
    ("a.csv", "text\nGood, funny film\nbad\n", ["Good, funny film", "bad"]),
    ("a.csv", "id|text\n1|good, really; yes\n", ["good, really; yes"]),
    ("a.csv", "sep=|\nid|words\n1|a good film\n", ["a good film"]),
    ("a.csv", "text,,\ngood,1,\nbad,,\n", ["good", "bad"]),
    ("a.csv", "id;text\r\n1;good\r\n".encode("utf-16"), ["good"]),
    ("a.txt", "\ufeffgood\nbad".encode("utf-16-be"), ["good", "bad"]),
    ("a.txt", "good, funny\r\n\r\nbad", ["good, funny", "bad"]),
]


@pytest.mark.parametrize(("name", "content", "texts"), FORMS)
def test_each_form_of_file_is_read(
    url: str, visit: Open, name: str, content: str | bytes, texts: list[str]
) -> None:
    page = visit(url, "file")
    choose(page, name, content)
    expect(page.locator(".progress-line")).to_contain_text(f"{len(texts)} of {len(texts)}")
    expect(table(page).locator(".clamp")).to_have_text(texts)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", 'text\n"good\nbad\n', "A quote in row 2 is never closed."),
        ("a.csv", "text\n", "There is no row in this file."),
        ("a.txt", b"caf\xe9", "The file is not UTF-8 text."),
        ("a.jsonl", '{"text": "good"}\n{', "Line 2 is not JSON."),
        ("a.csv", "", "There is no row in this file."),
        pytest.param(
            "a.csv", "a," * 999_999 + "a\n1\n", "The file has 1,000,000 columns", id="wide"
        ),
        pytest.param("a.jsonl", WIDE, "500 columns; this page takes 5,000,000 cells", id="large"),
        ("a.txt", b"a\0b", "The file is not UTF-8 text."),
        ("a.csv", "text\ngood\n".encode("utf-16-le"), "The file is not UTF-8 text."),
        ("a.xlsx", b"PK\x03\x04\x14\0\x08\xff", "Save it as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words(
    url: str, visit: Open, name: str, content: str | bytes, said: str
) -> None:
    page = visit(url, "file")
    choose(page, name, content)
    expect(page.get_by_role("alert")).to_contain_text(f"{name} cannot be read")
    expect(page.get_by_role("alert")).to_contain_text(said)


def test_another_column_can_be_chosen(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "a.csv", "text,other\ngood,bad\n")
    expect(table(page).locator(".badge")).to_have_text("positive")
    page.get_by_label("Texts are in").select_option("other")
    expect(table(page).locator(".badge")).to_have_text("negative")


def test_a_file_may_be_dropped(url: str, visit: Open) -> None:
    page = visit(url, "file")
    dropped = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["good film"], "a.txt"));
          return data;
        }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(table(page).locator(".badge")).to_have_text("positive")


def test_cells_that_would_run_as_formulas_come_back_as_text(url: str, visit: Open) -> None:
    page = visit(url, "file")
    cells = [NASTY, "+1+1", "-2+3", "@SUM(1)", "\t=1", " =1", "-5", "fine"]
    lines = [json.dumps({"text": "good", "note": cell}) for cell in cells]
    choose(page, "a.jsonl", "\n".join(lines))
    expect(page.locator(".progress-line")).to_contain_text("8 of 8")
    notes = [row["note"] for row in saved(page)]
    assert notes == [f"'{cell}" for cell in cells[:6]] + ["-5", "fine"]


def test_cells_that_look_like_html_are_shown_as_text(url: str, visit: Open) -> None:
    page = visit(url, "file")
    nasty = "<img src=x onerror=alert(1)><b>good</b>"
    choose(page, "<b>a.csv", f"text,<i>x</i>\n{nasty},1\n")
    expect(table(page).locator(".clamp")).to_have_text(nasty)
    expect(page.locator(".choices b").first).to_have_text("<b>a.csv")
    assert page.locator("#scoring img, #scoring i").count() == 0


def test_a_row_can_be_looked_at(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "a.txt", "good film")
    table(page).get_by_role("button", name="good film").click()
    expect(page.get_by_label("Your text")).to_have_value("good film")
    expect(page.get_by_role("region", name="Answer")).to_contain_text("Positive")


def test_a_row_with_more_cells_than_columns_is_told_and_not_cut(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "a.csv", "text,stars\ngood,1\nbad, dull,2\ngood,3\n")
    expect(page.locator(".progress-line")).to_contain_text("3 of 3")
    expect(table(page)).to_contain_text("It has more cells than there are columns")
    rows = saved(page)
    assert [row["label"] for row in rows] == ["positive", "", "positive"]
    assert rows[1]["error"].startswith("bad_row: ")


def test_a_file_that_is_read_late_does_not_take_the_place_of_a_newer_one(
    url: str, visit: Open, context: BrowserContext
) -> None:
    context.add_init_script(
        """const read = File.prototype.arrayBuffer;
        File.prototype.arrayBuffer = async function () {
          if (this.name === "late.txt") await new Promise((done) => setTimeout(done, 700));
          return read.call(this);
        };"""
    )
    page = visit(url, "file")
    choose(page, "late.txt", "bad\n" * 30)
    choose(page, "newer.txt", "good")
    page.wait_for_timeout(1200)
    expect(page.locator(".choices b").first).to_have_text("newer.txt")
    expect(page.locator(".progress-line")).to_contain_text("1 of 1")


def test_several_files_at_once_are_refused_in_words(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "a.txt", "good film")
    dropped = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          for (const name of ["a.txt", "b.txt"]) data.items.add(new File(["bad film"], name));
          return data;
        }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(page.get_by_role("alert")).to_contain_text("2 files cannot be read at once")
    expect(table(page).locator(".badge")).to_have_text("positive")


def test_marks_are_filtered_and_taken_away(serve: Serve, visit: Open) -> None:
    page = visit(serve(max_risk=0.05)[0], "file")
    choose(page, "a.txt", "good funny great\nfilm\nbad dull awful")
    expect(page.locator(".progress-line")).to_contain_text("3 of 3")
    assert [row["uncertain"] for row in saved(page)] == ["false", "true", "false"]
    page.get_by_label("Confidence", exact=True).select_option("marked as uncertain")
    expect(table(page).locator(".clamp")).to_have_text(["film"])


def test_a_text_that_is_written_from_the_right_is_shown_so(url: str, visit: Open) -> None:
    page = visit(url, "file")
    choose(page, "a.txt", "\u05e1\u05e8\u05d8 good")
    cell = table(page).locator(".clamp")
    expect(cell).to_have_css("direction", "rtl")
    cell.click()
    expect(page.get_by_label("Your text")).to_have_css("direction", "rtl")
