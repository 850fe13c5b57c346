"""The exit code of a run."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from esclusa.cli.commands.run import exit_code
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.run import Outcome, Run, StepRecord, StepState
from esclusa.core.value import replace


def ended(outcome: Outcome, reason: Literal["step", "outside"] | None = None) -> Run:
    failure = Failure(reason=reason, message="x") if reason else None
    step = StepRecord(id="test.unit", state=StepState.FAILED, evidence=Evidence(failure=failure))
    return Run(id="r", project="p", commit="c", outcome=outcome, started=datetime.now(UTC), steps=(step,))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.PROMOTED, 0),
        (Outcome.PASSED, 0),
        (Outcome.CONCLUDED, 0),
        (Outcome.BLOCKED, 1),
        (Outcome.ROLLED_BACK, 1),
        (Outcome.SUPERSEDED, 1),
        (Outcome.INTERRUPTED, 130),
        (Outcome.RUNNING, 130),
    ],
)
def test_each_outcome_has_its_exit_code(outcome: Outcome, code: int) -> None:
    assert exit_code(ended(outcome)) == code


def test_a_step_that_failed_is_1_and_one_that_could_not_reach_something_is_3() -> None:
    assert [exit_code(ended(Outcome.FAILED, reason)) for reason in ("step", "outside")] == [1, 3]


def test_a_failure_that_was_tolerated_has_no_say() -> None:
    run = ended(Outcome.FAILED, "step")
    outside = Evidence(failure=Failure(reason="outside", message="x"))
    tolerated = StepRecord(id="test.lint", state=StepState.TOLERATED, evidence=outside)
    assert exit_code(replace(run, steps=(tolerated, *run.steps))) == 1
