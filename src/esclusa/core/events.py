"""Events: what happened. The journal holds nothing else, and everything shown is a fold of it."""

from collections.abc import Mapping
from datetime import datetime

from esclusa.core.evidence import Evidence
from esclusa.core.freeze import Lock
from esclusa.core.gate import Judgement
from esclusa.core.release import Release
from esclusa.core.rollout import Decision, RolloutState
from esclusa.core.run import Outcome, StepState
from esclusa.core.trial import Trial
from esclusa.core.value import EMPTY, Entry, Value


class RunStarted(Entry, frozen=True, kw_only=True, tag="run.started"):
    """A commit began its passage; `steps` are the step ids in order."""

    run: str
    project: str
    commit: str
    subject: str = ""
    dirty: bool = False
    until: str = ""
    steps: tuple[str, ...] = ()
    holder: str = ""
    """Which process drives it: `pid@host:start`, so that a dead one can be told from a living one."""
    verb: str = "run"
    """What was asked for: `run`, or `eval` for one suite alone, which nobody can go on with."""


class RunResumed(Entry, frozen=True, kw_only=True, tag="run.resumed"):
    """An interrupted or crashed run goes on."""

    run: str
    holder: str = ""


class RunFinished(Entry, frozen=True, kw_only=True, tag="run.finished"):
    """The run is over."""

    run: str
    outcome: Outcome
    reason: str = ""


class StepStarted(Entry, frozen=True, kw_only=True, tag="step.started"):
    """An attempt of a step began."""

    run: str
    step: str
    attempt: int = 1
    log: str = ""


class StepTold(Entry, frozen=True, kw_only=True, tag="step.told"):
    """Numbers of a running step, as they come: `{"cases": "12/60", "accuracy": "91.7 %"}`."""

    run: str
    step: str
    numbers: Mapping[str, str]


class StepFinished(Entry, frozen=True, kw_only=True, tag="step.finished"):
    """A step ended, with what it saw. `key` is the content key its result is reused by."""

    run: str
    step: str
    state: StepState
    evidence: Evidence
    cached: bool = False
    seconds: float = 0.0
    key: str = ""


class GateJudged(Entry, frozen=True, kw_only=True, tag="gate.judged"):
    """A gate was judged over the run's evidence."""

    run: str
    judgement: Judgement


class ReleaseSealed(Entry, frozen=True, kw_only=True, tag="release.sealed"):
    """A release was sealed with the judgements that let it through."""

    run: str
    release: Release


class RolloutCreated(Entry, frozen=True, kw_only=True, tag="rollout.created"):
    """A release set out for an environment."""

    rollout: str
    run: str
    environment: str
    candidate: str
    stable: str
    strategy: str
    steps: tuple[float, ...] = ()
    smoke: bool = False
    undoes: str = ""
    ordered: Decision | None = None


class RolloutMoved(Entry, frozen=True, kw_only=True, tag="rollout.moved"):
    """The rollout's state or position changed, and why."""

    rollout: str
    state: RolloutState
    position: int
    share: float
    reason: str = ""
    exposed: int = 0
    harmed: int = 0


class RolloutJudged(Entry, frozen=True, kw_only=True, tag="rollout.judged"):
    """The live gate was judged: at each move, at the end, and now and then in between."""

    rollout: str
    judgement: Judgement
    exposed: int
    harmed: int


class RolloutSteered(Entry, frozen=True, kw_only=True, tag="rollout.steered"):
    """Somebody decided something about the rollout, and it is being done."""

    rollout: str
    decision: Decision


class TrialReported(Entry, frozen=True, kw_only=True, tag="trial.reported"):
    """A rollout that was there to find something out has found it."""

    rollout: str
    trial: Trial


class OperationIntended(Entry, frozen=True, kw_only=True, tag="operation.intended"):
    """The controller is about to change an environment."""

    rollout: str
    generation: int
    epoch: int
    weights: Mapping[str, float] = EMPTY


class OperationDone(Entry, frozen=True, kw_only=True, tag="operation.done"):
    """The change is in force, confirmed by the target."""

    rollout: str
    generation: int
    epoch: int
    seconds: float = 0.0


class Recovered(Entry, frozen=True, kw_only=True, tag="recovered"):
    """Something died and was brought back, or was found alive and adopted."""

    what: str
    how: str
    rollout: str = ""


class ControllerStarted(Entry, frozen=True, kw_only=True, tag="controller.started"):
    """A controller took the lease."""

    holder: str
    epoch: int


class Notified(Entry, frozen=True, kw_only=True, tag="notice.taken"):
    """A channel was told what became of a rollout, and took it."""

    rollout: str
    key: str
    channel: str
    what: str
    attempts: int


class NoticeGivenUp(Entry, frozen=True, kw_only=True, tag="notice.given_up"):
    """A channel did not take a notice, however often it was tried."""

    rollout: str
    key: str
    channel: str
    what: str
    attempts: int
    trouble: str


class EnvironmentLocked(Entry, frozen=True, kw_only=True, tag="environment.locked"):
    """Nothing new sets out there any more."""

    lock: Lock


class EnvironmentUnlocked(Entry, frozen=True, kw_only=True, tag="environment.unlocked"):
    """Somebody ended the lock."""

    environment: str
    by: str
    reason: str = ""


class EnvironmentRestarted(Entry, frozen=True, kw_only=True, tag="environment.restarted"):
    """All that serves there was started anew, while it served."""

    environment: str
    by: str
    reason: str = ""
    replicas: int
    router: bool


class Pruned(Entry, frozen=True, kw_only=True, tag="pruned"):
    """Old releases, environments or runs were removed."""

    what: tuple[str, ...]


Event = (
    RunStarted
    | RunResumed
    | RunFinished
    | StepStarted
    | StepTold
    | StepFinished
    | GateJudged
    | ReleaseSealed
    | RolloutCreated
    | RolloutMoved
    | RolloutJudged
    | RolloutSteered
    | TrialReported
    | OperationIntended
    | OperationDone
    | Recovered
    | ControllerStarted
    | Notified
    | NoticeGivenUp
    | EnvironmentLocked
    | EnvironmentUnlocked
    | EnvironmentRestarted
    | Pruned
)


class Recorded(Value, frozen=True, kw_only=True):
    """An event as the journal holds it: numbered from 1 without gaps within a project's store."""

    sequence: int
    at: datetime
    event: Event
