"""The JUnit XML of one suite."""

from xml.etree import ElementTree

from esclusa.reports.eval_junit import eval_junit
from tests.reports.sheets import ALONE, SHEET


def results(text: str) -> dict[str, str]:
    """What became of each test case: `passed`, or the name of its result."""
    cases = ElementTree.fromstring(text).iter("testcase")
    ends = ("failure", "error", "skipped")
    return {
        case.get("name", ""): next((end.tag for end in case if end.tag in ends), "passed") for case in cases
    }


def test_where_gates_judge_only_they_fail() -> None:
    assert results(eval_junit(SHEET)) == {
        "a": "passed",
        "b": "passed",
        "c": "passed",
        "d": "passed",
        "e": "skipped",
        "accuracy > 85%": "failure",
    }


def test_where_none_does_each_wrong_case_fails() -> None:
    text = eval_junit(ALONE)
    assert results(text) == {"a": "passed", "b": "passed", "c": "failure", "d": "error", "e": "skipped"}
    root = ElementTree.fromstring(text)
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text == "wrong\nexpected: Paris\nanswer: Lyon | <b>"
