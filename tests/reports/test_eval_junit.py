"""The JUnit XML of one suite, read back by the library that CI systems' readers agree with."""

from junitparser import JUnitXml, TestCase, TestSuite

from esclusa.core.value import replace
from esclusa.reports.eval_junit import MOST, eval_junit
from esclusa.reports.sheet import Row, Seen, Sheet
from tests.reports.sheets import CLOSED, SHEET


def suites(sheet: Sheet) -> dict[str, list[TestCase]]:
    report = JUnitXml.fromstring(eval_junit(sheet).encode())
    assert isinstance(report, JUnitXml)
    return {str(suite.name): list(suite) for suite in report if isinstance(suite, TestSuite)}


def results(cases: list[TestCase]) -> dict[str, list[str]]:
    return {str(case.name): [type(one).__name__ for one in case.result] for case in cases}


def test_where_nothing_judges_the_whole_each_wrong_answer_is_a_failure() -> None:
    assert results(suites(SHEET)["eval.capitals"]) == {
        "right": [],
        "wrong": ["Failure"],
        "broken": ["Error"],
        "unseen": ["Skipped"],
        "not run": ["Skipped"],
        "again (asking 2)": [],
    }


def test_where_gates_judge_they_fail_and_a_wrong_answer_is_told_in_the_output() -> None:
    found = suites(replace(SHEET, judgements=(CLOSED,)))
    assert results(found["gate.quality"]) == {"accuracy > 85%": ["Failure"]}
    assert [name for name, of in results(found["eval.capitals"]).items() if of] == ["unseen", "not run"]
    assert found["eval.capitals"][1].system_out == ("wrong\nexpected: Madrid\nanswer: a | <b>\nexact: 0 no")


def test_what_an_agent_says_is_cut_and_cannot_break_the_file() -> None:
    row = Row(id="]]><x>", seen=Seen(answer="]]>&\x1b[31m\udcff" + "x" * 10 * MOST, right=1.0))
    (case,) = suites(replace(SHEET, rows=(row,)))["eval.capitals"]
    assert case.name == "]]><x>"
    assert len(case.system_out or "") < MOST + 100
