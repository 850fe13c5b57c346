"""A rollout: a release on its way into an environment, phase by phase, persisted before every action."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal

from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement
from esclusa.core.project import Approval, Channel, Price, StrategySpec
from esclusa.core.trial import Trial
from esclusa.core.value import EMPTY, Value


class RolloutState(StrEnum):
    """Where a rollout stands. The last six are final."""

    PENDING = "pending"
    PREPARING = "preparing"
    SHIFTING = "shifting"
    BAKING = "baking"
    PAUSED = "paused"
    WAITING_APPROVAL = "waiting_approval"
    PROMOTING = "promoting"
    WATCHING = "watching"
    RESTORING = "restoring"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    NEEDS_HUMAN = "needs_human"
    CONCLUDED = "concluded"
    """It was there to find something out, and has: the stable release serves alone, as before."""


FINAL = frozenset(
    {
        RolloutState.PROMOTED,
        RolloutState.ROLLED_BACK,
        RolloutState.FAILED,
        RolloutState.SUPERSEDED,
        RolloutState.NEEDS_HUMAN,
        RolloutState.CONCLUDED,
    }
)


class Exit(Value, frozen=True, kw_only=True):
    """When a phase is over: at least `bake` seconds and `min_samples` candidate units, no guard violated."""

    bake: float = 0.0
    min_samples: int = 0
    timeout: float = 3600.0
    judged: bool = False
    """Whether the strategy's live rules are judged in this phase."""
    bounded: bool = True
    """Whether `max_harmed` ends it; in a long phase at full traffic some errors are normal."""
    concludes: bool = False
    """Whether the rollout ends with this phase, as it was there to find out: stable serves alone again."""


class Phase(Value, frozen=True, kw_only=True):
    """A fleet and an exit condition."""

    name: str
    fleet: Fleet
    exit: Exit = Exit()
    share: float = 0.0
    """The candidate's share of new conversations, for display."""


class Wish(Value, frozen=True, kw_only=True):
    """What a person, or a newer release, asked of a rollout; the controller carries it out."""

    verb: Literal["promote", "pause", "resume", "abort", "supersede", "approve", "reject"]
    by: str = ""
    reason: str = ""
    position: int | None = None
    """The phase that an answer to a question is for; it opens no other."""


class Decision(Value, frozen=True, kw_only=True):
    """What somebody decided about a rollout, and it was done: a wish that was granted, or an order."""

    verb: str
    by: str = ""
    reason: str = ""
    position: int | None = None
    """The phase that was approved or rejected."""
    phase: str = ""
    """Its name."""
    although: str = ""
    """What did not speak for it."""


class Awaited(Value, frozen=True, kw_only=True):
    """What a rollout waits for in WAITING_APPROVAL."""

    position: int
    """The phase that it goes to once that is approved."""
    forced: bool = False
    """Whether somebody promotes it: then the evidence is not asked any more."""


class Hearing(Value, frozen=True, kw_only=True):
    """The suites that a rollout takes live evidence by, as they were when it set out: absolute paths,
    empty for none."""

    score: str = ""
    """Scores live conversations."""
    replay: str = ""
    """Its cases are asked of both releases again and again."""
    preflight: str = ""
    """Is asked of the candidate before it has traffic."""
    ask: Mapping[str, Any]
    """How the agent is asked, as `Agent.ask`."""
    prices: Mapping[str, Price] = EMPTY


class Rollout(Value, frozen=True, kw_only=True):
    """The rollout's whole state. Written in one transaction with the operation it is about to perform."""

    id: str
    project: str
    environment: str
    candidate: str
    stable: str = ""
    """The release that serves until promotion; empty for the first release."""
    revives: bool = False
    """Whether the candidate was stable here and has gone down: nothing new, nothing to compare it with."""
    run: str = ""
    smoke: bool = False
    """Whether its run asks a smoke suite after promotion: until then nobody knows that it is good."""
    hearing: Hearing | None = None
    """None when there is no such suite."""
    flown: bool = False
    """Whether the candidate has answered the preflight suite."""
    ordered: Decision | None = None
    """The person's order that set it out by hand; None when its run did."""
    undoes: str = ""
    """The rollout that this one takes back, for its smoke suite was not answered correctly."""
    spec: StrategySpec
    phases: tuple[Phase, ...]
    restore: Fleet
    """How the environment should be after a rollback."""
    state: RolloutState = RolloutState.PENDING
    position: int = 0
    started: datetime
    since: datetime
    """When `state` or `position` last changed."""
    reason: str = ""
    epoch: int = 0
    """Whose operations count: the lease's epoch of the controller that wrote this."""
    generation: int = 0
    """The last operation's generation; a target refuses a lower one."""
    analysis: Mapping[str, Any] = EMPTY
    """The live analysis, as it wrote itself."""
    offset: Mapping[str, int] = EMPTY
    """How far the traffic log has been consumed into `analysis`."""
    judged: float = 0.0
    """Up to when the analysis has looked, in epoch seconds."""
    shifts: tuple[float, ...] = ()
    """When traffic was about to change and had changed, in epoch seconds: for a recount."""
    restarts: tuple[tuple[float, float, float], ...] = ()
    """When the router was away, from and to, and up to when had been judged before that was known."""
    judgement: Judgement | None = None
    trial: Trial | None = None
    """What it found, once the phase is over that was there to find something out."""
    exposed: int = 0
    """Requests that the candidate served."""
    harmed: int = 0
    """Those of them that failed."""
    mirrored: int = 0
    """Copies of requests that the candidate was sent beside those: nobody saw its answers."""
    mirrored_failed: int = 0
    """Those of them that failed."""
    units: int = 0
    """Candidate units that entered the analysis."""
    units_before: int = 0
    """How many of them when the phase began: `min_samples` counts from there."""
    ending: RolloutState | None = None
    """What RESTORING ends in, once the restored fleet is confirmed."""
    back: tuple[Fleet, ...] = ()
    """What RESTORING goes through next, the last one being `restore`."""
    wishes: int = 0
    """How many wishes have been carried out."""
    approval: Approval | None = None
    asks: tuple[int, ...] = ()
    """The positions before which a person is asked."""
    awaits: Awaited | None = None
    decisions: tuple[Decision, ...] = ()
    """What people decided about it, oldest first."""
    notify: tuple[Channel, ...] = ()
    """Who is told what becomes of it."""

    @property
    def answer_by(self) -> datetime | None:
        """Until when a person has to answer; None when nothing is asked."""
        if self.awaits is None or self.approval is None:
            return None
        return self.since + timedelta(seconds=self.approval.deadline)

    @property
    def peak(self) -> int:
        """The most replicas at once, phase by phase: what one adds is up before what it drops goes."""
        fleets = (self.restore, *(phase.fleet for phase in self.phases))
        sizes = [{one.release: one.replicas for one in fleet.workloads} for fleet in fleets]
        return max(
            sum(max(before.get(release, 0), after.get(release, 0)) for release in before.keys() | after)
            for before, after in pairwise(sizes)
        )

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL


class Operation(Value, frozen=True, kw_only=True):
    """One change of an environment: intended in the transaction that moves the rollout, then done."""

    rollout: str
    generation: int
    epoch: int
    fleet: Fleet
    healthy: Mapping[str, int] = EMPTY
    """How many replicas of a release must be healthy; of another one that serves, one."""
    done: bool = False
