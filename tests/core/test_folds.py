"""Runs as the journal tells them: every outcome, from events alone."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.events import (
    ControllerStarted,
    Event,
    GateJudged,
    Recorded,
    ReleaseSealed,
    RolloutCreated,
    RolloutMoved,
    RolloutSteered,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    StepTold,
)
from esclusa.core.evidence import Evidence, Failure
from esclusa.core.folds import GONE, fold_runs
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.release import Release
from esclusa.core.rollout import Decision, RolloutState
from esclusa.core.run import Outcome, Run, StepRecord, StepState
from esclusa.core.value import replace
from tests.fakes import START

STEPS = ("build.artifact", "deploy.staging", "deploy.production")
STARTED = RunStarted(run="r", project="p", commit="c", subject="s", steps=STEPS, holder="living")


def recorded(*events: Event) -> list[Recorded]:
    """One event a second."""
    return [
        Recorded(sequence=number, at=START + timedelta(seconds=number), event=event)
        for number, event in enumerate(events, start=1)
    ]


def fold(*events: Event, now: float = 100) -> list[Run]:
    at = START + timedelta(seconds=now)
    return fold_runs(recorded(*events), alive=lambda holder: holder == "living", now=at)


def one(*events: Event) -> Run:
    (run,) = fold(*events)
    return run


def succeeded(step: str, evidence: Evidence | None = None) -> StepFinished:
    return StepFinished(
        run="r", step=step, state=StepState.SUCCEEDED, evidence=evidence or Evidence(), seconds=2
    )


def created(environment: str, run: str = "r") -> RolloutCreated:
    return RolloutCreated(
        rollout=f"{run}.{environment}",
        run=run,
        environment=environment,
        candidate="a",
        stable="b",
        strategy="canary",
    )


def moved(environment: str, state: RolloutState, reason: str = "", run: str = "r") -> RolloutMoved:
    return RolloutMoved(rollout=f"{run}.{environment}", state=state, position=0, share=0.0, reason=reason)


def judged(gate: str, verdict: Verdict) -> GateJudged:
    return GateJudged(
        run="r", judgement=Judgement(gate=gate, mode=Mode.BLOCK, verdict=verdict, rules=(), sentence=verdict)
    )


def finished(outcome: Outcome, reason: str = "") -> RunFinished:
    return RunFinished(run="r", outcome=outcome, reason=reason)


DEAD = RunResumed(run="r", holder="gone")
STAGED = (created("staging"), moved("staging", RolloutState.PROMOTED))
ON_ITS_WAY = (*STAGED, created("production"), moved("production", RolloutState.BAKING))
STUCK = (*STAGED, created("production"), moved("production", RolloutState.NEEDS_HUMAN, "port taken"))
AGAIN = moved("production.2", RolloutState.PROMOTED, "healthy")
SMOKED = (replace(created("production"), smoke=True), moved("production", RolloutState.PROMOTED))
BACK = (
    replace(created("production"), rollout="r.production.back", candidate="b", undoes="r.production"),
    moved("production.back", RolloutState.PREPARING),
)


@pytest.mark.parametrize(
    ("events", "outcome", "reason"),
    [
        # A living process decides.
        ((), Outcome.RUNNING, ""),
        ((finished(Outcome.PASSED),), Outcome.PASSED, ""),
        ((finished(Outcome.BLOCKED, "too low"),), Outcome.BLOCKED, "too low"),
        ((finished(Outcome.FAILED, "broke"),), Outcome.FAILED, "broke"),
        ((finished(Outcome.INTERRUPTED, "Ctrl-C"),), Outcome.INTERRUPTED, "Ctrl-C"),
        ((finished(Outcome.PROMOTED, "serves already"),), Outcome.PROMOTED, "serves already"),
        # It is gone and said nothing.
        ((DEAD,), Outcome.INTERRUPTED, GONE),
        ((DEAD, succeeded("build.artifact")), Outcome.INTERRUPTED, GONE),
        # What could not be carried out is put behind when the run goes on, and another rollout takes its place.
        ((*STUCK, RunResumed(run="r", holder="living")), Outcome.RUNNING, ""),
        ((*STUCK, DEAD), Outcome.INTERRUPTED, GONE),
        (
            (*STUCK, DEAD, replace(created("production"), rollout="r.production.2"), AGAIN),
            Outcome.PROMOTED,
            "healthy",
        ),
        # Resumed, the run goes on, whatever it ended with before.
        ((finished(Outcome.FAILED, "broke"), RunResumed(run="r", holder="living")), Outcome.RUNNING, ""),
        ((finished(Outcome.FAILED, "broke"), DEAD), Outcome.INTERRUPTED, GONE),
        # A rollout into an environment that is not the last one does not make a run.
        (STAGED, Outcome.RUNNING, ""),
        ((*STAGED, DEAD), Outcome.INTERRUPTED, GONE),
        ((created("staging"), moved("staging", RolloutState.BAKING), DEAD), Outcome.INTERRUPTED, GONE),
        ((*STAGED, finished(Outcome.INTERRUPTED, "Ctrl-C")), Outcome.INTERRUPTED, "Ctrl-C"),
        ((*STAGED, finished(Outcome.FAILED, "smoke")), Outcome.FAILED, "smoke"),
        # But one that ends badly ends it.
        (
            (DEAD, created("staging"), moved("staging", RolloutState.FAILED, "never ready")),
            Outcome.FAILED,
            "never ready",
        ),
        # Into the last one: the rollout goes on without the process, and has the word.
        ((*ON_ITS_WAY, DEAD), Outcome.RUNNING, ""),
        ((*ON_ITS_WAY, finished(Outcome.INTERRUPTED, "detached")), Outcome.RUNNING, ""),
        (
            (*ON_ITS_WAY, DEAD, moved("production", RolloutState.PROMOTED, "healthy")),
            Outcome.PROMOTED,
            "healthy",
        ),
        (
            (
                *ON_ITS_WAY,
                finished(Outcome.INTERRUPTED, "detached"),
                moved("production", RolloutState.ROLLED_BACK, "errors"),
            ),
            Outcome.ROLLED_BACK,
            "errors",
        ),
        (
            (*ON_ITS_WAY, moved("production", RolloutState.SUPERSEDED, "by r2"), DEAD),
            Outcome.SUPERSEDED,
            "by r2",
        ),
        ((*ON_ITS_WAY, DEAD, moved("production", RolloutState.NEEDS_HUMAN, "help")), Outcome.FAILED, "help"),
        (
            (*ON_ITS_WAY, moved("production", RolloutState.CONCLUDED, "worse"), DEAD),
            Outcome.CONCLUDED,
            "worse",
        ),
        (
            (created("staging"), moved("staging", RolloutState.CONCLUDED, "worse"), DEAD),
            Outcome.INTERRUPTED,
            GONE,
        ),
        # Promoted, watched, and taken back after all.
        (
            (
                *ON_ITS_WAY,
                moved("production", RolloutState.WATCHING),
                finished(Outcome.PROMOTED, "all phases passed"),
                moved("production", RolloutState.ROLLED_BACK, "errors"),
            ),
            Outcome.ROLLED_BACK,
            "errors",
        ),
        # The process that followed it to the end says it best.
        (
            (
                *ON_ITS_WAY,
                moved("production", RolloutState.PROMOTED, "short"),
                finished(Outcome.PROMOTED, "long"),
            ),
            Outcome.PROMOTED,
            "long",
        ),
        # A smoke suite that was answered wrongly after promotion is the run's failure all the same.
        (
            (*ON_ITS_WAY, moved("production", RolloutState.PROMOTED), finished(Outcome.BLOCKED, "smoke")),
            Outcome.BLOCKED,
            "smoke",
        ),
        # Promotion is not the last word where only the run's process asks the smoke suite.
        ((*SMOKED,), Outcome.RUNNING, ""),
        (
            (*SMOKED, DEAD),
            Outcome.INTERRUPTED,
            "production was promoted, and its smoke suite is not answered",
        ),
        (
            (*SMOKED, finished(Outcome.INTERRUPTED, "detached")),
            Outcome.INTERRUPTED,
            "production was promoted, and its smoke suite is not answered",
        ),
        ((*SMOKED, finished(Outcome.PROMOTED, "healthy")), Outcome.PROMOTED, "healthy"),
        # It was answered wrongly: the way back goes on without the process too.
        ((*SMOKED, *BACK, DEAD), Outcome.RUNNING, ""),
        (
            (*SMOKED, *BACK, DEAD, moved("production.back", RolloutState.PROMOTED, "healthy")),
            Outcome.ROLLED_BACK,
            "the smoke suite was not answered correctly: healthy",
        ),
        (
            (*SMOKED, *BACK, DEAD, moved("production.back", RolloutState.NEEDS_HUMAN, "stuck")),
            Outcome.FAILED,
            "the smoke suite was not answered correctly: stuck",
        ),
        ((*SMOKED, *BACK, finished(Outcome.BLOCKED, "smoke")), Outcome.BLOCKED, "smoke"),
    ],
)
def test_how_a_run_ended(events: Sequence[Event], outcome: Outcome, reason: str) -> None:
    run = one(STARTED, *events)
    assert (run.outcome, run.reason) == (outcome, reason)


def test_a_whole_run_is_folded() -> None:
    sealed = Release(id="a" * 64, project="p", commit="c")
    failed = Evidence(failure=Failure(reason="step", message="no"))
    seen = Evidence(outputs={"release": "built"})
    low = judged("quality", Verdict.PASS)
    assert one(
        STARTED,
        StepStarted(run="r", step="build.artifact", log="runs/r/build.artifact/log"),
        StepTold(run="r", step="build.artifact", numbers={"files": "3"}),
        StepStarted(run="r", step="build.artifact", attempt=2, log="runs/r/build.artifact/log"),
        succeeded("build.artifact", seen),
        judged("quality", Verdict.FAIL),
        low,
        ReleaseSealed(run="r", release=sealed),
        *STAGED,
        StepFinished(run="r", step="deploy.staging", state=StepState.FAILED, evidence=failed, cached=False),
        finished(Outcome.FAILED, "deploy.staging: no"),
        ControllerStarted(holder="h", epoch=1),
    ) == Run(
        id="r",
        project="p",
        commit="c",
        subject="s",
        outcome=Outcome.FAILED,
        reason="deploy.staging: no",
        release=sealed.id,
        rollouts=("r.staging",),
        started=START + timedelta(seconds=1),
        seconds=11.0,
        steps=(
            StepRecord(
                id="build.artifact",
                state=StepState.SUCCEEDED,
                attempts=2,
                started=START + timedelta(seconds=4),
                seconds=2,
                log="runs/r/build.artifact/log",
                evidence=seen,
            ),
            StepRecord(
                id="deploy.staging",
                state=StepState.FAILED,
                started=START + timedelta(seconds=11),
                evidence=failed,
            ),
            StepRecord(id="deploy.production", state=StepState.SKIPPED),
        ),
        judgements=(low.judgement,),
    )


def test_a_running_step_has_its_newest_numbers_and_time_goes_on() -> None:
    run = one(
        STARTED,
        StepStarted(run="r", step="build.artifact", log="l"),
        StepTold(run="r", step="build.artifact", numbers={"files": "1"}),
        StepTold(run="r", step="build.artifact", numbers={"files": "2"}),
    )
    assert run.seconds == 99.0
    assert [(step.state, step.numbers) for step in run.steps] == [
        (StepState.RUNNING, {"files": "2"}),
        (StepState.WAITING, {}),
        (StepState.WAITING, {}),
    ]


def test_of_a_run_that_broke_off_what_was_running_is_cancelled_and_time_has_stopped() -> None:
    run = one(STARTED, StepStarted(run="r", step="build.artifact", log="l"), DEAD)
    assert [step.state for step in run.steps] == [StepState.CANCELLED, StepState.SKIPPED, StepState.SKIPPED]
    assert (run.seconds, run.steps[0].seconds) == (2.0, 1.0)


def test_a_step_that_runs_has_taken_until_now_what_it_has_taken() -> None:
    run = one(STARTED, StepStarted(run="r", step="build.artifact", log="l"))
    assert [(step.state, step.seconds) for step in run.steps][:2] == [
        (StepState.RUNNING, 98.0),
        (StepState.WAITING, 0.0),
    ]


def test_a_deployment_that_was_let_go_is_what_became_of_its_rollout() -> None:
    let_go = StepFinished(
        run="r",
        step="deploy.production",
        state=StepState.CANCELLED,
        evidence=Evidence(failure=Failure(reason="cancelled", message="stopped by an interruption")),
        seconds=1,
    )
    left = (
        STARTED,
        StepStarted(run="r", step="deploy.production"),
        *ON_ITS_WAY,
        let_go,
        finished(Outcome.INTERRUPTED, "detached"),
    )

    def last(*events: Event) -> tuple[StepState, float, str]:
        step = one(*left, *events).steps[-1]
        failure = step.evidence.failure if step.evidence else None
        return step.state, step.seconds, failure.message if failure else ""

    assert last() == (StepState.RUNNING, 98, "")
    assert last(moved("production", RolloutState.PROMOTED)) == (StepState.SUCCEEDED, 7, "")
    assert last(moved("production", RolloutState.ROLLED_BACK, "too many errors")) == (
        StepState.FAILED,
        7,
        "production: rolled back: too many errors",
    )


def test_a_deployment_whose_smoke_suite_was_not_answered_has_not_succeeded() -> None:
    cancelled = StepFinished(
        run="r", step="deploy.production", state=StepState.CANCELLED, evidence=Evidence()
    )
    left = (STARTED, StepStarted(run="r", step="deploy.production"), *SMOKED, cancelled, DEAD)
    assert one(*left).steps[-1].state is StepState.CANCELLED
    taken_back = one(*left, *BACK, moved("production.back", RolloutState.PROMOTED, "healthy")).steps[-1]
    assert (taken_back.state, taken_back.evidence) == (
        StepState.FAILED,
        Evidence(
            outputs={"rollout": "r.production.back"},
            failure=Failure(
                reason="gate",
                message="production: rolled back: the smoke suite was not answered correctly: healthy",
                mend="esclusa why r.production.back",
            ),
        ),
    )


def test_a_deployment_on_the_way_to_another_one_stays_cancelled() -> None:
    cancelled = StepFinished(run="r", step="deploy.staging", state=StepState.CANCELLED, evidence=Evidence())
    run = one(STARTED, *STAGED, cancelled, finished(Outcome.INTERRUPTED, "Ctrl-C"))
    assert [step.state for step in run.steps] == [StepState.SKIPPED, StepState.CANCELLED, StepState.SKIPPED]


def test_runs_are_told_apart_and_come_in_the_order_they_began() -> None:
    other = RunStarted(run="r2", project="p", commit="d", steps=STEPS, holder="living")
    runs = fold(
        STARTED,
        *ON_ITS_WAY,
        other,
        created("production", run="r2"),
        moved("production", RolloutState.SUPERSEDED),
        moved("production", RolloutState.PROMOTED, run="r2"),
    )
    assert [(run.id, run.outcome, run.rollouts) for run in runs] == [
        ("r", Outcome.SUPERSEDED, ("r.staging", "r.production")),
        ("r2", Outcome.PROMOTED, ("r2.production",)),
    ]


def test_a_rollback_that_a_person_asked_for_belongs_to_no_run() -> None:
    back = RolloutCreated(
        rollout="rollback-1", run="", environment="production", candidate="b", stable="a", strategy="direct"
    )
    returned = RolloutMoved(rollout="rollback-1", state=RolloutState.PROMOTED, position=0, share=1.0)
    run = one(STARTED, *ON_ITS_WAY, moved("production", RolloutState.PROMOTED), back, returned)
    assert (run.outcome, run.rollouts) == (Outcome.PROMOTED, ("r.staging", "r.production"))


anything = st.sampled_from(
    [
        STARTED,
        RunStarted(run="r2", project="p", commit="d", holder="gone"),
        DEAD,
        StepStarted(run="r", step="build.artifact"),
        StepTold(run="r", step="unheard.of", numbers={"a": "1"}),
        StepTold(run="r9", step="nobody", numbers={}),
        succeeded("build.artifact"),
        judged("quality", Verdict.UNDECIDED),
        *ON_ITS_WAY,
        created("production", run="r2"),
        moved("production", RolloutState.RESTORING),
        moved("production", RolloutState.ROLLED_BACK),
        moved("unknown", RolloutState.PROMOTED),
        *(finished(outcome) for outcome in Outcome),
        ControllerStarted(holder="h", epoch=1),
    ]
)


@given(st.lists(anything, max_size=30))
def test_no_sequence_of_events_is_too_odd_to_be_told(events: list[Event]) -> None:
    runs = fold(*events)
    assert {run.id for run in runs} == {event.run for event in events if isinstance(event, RunStarted)}
    for run in runs:
        assert run.seconds >= 0
        over = run.outcome is not Outcome.RUNNING
        assert not (over and any(step.state in (StepState.RUNNING, StepState.WAITING) for step in run.steps))


def test_what_people_decided_about_its_rollouts_is_part_of_a_run() -> None:
    decision = Decision(verb="promote", by="ana", reason="checked by hand", although="it is not proven")
    run = one(STARTED, created("production"), RolloutSteered(rollout="r.production", decision=decision))
    assert run.decisions == (decision,)
