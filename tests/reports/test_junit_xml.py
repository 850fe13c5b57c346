"""JUnit XML, read and written."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from esclusa.core.evidence import Count, Coverage, Evidence, Finding, Place
from esclusa.core.value import replace
from esclusa.reports.junit_xml import MOST_FINDINGS, read, write
from tests.reports.runs import RUN

NESTED = """<?xml version="1.0"?>
<testsuites><testsuite name="outer"><testsuite name="inner">
<testcase classname="c" name="good"/>
<testcase classname="c" name="bad" file="t.py" line="3"><failure message="1 != 2">trace</failure></testcase>
<testcase classname="c" name="broken"><error>no fixture</error></testcase>
<testcase classname="c" name="skipped"><skipped/></testcase>
</testsuite></testsuite></testsuites>"""


def test_failures_and_errors_are_counted_and_pointed_at() -> None:
    assert read(NESTED) == Evidence(
        measurements={"failed_tests": Count(n=2)},
        findings=(
            Finding(rule="c.bad", message="1 != 2", severity="high", place=Place(file="t.py", line=4)),
            Finding(rule="c.broken", message="no fixture", severity="high"),
        ),
        coverage=Coverage(total=4, seen=2, errored=1, not_run=1),
    )


def test_a_report_may_be_a_single_suite() -> None:
    single = '<testsuite name="s"><testcase classname="c" name="good"/></testsuite>'
    assert read(single.encode()) == Evidence(
        measurements={"failed_tests": Count(n=0)}, coverage=Coverage(total=1, seen=1)
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the JUnit report cannot be read: "),
        ("<testsuites><testsuite", "the JUnit report cannot be read: "),
        ("<html/>", "the JUnit report cannot be read: "),
        ("<testsuites/>", "the JUnit report holds no test"),
        ("<testsuites><testsuite name='s'/></testsuites>", "the JUnit report holds no test"),
        (
            "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><testsuites>&a;</testsuites>",
            "the JUnit report declares a document type, which no test program does",
        ),
    ],
)
def test_what_cannot_be_read_measures_nothing_and_says_why(text: str, reason: str) -> None:
    found = read(text)
    assert found.measurements == {}
    assert found.missing["failed_tests"].startswith(reason)


def test_thousands_of_failures_do_not_fill_the_journal() -> None:
    bad = '<testcase name="t"><failure message="m"/></testcase>' * (MOST_FINDINGS + 5)
    found = read(f"<testsuite name='s'>{bad}</testsuite>")
    assert (found.measurements["failed_tests"], len(found.findings)) == (
        Count(n=MOST_FINDINGS + 5),
        MOST_FINDINGS,
    )
    assert found.coverage is not None
    assert found.coverage.notes == ("5 more failed tests are in the report",)


def test_pytests_own_report_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 'refunded' == 'lost'\n"
        "@pytest.mark.skip(reason='later')\n"
        "def test_later(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=report.xml"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, timeout=120)
    found = read((tmp_path / "report.xml").read_bytes())
    assert found.measurements == {"failed_tests": Count(n=1)}
    assert found.coverage == Coverage(total=3, seen=2, not_run=1)
    assert [finding.rule for finding in found.findings] == ["test_it.test_bad"]


def test_a_run_is_written_as_its_steps_and_rules() -> None:
    tree = ElementTree.fromstring(write(RUN).encode())
    written = [
        (
            case.get("classname"),
            case.get("name"),
            [(child.tag, child.get("type")) for child in case],
        )
        for case in tree.iter("testcase")
    ]
    assert written == [
        ("test", "unit", [("system-out", None)]),
        ("test", "integration", [("system-out", None)]),
        ("eval", "quality", []),
        ("deploy", "production", [("skipped", None)]),
        ("gate.quality", "accuracy > 85%", [("failure", "fail")]),
        ("gate.quality", "latency.p95 < 2 s", [("system-out", None)]),
        ("gate.quality", "cost_per_query < 0.01 USD", [("error", "missing")]),
        ("gate.quality", "accuracy >= baseline - 2%", [("skipped", None)]),
        ("gate.quality", "error_rate < 1%", [("system-out", None)]),
    ]
    assert (tree.get("tests"), tree.get("failures"), tree.get("errors"), tree.get("skipped")) == (
        "9",
        "1",
        "1",
        "2",
    )


def test_what_is_written_reads_back_as_what_blocked() -> None:
    found = read(write(RUN))
    assert found.measurements == {"failed_tests": Count(n=2)}
    assert [finding.rule for finding in found.findings] == [
        "gate.quality.accuracy > 85%",
        "gate.quality.cost_per_query < 0.01 USD",
    ]


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    step = replace(RUN.steps[1], evidence=None, id="test.\x00bad\ud800")
    assert read(write(replace(RUN, steps=(step,)))).coverage is not None
