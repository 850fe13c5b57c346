"""The page of an eval in a real browser, from a file and without a network: it filters, opens a case, and
scrolls through more rows than the document has."""

from pathlib import Path

import pytest

from esclusa.core.value import replace
from esclusa.reports.eval_page import eval_page
from esclusa.reports.sheet import Row, Seen
from tests.browser import PROGRAM, address, browser_page
from tests.reports.sheets import BEFORE, CLOSED, SHEET
from tests.reports.test_eval_data import HOSTILE

MANY = 2_000
BAD = "<img src=x onerror=document.title='owned'>".join(HOSTILE)


def _row(at: int) -> Row:
    answer = BAD if at == 7 else f"answer {at} is Lima" + "!" * (100_000 if at == 8 else 0)
    seen = Seen(
        answer=answer,
        right=float(at % 10 != 7),
        scores={"exact": at % 10 / 10},
        explanations={"exact": f"why {at}"},
        seconds=at / 1000,
    )
    before = replace(seen, answer=f"answer {at} was Quito", right=1.0)
    tags = ("es",) if at % 2 else ("en",)
    return Row(id=f"case-{at}", tags=tags, input=f"question {at}", expected="Lima", seen=seen, before=before)


@pytest.mark.skipif(PROGRAM is None, reason="chromium-headless-shell is not installed")
def test_the_page_is_filtered_read_and_scrolled_without_a_network_or_an_error(tmp_path: Path) -> None:
    assert PROGRAM is not None
    path = tmp_path / "page.html"
    sheet = replace(SHEET, rows=tuple(map(_row, range(MANY))), judgements=(CLOSED,), baseline=BEFORE)
    path.write_text(eval_page(sheet), encoding="utf-8")
    with browser_page(PROGRAM) as page:
        troubles: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address(path))
        page.wait_for_selector("html[data-ready]")
        told, case = page.locator("#count"), page.locator("#case")
        assert told.inner_text() == "2\u202f000 cases"
        assert page.locator("h1").inner_text() == "Accuracy is 50 %; the gate asks for accuracy > 85%"

        page.get_by_role("button", name="broken 200").click()
        assert told.inner_text() == "200 of 2\u202f000 cases"
        page.locator("#row-0").click()
        assert case.locator("h3").inner_text() == "case-7"
        shown = case.inner_text()
        for words in ("question 7", "Lima", "answer 7 was Quito", "<script>alert(1)</script>", "why 7"):
            assert words in shown
        page.locator("#list").press("ArrowDown")
        assert case.locator("h3").inner_text() == "case-17"
        assert case.locator("mark").all_inner_texts() == ["was Quito", "is Lima"]
        page.locator("#list").press("Escape")
        assert case.is_hidden()

        page.locator("#tag").select_option(label="en (1\u202f000)")
        assert page.get_by_text("No case is like that.").is_visible()
        page.locator("#clear").click()
        page.locator("#order").select_option(label="slowest first")
        assert page.locator("#row-0").inner_text().startswith(f"case-{MANY - 1}\n")
        page.locator("#text").fill("question 1234")
        told.get_by_text("1 of").wait_for()
        page.locator("#clear").click()
        page.locator("#order").select_option(label="as in the dataset")

        page.evaluate("document.getElementById('list').scrollTop = 1e9")
        page.locator("#window").get_by_text(f"case-{MANY - 1}", exact=True).wait_for()
        assert page.locator("#window > .row:visible").count() < 60
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert (troubles, asked, page.title()) == ([], [address(path)], "capitals.yaml · http://127.0.0.1:80")
