"""The smoke suite of an environment: what it accepts, and that nobody gets past it."""

from pathlib import Path

import pytest

from esclusa.core.events import StepFinished
from esclusa.core.evidence import Coverage, Evidence, Rate
from esclusa.core.project import Environment, StrategySpec
from esclusa.core.rollout import Rollout
from esclusa.core.run import StepState
from esclusa.core.value import replace
from esclusa.deploy.engine import set_out
from esclusa.deploy.strategies.direct import direct
from esclusa.stages.smoke import Smoke, smoke_failure
from tests.deploy.fleets import serving
from tests.fakes import START
from tests.stages.workshops import workshop

RIGHT = Rate(hits=2, n=2, cases={"a": 1.0, "b": 1.0})
WRONG = Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0})


@pytest.mark.parametrize(
    ("evidence", "failure"),
    [
        (Evidence(coverage=Coverage(total=2, seen=2), measurements={"accuracy": RIGHT}), ""),
        (
            Evidence(coverage=Coverage(total=2, seen=2), measurements={"accuracy": WRONG}),
            "1 of 2 smoke cases answered wrongly: b",
        ),
        (
            Evidence(coverage=Coverage(total=3, seen=2), measurements={"accuracy": RIGHT}),
            "only 2 of 3 smoke cases could be asked",
        ),
        (
            Evidence(coverage=Coverage(total=0, seen=0), measurements={"accuracy": RIGHT}),
            "no smoke case was asked",
        ),
        (Evidence(measurements={"accuracy": RIGHT}), "no smoke case was asked"),
        (
            Evidence(coverage=Coverage(total=2, seen=2), missing={"accuracy": "the scorer raised"}),
            "the smoke suite measured no accuracy: the scorer raised",
        ),
        (
            Evidence(coverage=Coverage(total=2, seen=2)),
            "the smoke suite measured no accuracy: it has no scorer",
        ),
    ],
    ids=["right", "wrong", "unseen", "empty", "no coverage", "scorer failed", "no scorer"],
)
def test_a_smoke_suite_passes_only_when_all_was_asked_and_right(evidence: Evidence, failure: str) -> None:
    assert smoke_failure(evidence) == failure


RIGHT_ANSWERS = Evidence(outputs={"rollout": "r.prod", "prod": "a" * 64}, measurements={"accuracy": RIGHT})


@pytest.mark.parametrize(
    ("state", "evidence", "answered"),
    [
        (StepState.SUCCEEDED, RIGHT_ANSWERS, True),
        (StepState.CANCELLED, RIGHT_ANSWERS, False),
        (StepState.SUCCEEDED, replace(RIGHT_ANSWERS, outputs={"prod": "b" * 64}), False),
        (StepState.SUCCEEDED, replace(RIGHT_ANSWERS, outputs={"staging": "a" * 64}), False),
        (StepState.SUCCEEDED, replace(RIGHT_ANSWERS, measurements={}), False),
    ],
    ids=["answered", "broken off", "of another release", "elsewhere", "not asked"],
)
def test_the_suite_was_answered_when_the_run_that_brought_the_release_saw_it(
    tmp_path: Path, state: StepState, evidence: Evidence, answered: bool
) -> None:
    known = workshop(tmp_path)
    smoke = Smoke(known, Environment(name="prod", smoke="smoke.yaml"))
    rollout = replace(rolled_out(), run="r", candidate="a" * 64)
    assert not smoke.answered(rollout)
    known.journal.append(StepFinished(run="r", step="deploy.prod", state=state, evidence=evidence))
    assert smoke.answered(rollout) is answered
    assert not smoke.answered(replace(rollout, run="another"))


def rolled_out() -> Rollout:
    return set_out(
        rollout="r.prod",
        project="p",
        run="r",
        spec=StrategySpec(name="direct", uses="direct"),
        strategy=direct,
        old=None,
        new=serving("a" * 64),
        now=START,
    )
