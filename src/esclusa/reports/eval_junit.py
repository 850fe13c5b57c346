"""JUnit XML of one suite: each case a test case, each rule of a gate one too.

A wrong answer is a test that failed only where nothing judges the whole: where gates do, they say what
counts, and a case that is wrong within what they allow passes with its answer in the output.
"""

from collections.abc import Iterator

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from esclusa.reports.foreign import clipped, plain
from esclusa.reports.junit_xml import gate_suite
from esclusa.reports.sheet import Row, Sheet

MOST = 2000
"""Characters of an answer."""


def eval_junit(sheet: Sheet) -> str:
    """The sheet as JUnit XML."""
    report = JUnitXml(plain(f"esclusa eval {sheet.suite}"))
    suite = TestSuite(plain(sheet.step))
    suite.add_testcases(list(_cases(sheet)))
    report.add_testsuite(suite)
    for judgement in sheet.judgements:
        report.add_testsuite(gate_suite(judgement))
    report.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return text.decode()


def _cases(sheet: Sheet) -> Iterator[TestCase]:
    judged = bool(sheet.judgements)
    for row in sheet.rows:
        name = row.id if not row.repeat else f"{row.id} (asking {row.repeat + 1})"
        case = TestCase(plain(name), plain(sheet.step), row.seen.seconds if row.seen else None)
        said = _said(row)
        if row.verdict in ("not run", "unseen"):
            case.result = [Skipped(plain(f"{row.verdict}: {row.seen.error if row.seen else ''}"))]
        elif judged or row.verdict in ("right", "answered"):
            case.system_out = said
        else:
            kind = Error if row.verdict == "agent error" else Failure
            result = kind(plain(row.seen.error if row.seen and row.seen.error else row.verdict), row.verdict)
            result.text = said
            case.result = [result]
        yield case


def _said(row: Row) -> str:
    seen = row.seen
    if seen is None:
        return row.verdict
    lines = [row.verdict, f"expected: {row.expected}" if row.expected else "", f"answer: {seen.answer}"]
    lines += [f"{name}: {value:g} {seen.explanations.get(name, '')}" for name, value in seen.scores.items()]
    lines += [f"error: {seen.error}" if seen.error else ""]
    return "\n".join(plain(clipped(one, MOST)).strip() for one in lines if one)
