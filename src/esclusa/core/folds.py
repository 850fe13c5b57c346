"""Folds: what the events of the journal add up to. Pure: the same events give the same runs, everywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from esclusa.core.events import (
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
from esclusa.core.gate import Judgement
from esclusa.core.rollout import FINAL, Decision, RolloutState
from esclusa.core.run import Outcome, Run, StepRecord, StepState
from esclusa.core.value import replace

GONE = "its process is gone"


def fold_runs(events: Iterable[Recorded], *, alive: Callable[[str], bool], now: datetime) -> list[Run]:
    """The runs, oldest first.

    `alive` says whether the process that called itself so is still there: a run that nobody drives and nobody
    finished is `interrupted`. A rollout goes on without the run's process, so once the run's last environment
    has one, the rollout has the word: running, promoted, rolled back, failed or superseded. Only promotion is
    not the last word where a smoke suite is to be answered yet: nobody but the run's process asks it.
    """
    passages: dict[str, _Passage] = {}
    owners: dict[str, _Passage] = {}
    makers: dict[str, str] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, RunStarted):
            passages[event.run] = _Passage(event, recorded.at)
            continue
        if isinstance(event, RolloutMoved | RolloutSteered):
            owner = owners.get(event.rollout)
        else:
            owner = passages.get(getattr(event, "run", ""))
        if owner is None:
            continue
        if isinstance(event, StepFinished) and event.key:
            if not event.cached and event.state is StepState.SUCCEEDED:
                makers[event.key] = event.run
            owner.takes_from[event.step] = makers.get(event.key, "") if event.cached else ""
        if isinstance(event, RolloutCreated):
            owners[event.rollout] = owner
        owner.add(recorded)
    return [passage.run(alive, now) for passage in passages.values()]


@dataclass
class _Rollout:
    id: str
    environment: str
    moved: datetime
    smoke: bool
    undoes: str
    state: RolloutState = RolloutState.PENDING
    reason: str = ""
    behind: bool = False
    """Whether the run went on after it: another one takes its place."""

    @property
    def outcome(self) -> Outcome:
        if self.undoes and self.state is RolloutState.PROMOTED:
            return Outcome.ROLLED_BACK
        return OUTCOMES[self.state] if self.state in FINAL else Outcome.RUNNING

    @property
    def owes_smoke(self) -> bool:
        """Whether it is promoted and only a suite that the run asks can say that it is good."""
        return self.smoke and self.outcome is Outcome.PROMOTED

    @property
    def why(self) -> str:
        if self.undoes and self.state in FINAL:
            return f"the smoke suite was not answered correctly: {self.reason}"
        return self.reason


OUTCOMES = {
    RolloutState.PROMOTED: Outcome.PROMOTED,
    RolloutState.ROLLED_BACK: Outcome.ROLLED_BACK,
    RolloutState.FAILED: Outcome.FAILED,
    RolloutState.NEEDS_HUMAN: Outcome.FAILED,
    RolloutState.SUPERSEDED: Outcome.SUPERSEDED,
    RolloutState.CONCLUDED: Outcome.CONCLUDED,
}
"""What has become of whoever set out a rollout, by how it ended."""


@dataclass
class _Passage:
    """What is known of one run so far."""

    started: RunStarted
    at: datetime
    holder: str = ""
    last: datetime | None = None
    finished: RunFinished | None = None
    release: str = ""
    steps: dict[str, StepRecord] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    rollouts: dict[str, _Rollout] = field(default_factory=dict)
    takes_from: dict[str, str] = field(default_factory=dict)
    """Step -> the run whose result it uses again."""
    decisions: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holder = self.started.holder
        self.last = self.at
        self.steps = {step: StepRecord(id=step) for step in self.started.steps}

    def add(self, recorded: Recorded) -> None:
        event = recorded.event
        self.last = recorded.at
        match event:
            case RunResumed():
                self.holder, self.finished = event.holder, None
                self._put_behind()
            case RunFinished():
                self.finished = event
            case StepStarted():
                self._change(
                    event.step,
                    state=StepState.RUNNING,
                    attempts=event.attempt,
                    started=recorded.at,
                    log=event.log,
                    numbers={},
                )
            case StepTold():
                self._change(event.step, numbers=event.numbers)
            case StepFinished():
                self._finish(event, recorded.at)
            case GateJudged():
                self.judgements[event.judgement.gate] = event.judgement
            case ReleaseSealed():
                self.release = event.release.id
            case RolloutCreated():
                self.rollouts[event.rollout] = _Rollout(
                    event.rollout, event.environment, recorded.at, event.smoke, event.undoes
                )
            case RolloutMoved():
                rollout = self.rollouts[event.rollout]
                rollout.state, rollout.reason, rollout.moved = event.state, event.reason, recorded.at
            case RolloutSteered():
                self.decisions.append(event.decision)
            case _:
                pass

    def run(self, alive: Callable[[str], bool], now: datetime) -> Run:
        outcome, reason = self._ending(alive)
        running = outcome is Outcome.RUNNING
        end = now if running or self.last is None else self.last
        return Run(
            id=self.started.run,
            project=self.started.project,
            commit=self.started.commit,
            subject=self.started.subject,
            dirty=self.started.dirty,
            until=self.started.until,
            verb=self.started.verb,
            outcome=outcome,
            reason=reason,
            release=self.release,
            rollouts=tuple(self.rollouts),
            started=self.at,
            seconds=max((end - self.at).total_seconds(), 0.0),
            steps=tuple(
                self._followed(record if running else _over(record), now)
                for record in (_so_far(record, end) for record in self.steps.values())
            ),
            judgements=tuple(self.judgements.values()),
            decisions=tuple(self.decisions),
        )

    def _ending(self, alive: Callable[[str], bool]) -> tuple[Outcome, str]:
        decisive = self._decisive_rollout()
        finished = self.finished
        if finished is not None and not (finished.outcome in _LEFT_TO_ROLLOUT and decisive):
            return finished.outcome, self._owed(finished.outcome) or finished.reason
        if decisive is not None:
            said = finished.reason if finished is not None and finished.outcome is decisive.outcome else ""
            return decisive.outcome, said or decisive.why
        if alive(self.holder):
            return Outcome.RUNNING, ""
        return Outcome.INTERRUPTED, self._owed(Outcome.INTERRUPTED) or GONE

    def _owed(self, outcome: Outcome) -> str:
        """What an interrupted run has left undone although its rollout is over."""
        newest = next(reversed(self.rollouts.values()), None)
        if outcome is not Outcome.INTERRUPTED or newest is None or not newest.owes_smoke:
            return ""
        return f"{newest.environment} was promoted, and its smoke suite is not answered"

    def _decisive_rollout(self) -> _Rollout | None:
        """The newest rollout, if it is into the last environment, or ended the run by ending badly."""
        tried = [rollout for rollout in self.rollouts.values() if not rollout.behind]
        if not tried:
            return None
        newest = tried[-1]
        last_step = self.started.steps[-1].partition(".")[2] if self.started.steps else newest.environment
        if newest.owes_smoke:
            return None
        ended_badly = newest.outcome not in _STEPS
        return newest if last_step == newest.environment or ended_badly else None

    def _put_behind(self) -> None:
        """What could not be carried out is tried anew."""
        for rollout in self.rollouts.values():
            rollout.behind = rollout.outcome is Outcome.FAILED

    def _followed(self, record: StepRecord, now: datetime) -> StepRecord:
        """The last deployment, not followed to its end, is what became of its rollout."""
        rollout = self._decisive_rollout()
        if record.state is not StepState.CANCELLED or rollout is None:
            return record
        if record.id.partition(".")[2] != rollout.environment:
            return record
        end = now if rollout.outcome is Outcome.RUNNING else rollout.moved
        return replace(
            record,
            state=_STEPS.get(rollout.outcome, StepState.FAILED),
            seconds=max((end - record.started).total_seconds(), 0.0) if record.started else 0.0,
            evidence=Evidence(
                outputs={"rollout": rollout.id},
                failure=None if rollout.outcome in _STEPS else _failure(rollout),
            ),
        )

    def _finish(self, event: StepFinished, at: datetime) -> None:
        before = self.steps.get(event.step, StepRecord(id=event.step))
        self.release = event.evidence.outputs.get("release", self.release)
        self.steps[event.step] = replace(
            before,
            state=event.state,
            cached=event.cached,
            cached_from=self.takes_from.get(event.step, ""),
            started=before.started or at,
            seconds=event.seconds,
            evidence=event.evidence,
        )

    def _change(self, step: str, **changes: object) -> None:
        self.steps[step] = replace(self.steps.get(step, StepRecord(id=step)), **changes)


_LEFT_TO_ROLLOUT = frozenset(
    {
        Outcome.RUNNING,
        Outcome.PROMOTED,
        Outcome.CONCLUDED,
        Outcome.ROLLED_BACK,
        Outcome.SUPERSEDED,
        Outcome.INTERRUPTED,
    }
)
"""Said of a run by a process that only followed its rollout: what became of the rollout is truer."""


_STEPS = {
    Outcome.RUNNING: StepState.RUNNING,
    Outcome.PROMOTED: StepState.SUCCEEDED,
    Outcome.CONCLUDED: StepState.SUCCEEDED,
}
"""What the last deployment is while its rollout is so; failed for every other outcome."""


def _failure(rollout: _Rollout) -> Failure:
    rolled_back = rollout.outcome is Outcome.ROLLED_BACK
    state = "rolled back" if rolled_back else rollout.state.value.replace("_", " ")
    return Failure(
        reason="gate" if rolled_back else "outside",
        message=f"{rollout.environment}: {state}: {rollout.why}",
        mend=f"esclusa why {rollout.id}",
    )


def _so_far(record: StepRecord, until: datetime) -> StepRecord:
    """A step that was not seen to end, with the time that it has taken."""
    if record.state is not StepState.RUNNING or record.started is None:
        return record
    return replace(record, seconds=max((until - record.started).total_seconds(), 0.0))


def _over(record: StepRecord) -> StepRecord:
    """A step of a run that goes no further."""
    if record.state is StepState.RUNNING:
        return replace(record, state=StepState.CANCELLED)
    if record.state is StepState.WAITING:
        return replace(record, state=StepState.SKIPPED)
    return record
