"""The sheet of a suite that was asked: cases, questions and verdicts put together from the store."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import UNSET

from esclusa.core.case import Case, asking
from esclusa.core.evidence import Amounts, Evidence, Rate, Scores
from esclusa.core.gate import Judgement
from esclusa.core.run import Run, StepRecord
from esclusa.core.value import EMPTY, replace
from esclusa.evals.measure import right
from esclusa.evals.question import Message, Question
from esclusa.evals.suite import Suite
from esclusa.reports.sheet import Baseline, Change, Row, Seen, Sheet
from esclusa.stages.elsewhere import AGENT
from esclusa.workspace.baselines import Reference
from esclusa.workspace.opened import Opened

__all__ = ["Change", "Sheet", "sheet_of"]


def sheet_of(
    opened: Opened, run: Run, step: StepRecord, suite: Suite | None, against: Reference | None
) -> Sheet:
    """The sheet of one step. `suite` is the one that was asked, None where it is not known any more."""
    evidence = step.evidence or Evidence()
    logged = opened.store.cases.read(step.cached_from or run.id, step.id)
    return Sheet(
        run=run.id,
        step=step.id,
        project=run.project,
        suite=_shown(opened.root, suite) if suite else step.id,
        agent=_agent(run, evidence),
        commit=run.commit,
        dirty=run.dirty,
        release=_release(run),
        started=step.started or run.started,
        seconds=step.seconds,
        outcome=run.outcome.value,
        reason=run.reason,
        evidence=evidence,
        judgements=_concerning(run.judgements, step.id),
        rows=_rows(suite, evidence, {one.key: one for one in logged}, against),
        baseline=Baseline(name=against.name, evidence=against.evidence) if against else None,
    )


def _rows(
    suite: Suite | None, evidence: Evidence, cases: Mapping[str, Case], against: Reference | None
) -> tuple[Row, ...]:
    questions = {question.id: question for question in suite.dataset.questions} if suite else {}
    ids = tuple(questions) or tuple(dict.fromkeys((*_ids(evidence), *(case.id for case in cases.values()))))
    before = _before(suite, against)
    repeats: dict[str, list[int]] = {}
    for case in cases.values():
        repeats.setdefault(case.id, []).append(case.repeat)
    return tuple(
        _row(one, repeat, questions.get(one), cases.get(asking(one, repeat)), evidence, before, suite)
        for one in ids
        for repeat in sorted(repeats.get(one, [0]))
    )


def _row(
    one: str,
    repeat: int,
    question: Question | None,
    case: Case | None,
    evidence: Evidence,
    before: Mapping[str, Seen],
    suite: Suite | None,
) -> Row:
    return Row(
        id=one,
        repeat=repeat,
        tags=question.tags if question else case.tags if case else (),
        input=_asked(question) if question else "",
        expected=_expected(question) if question else "",
        seen=_seen(case, evidence, suite) if case else _counted(one, evidence),
        before=before.get(asking(one, repeat)),
    )


def _before(suite: Suite | None, against: Reference | None) -> Mapping[str, Seen]:
    if against is None:
        return EMPTY
    if against.rows:
        return {asking(row.id, row.repeat): row.seen for row in against.rows if row.seen is not None}
    same = suite if suite is not None and against.evidence.subject == suite.subject else None
    found = {key: _seen(case, against.evidence, same) for key, case in against.cases.items()}
    known = ((one, _counted(one, against.evidence)) for one in _ids(against.evidence))
    return {**{key: seen for key, seen in known if seen is not None}, **found}


def _seen(case: Case, evidence: Evidence, suite: Suite | None) -> Seen:
    known = None not in (case.tokens_in, case.tokens_out)
    return Seen(
        answer=case.answer,
        right=right(suite, case) if suite is not None else _value(evidence, "accuracy", case.id),
        scores=case.scores,
        explanations=case.explanations,
        seconds=case.seconds,
        tokens=(case.tokens_in or 0) + (case.tokens_out or 0) if known else None,
        cost=case.cost,
        error=case.error,
        error_kind=case.error_kind,
    )


def _counted(one: str, evidence: Evidence) -> Seen | None:
    """What the measurements alone tell of a case whose answer is not kept; None if they tell nothing, or only
    the mean over several askings.
    """
    if evidence.repeats > 1:
        return None
    scores = {
        name: measured.cases[one]
        for name, measured in evidence.measurements.items()
        if isinstance(measured, Rate | Scores) and name not in ("accuracy", "error_rate")
        if one in measured.cases
    }
    correct, failed = _value(evidence, "accuracy", one), _value(evidence, "error_rate", one)
    if correct is None and failed is None and not scores:
        return None
    return Seen(
        right=correct,
        scores=scores,
        seconds=_value(evidence, "latency", one),
        cost=_value(evidence, "cost_per_query", one),
        error="the agent failed" if failed else "",
        error_kind="agent" if failed else "",
    )


def _value(evidence: Evidence, metric: str, one: str) -> float | None:
    measured = evidence.measurements.get(metric)
    return measured.cases.get(one) if isinstance(measured, Rate | Scores | Amounts) else None


def _ids(evidence: Evidence) -> Sequence[str]:
    measured = [one for one in evidence.measurements.values() if isinstance(one, Rate | Scores | Amounts)]
    return tuple(dict.fromkeys(each for one in measured for each in (*one.cases, *one.unseen)))


def _concerning(judgements: Iterable[Judgement], step: str) -> tuple[Judgement, ...]:
    """The gates with those of their rules that this step gave the evidence for, or that have none."""
    kept = (
        replace(one, rules=tuple(rule for rule in one.rules if rule.evidence_from in ("", step)))
        for one in judgements
    )
    return tuple(one for one in kept if any(rule.evidence_from == step for rule in one.rules))


def _agent(run: Run, evidence: Evidence) -> str:
    """Who was asked; a run without a commit says it as what it is about, also where nothing came of it."""
    named = evidence.outputs.get(AGENT, "") or ("" if run.commit else run.subject)
    return named or f"release {_release(run)[:12]}".strip()


def _release(run: Run) -> str:
    made = (step.evidence.outputs.get("release", "") for step in run.steps if step.evidence)
    return run.release or next(filter(None, made), "")


def _asked(question: Question) -> str:
    if isinstance(question.input, str) and not question.turns:
        return question.input
    said = [("user", question.input)] if isinstance(question.input, str) else _chat(question.input)
    return "\n".join(
        f"{role}: {text}" for role, text in (*said, *(("user", turn) for turn in question.turns))
    )


def _chat(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in messages]


def _expected(question: Question) -> str:
    if question.expected is UNSET:
        return ""
    if isinstance(question.expected, str):
        return question.expected
    return json.dumps(question.expected, ensure_ascii=False)


def _shown(root: Path, suite: Suite) -> str:
    path = Path(suite.file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
