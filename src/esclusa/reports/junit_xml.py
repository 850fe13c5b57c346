"""JUnit XML: what test programs wrote, read as evidence; and a run's steps and rules, written as test cases.

Reading is strict: a report that cannot be read, or that holds no test, measures nothing, and says why.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from junitparser import Error, Failure, JUnitXml, JUnitXmlError, Skipped, TestCase, TestSuite

from esclusa.core.evidence import Count, Coverage, Evidence, Finding, Place
from esclusa.core.gate import OPENS, Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.core.run import Run, StepRecord, StepState
from esclusa.reports.foreign import clipped, plain

METRIC = "failed_tests"
MOST_FINDINGS = 200
MOST_MESSAGE = 2000

_NEVER_RAN = {
    StepState.CANCELLED: "cancelled",
    StepState.SKIPPED: "skipped",
    StepState.WAITING: "never started",
    StepState.RUNNING: "still running",
}
_BAD_ENDS = {RolloutState.ROLLED_BACK, RolloutState.FAILED, RolloutState.NEEDS_HUMAN}


def read(data: bytes | str) -> Evidence:
    """What a JUnit report says: `failed_tests` (failures and errors), a finding for each, and coverage."""
    raw = data.encode() if isinstance(data, str) else data
    if b"<!DOCTYPE" in raw.replace(b"\0", b""):
        return _nothing("the JUnit report declares a document type, which no test program does")
    try:
        report = cast("JUnitXml | TestSuite", JUnitXml.fromstring(raw))
    except (SyntaxError, ValueError, JUnitXmlError) as error:
        return _nothing(f"the JUnit report cannot be read: {error}")
    suites = [report] if isinstance(report, TestSuite) else report
    cases = [case for suite in suites for case in suite]
    if not cases:
        return _nothing("the JUnit report holds no test")
    bad = [case for case in cases if _is(case, Failure, Error)]
    skipped = sum(_is(case, Skipped) for case in cases)
    broken = sum(_is(case, Error) for case in cases)
    return Evidence(
        measurements={METRIC: Count(n=len(bad))},
        findings=tuple(_finding(case) for case in bad[:MOST_FINDINGS]),
        coverage=Coverage(
            total=len(cases),
            seen=len(cases) - skipped - broken,
            errored=broken,
            not_run=skipped,
            notes=(f"{len(bad) - MOST_FINDINGS} more failed tests are in the report",)
            if len(bad) > MOST_FINDINGS
            else (),
        ),
    )


def write(run: Run, rollouts: Sequence[Rollout] = ()) -> str:
    """The run as JUnit XML: a suite for each stage with its steps, for each gate with its rules, and one for
    the rollouts. What only warned passes, and says so in its output.
    """
    report = JUnitXml(f"esclusa {run.project} {run.id}")
    stages = list(dict.fromkeys(step.id.rpartition(".")[0] for step in run.steps))
    for stage in stages:
        steps = [step for step in run.steps if step.id.rpartition(".")[0] == stage]
        report.add_testsuite(_suite(stage, (_step(step) for step in steps)))
    for judgement in run.judgements:
        report.add_testsuite(gate_suite(judgement))
    if rollouts:
        report.add_testsuite(_suite("rollout", map(_rollout, rollouts)))
    report.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return text.decode()


def gate_suite(judgement: Judgement) -> TestSuite:
    """A gate, its rules as test cases."""
    return _suite(f"gate.{judgement.gate}", _rules(judgement))


def _is(case: TestCase, *kinds: type) -> bool:
    return any(isinstance(result, kinds) for result in case.result)


def _finding(case: TestCase) -> Finding:
    result = next(one for one in case.result if isinstance(one, Failure | Error))
    name = ".".join(part for part in (case.classname, case.name) if part)
    file, line = case._elem.get("file"), case._elem.get("line")
    return Finding(
        rule=plain(name) or "a test without a name",
        message=plain(clipped(result.message or result.text or "failed", MOST_MESSAGE)),
        severity="high",
        place=Place(file=file, line=int(line) + 1 if line and line.isdecimal() else None) if file else None,
    )


def _nothing(reason: str) -> Evidence:
    return Evidence(missing={METRIC: reason})


def _suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(plain(name))
    suite.add_testcases(list(cases))
    return suite


def _case(suite: str, name: str, seconds: float | None = None) -> TestCase:
    return TestCase(plain(name), plain(suite), seconds)


def _step(step: StepRecord) -> TestCase:
    stage, _, name = step.id.rpartition(".")
    case = _case(stage, name, step.seconds)
    failure = step.evidence.failure if step.evidence else None
    message = plain(failure.message) if failure else f"the step {step.state.value}"
    if step.state is StepState.FAILED:
        result = Failure(message, failure.reason if failure else "step")
        result.text = plain(failure.detail) if failure and failure.detail else message
        case.result = [result]
    elif step.state is StepState.TOLERATED:
        case.system_out = f"warning: {message}"
    elif step.state in _NEVER_RAN:
        case.result = [Skipped(_NEVER_RAN[step.state])]
    elif step.cached:
        case.system_out = "cached: the result of an earlier run with the same content"
    return case


def _rules(judgement: Judgement) -> Iterator[TestCase]:
    blocks = judgement.mode is Mode.BLOCK
    for rule in judgement.rules:
        yield _rule(f"gate.{judgement.gate}", rule, blocks)
    if not judgement.rules:
        case = _case(f"gate.{judgement.gate}", "has rules")
        case.result = [Error(plain(judgement.sentence), judgement.verdict.value)]
        yield case


def _rule(suite: str, rule: RuleJudgement, blocks: bool) -> TestCase:
    case = _case(suite, rule.rule)
    sentence = plain(rule.sentence)
    if rule.verdict is Verdict.NOT_APPLICABLE:
        case.result = [Skipped(sentence)]
    elif rule.verdict in OPENS:
        case.system_out = sentence
    elif rule.mode is Mode.WARN or not blocks:
        case.system_out = f"warning: {rule.verdict.value}: {sentence}"
    else:
        kind = Error if rule.verdict is Verdict.MISSING else Failure
        result = kind(sentence, rule.verdict.value)
        result.text = sentence
        case.result = [result]
    return case


def _rollout(rollout: Rollout) -> TestCase:
    case = _case("rollout", f"{rollout.environment} {rollout.id}")
    said = f"{rollout.state.value}: {rollout.reason} ({rollout.exposed} exposed, {rollout.harmed} harmed)"
    if rollout.state in _BAD_ENDS:
        result = Failure(plain(said), rollout.state.value)
        result.text = plain(rollout.judgement.sentence) if rollout.judgement else plain(said)
        case.result = [result]
    elif rollout.final:
        case.system_out = plain(said)
    else:
        case.result = [Skipped(plain(said))]
    return case
