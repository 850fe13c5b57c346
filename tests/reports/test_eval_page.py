"""The HTML page of one suite: what it opens with, what it draws, and that nobody's text is markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from esclusa.core.evidence import Amounts, Coverage, Evidence, Failure, Rate, Scores
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.value import replace
from esclusa.reports.eval_list import FIRST
from esclusa.reports.eval_page import eval_page
from esclusa.reports.sheet import Baseline, Row, Seen, Sheet
from tests.reports.runs import ACCURACY, COST, ERRORS, LATENCY
from tests.reports.sheets import BEFORE, CLOSED, SHEET
from tests.reports.test_eval_data import HOSTILE

WITHOUT_END = frozenset({"meta", "input", "line", "rect", "circle", "polyline", "br"})


class Read(HTMLParser):
    """The page as a browser takes it: which elements, in which order, and the text of the visible ones."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [
            name for name, _ in attrs if name.startswith("on") or name in ("style", "src", "href")
        ]
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHOUT_END:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"}.intersection(self.open):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def said(sheet: Sheet) -> str:
    return Read(eval_page(sheet)).text


def test_cases_that_are_right_now_and_wrong_then_are_counted() -> None:
    rows = [
        Row(id=one, repeat=repeat, seen=Seen(right=float(right)))
        for one, askings in {"steady": (1, 1), "moody": (1, 0)}.items()
        for repeat, right in enumerate(askings)
    ]
    cases = "Cases 2, asked 4 times = 4 scored + 0 errored + 0 not run Flaky 1, right now and wrong then Took"
    assert cases in said(replace(SHEET, rows=tuple(rows)))


def judged(*judgements: Judgement) -> Sheet:
    return replace(SHEET, judgements=judgements)


def test_it_opens_with_the_state_the_sentence_and_the_reason() -> None:
    assert said(judged(CLOSED)).startswith(
        "capitals.yaml · http://127.0.0.1:80 p / eval.capitals / eval-1 / 2026-01-02 00:00 UTC"
        " ✗ Stopped at the gates Accuracy is 50 %; the gate asks for accuracy > 85% quality failed: accuracy"
        " Asked http://127.0.0.1:80 Cases 6 = 3 scored + 2 errored + 1 not run Took 1.2 s Gates"
    )


def test_it_says_in_a_word_why_else_it_stops_or_goes_on() -> None:
    unsettled = replace(ACCURACY, rule="accuracy{a>b} > 40%", verdict=Verdict.UNDECIDED)
    shut = {
        "? Stopped at the gates Accuracy{a>b} is 50 %, which is not settled yet;": unsettled,
        "! Stopped at the gates Cost per query could not be judged; the gate asks for": COST,
    }
    for words, rule in shut.items():
        assert words in said(judged(replace(CLOSED, verdict=rule.verdict, rules=(rule,))))
    passed = replace(CLOSED, verdict=Verdict.PASS, rules=(ERRORS, LATENCY), sentence="quality passes")
    shown = said(judged(passed))
    assert "✓ Passed Every gate opens: 1 of 2 rules hold quality passes" in shown
    assert "! fail (warns)" not in shown
    assert "✗ fail (warns)" in shown


def test_a_suite_that_nobody_judges_or_that_broke_says_so() -> None:
    assert "– Measured Accuracy is 33.3 % 95 % interval 6.1 to 79.2 %, 3 cases; no gate asks" in said(SHEET)
    failed = Evidence(
        failure=Failure(reason="step", message="no answer", mend="start it"),
        coverage=Coverage(total=6, seen=0, notes=("a note",)),
    )
    broke = said(replace(SHEET, evidence=failed, rows=()))
    assert "! Not completed no answer start it a note" in broke
    assert "Cases choose one" not in broke


def test_each_rule_has_its_interval_drawn_against_its_limit_with_the_bad_side_shaded() -> None:
    gate = replace(CLOSED, rules=(ACCURACY, LATENCY, COST))
    page = eval_page(judged(gate))
    drawn = re.findall(r'<svg class="interval".*?</svg>', page)
    assert len(drawn) == 2
    floor, ceiling = (re.findall(r'class="out" x="([\d.]+)"', one) for one in drawn)
    assert floor == ["0.0"]
    assert float(ceiling[0]) > 0


def test_numbers_slices_and_distributions_stand_beside_the_baselines() -> None:
    def of(hits: int, score: float) -> Evidence:
        cases = {str(at): float(at < hits) for at in range(10)}
        part = {one: cases[one] for one in ("8", "9")}
        return Evidence(
            subject="s",
            measurements={
                "accuracy": Rate(hits=hits, n=10, cases=cases),
                "relevance": Scores(cases=dict.fromkeys(cases, score)),
                "latency": Amounts(unit="s", cases={one: 0.1 * (1 + int(one)) for one in cases}),
            },
            slices={"lang=es": {"accuracy": Rate(hits=round(sum(part.values())), n=2, cases=part)}},
        )

    shown = said(replace(SHEET, evidence=of(8, 0.5), baseline=Baseline(name="b", evidence=of(9, 0.25))))
    assert "accuracy 80 % 49 to 94.3 % 10 90 % ▼ -10 points" in shown
    assert "relevance 50 %" in shown
    assert "▲ +25 points" in shown
    assert "lang=es 2 0 % ▼ -50 points" in shown
    assert "relevance median 50 %, 25 % before" in shown
    assert "latency median 500 ms, 500 ms before" in shown


def test_what_cannot_be_compared_is_said() -> None:
    strange = replace(BEFORE, evidence=replace(BEFORE.evidence, subject="another"))
    shown = said(replace(SHEET, baseline=strange))
    assert "not compared" in shown
    assert "Not compared: the baseline was measured on another dataset" in shown


def test_the_cases_that_broke_are_told_side_by_side_and_filters_show_how_many() -> None:
    shown = said(replace(SHEET, baseline=BEFORE))
    assert (
        "0 right in both 0 fixed 1 broken 0 wrong in both Broken case Baseline This run broken 500" in shown
    )
    assert (
        "✓ right 1 ✗ wrong 1 ! agent error 1 • answered 1 ? unseen 1 – not run 1 ▼ broken 1 + new 4" in shown
    )


def test_the_first_rows_are_there_without_a_script() -> None:
    rows = tuple(Row(id=f"case-{at}", seen=Seen(answer=f"answer {at}")) for at in range(FIRST + 5))
    shown = said(replace(SHEET, rows=rows))
    assert f"case-{FIRST - 1} • answered answer {FIRST - 1}" in shown
    assert f"case-{FIRST}" not in shown
    assert f"Without JavaScript only the first {FIRST} cases are shown." in shown


def test_many_tags_are_not_all_offered_and_the_page_says_so() -> None:
    rows = tuple(Row(id=str(at), tags=("all", f"own {at}")) for at in range(150))
    shown = said(replace(SHEET, rows=rows))
    assert "all (150)" in shown
    assert "51 rarer tags: search for them" in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_anybody_says_the_page_has_the_same_elements(text: str) -> None:
    def of(words: str) -> Sheet:
        seen = Seen(answer=words, right=0.0, scores={words: 0.5}, explanations={words: words}, cost=0.1)
        row = Row(
            id=words, tags=(words,), input=words, expected=words, seen=seen, before=replace(seen, right=1.0)
        )
        rule = replace(ACCURACY, rule=words, sentence=words)
        evidence = Evidence(
            measurements={words: Scores(cases={"a": 0.5})},
            slices={words: {words: Scores(cases={"a": 0.5})}},
            coverage=Coverage(total=1, seen=1, notes=(words,)),
        )
        return Sheet(
            **dict.fromkeys(("run", "step", "project", "suite", "agent", "commit", "release"), words),
            started=SHEET.started,
            evidence=evidence,
            rows=(row,),
            judgements=(
                Judgement(gate=words, mode=Mode.BLOCK, verdict=Verdict.FAIL, rules=(rule,), sentence=words),
            ),
            baseline=Baseline(name=words, evidence=evidence),
        )

    harmless, hostile = Read(eval_page(of("words"))), Read(eval_page(of(text)))
    assert hostile.tags == harmless.tags
    assert (hostile.open, hostile.handlers) == ([], [])


def test_the_page_allows_its_own_script_and_style_and_nothing_else() -> None:
    page = eval_page(SHEET)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert style
    assert script

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    policy = (
        f"default-src 'none'; style-src 'sha256-{digest(style[1])}'; script-src 'sha256-{digest(script[1])}';"
        " base-uri 'none'; form-action 'none'"
    )
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert "http" not in style[1] + script[1]
