"""A run: one passage of a commit through the stages. Never stored: it is a fold of the journal."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from esclusa.core.evidence import Evidence
from esclusa.core.gate import Judgement
from esclusa.core.rollout import Decision
from esclusa.core.value import EMPTY, Value


class Outcome(StrEnum):
    """How a run ended."""

    PROMOTED = "promoted"
    PASSED = "passed"
    """Every step asked for succeeded, and none of them deployed (`--until`)."""
    BLOCKED = "blocked"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    SUPERSEDED = "superseded"
    CONCLUDED = "concluded"
    """Every step succeeded, and the last deployment was there to find something out: nothing was promoted."""


class StepState(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Failed, and the run stops."""
    TOLERATED = "tolerated"
    """Failed, and `allow_failure` lets the run go on."""
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class StepRecord(Value, frozen=True, kw_only=True):
    """A step of a run, as the journal tells it."""

    id: str
    state: StepState = StepState.WAITING
    cached: bool = False
    cached_from: str = ""
    """The run whose result was used again."""
    attempts: int = 0
    started: datetime | None = None
    seconds: float = 0.0
    log: str = ""
    """The log's path, relative to the state directory."""
    evidence: Evidence | None = None
    numbers: Mapping[str, str] = EMPTY
    """The last numbers the step told while running."""


class Run(Value, frozen=True, kw_only=True):
    """A run, as the journal tells it."""

    id: str
    project: str
    commit: str
    subject: str = ""
    dirty: bool = False
    until: str = ""
    verb: str = "run"
    """`run`, or `eval`: one suite asked of an agent, which ships nothing."""
    outcome: Outcome = Outcome.RUNNING
    reason: str = ""
    release: str = ""
    rollouts: tuple[str, ...] = ()
    started: datetime
    seconds: float = 0.0
    steps: tuple[StepRecord, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """What people decided about its rollouts, oldest first."""
