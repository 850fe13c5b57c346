"""The Markdown of one suite."""

from markdown_it import MarkdownIt

from esclusa.core.value import replace
from esclusa.reports.eval_markdown import LIMIT, eval_markdown
from tests.reports.sheets import ALONE, ROWS, SHEET

MARKDOWN = MarkdownIt("commonmark").enable("table")


def headings(text: str) -> list[str]:
    tokens = MARKDOWN.parse(text)
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    return [tokens[place + 1].content for place in places]


def test_the_verdict_comes_first_then_the_numbers_then_what_changed() -> None:
    text = eval_markdown(SHEET)
    assert headings(text) == [
        "⛔ capitals.yaml",
        "Gates",
        "Measured",
        "Cases that are broken",
        "Cases that are fixed",
    ]
    assert text.splitlines()[:8] == [
        "## ⛔ capitals.yaml",
        "",
        "quality fails: why",
        "",
        "1 case not run: spent",
        "",
        r"http\://127.0.0.1:8000 · 5 cases: 2 right, 1 wrong, 1 agent error, 1 not run · 2.0 s · `eval-1` ·"
        " against production (release abc): 1 broken, 1 fixed, 1 same, 1 new",
        "",
    ]


def test_cases_are_shown_side_by_side_and_nothing_of_them_is_markup() -> None:
    rows = [row for row in eval_markdown(SHEET).splitlines() if row.startswith("| `c`")]
    assert rows == [r"| `c` | Once more | Paris | Lyon \| \<b\> |"]


def test_without_a_baseline_the_wrong_cases_are_shown() -> None:
    text = eval_markdown(ALONE)
    assert headings(text) == ["📏 capitals.yaml", "Measured", "Cases answered wrongly"]
    assert "| `d` | Slow | Paris | no answer within 1 s |" in text


def test_a_suite_of_thousands_fits_into_a_comment_and_says_what_it_left_out() -> None:
    many = tuple(replace(ROWS[2], id=f"c{number}", input="x" * 500) for number in range(5000))
    text = eval_markdown(replace(SHEET, rows=many))
    assert len(text.encode()) < LIMIT
    assert "more" in text.rstrip().splitlines()[-1]
