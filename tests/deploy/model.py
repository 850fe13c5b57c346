"""A second telling of what a rollout does, written from the page and not from the engine, to hold the engine to.

A model knows no fleets, events or sentences: only which state follows. To teach it a state, add its row to
WISHES and to `_time`; to teach it a verb, add a column.
"""

from dataclasses import dataclass, field, replace

from esclusa.core.rollout import RolloutState

S = RolloutState
GOING = (S.PREPARING, S.SHIFTING, S.BAKING, S.PAUSED)
OVER = (S.PROMOTED, S.ROLLED_BACK, S.FAILED, S.SUPERSEDED, S.NEEDS_HUMAN)


@dataclass(frozen=True)
class Step:
    """A phase, as far as it matters when it is left."""

    traffic: bool
    judged: bool
    bounded: bool
    bake: float
    samples: int
    timeout: float


@dataclass(frozen=True)
class Sight:
    """What is seen in one look."""

    now: float
    operation: str
    violated: bool
    allowed: bool
    """Whether every rule has said what it must, and the evidence can be read."""
    units: int
    harmed: int
    wish: str = ""


@dataclass(frozen=True)
class Model:
    """Where a rollout stands. `turns_back` says how many fleets the way back from here has."""

    steps: tuple[Step, ...]
    most_harmed: int
    watch: float
    pause_timeout: float
    pauses: bool
    patience: float
    state: S = S.PENDING
    at: int = 0
    since: float = 0.0
    units_before: int = 0
    begun: bool = False
    ending: S | None = None
    left: int = 0
    granted: int = 0
    operations: int = field(default=0)

    def look(self, sight: Sight, turns_back: int, served: bool) -> "Model":
        """What follows: harm first, then failure, then what was asked, then what time brings."""
        if self.state in OVER:
            return self
        if self.begun and self.state not in (S.PENDING, S.RESTORING) and self._harmful(sight):
            return self._back(sight, turns_back, S.ROLLED_BACK)
        if sight.operation == "failed" and self.state is not S.RESTORING:
            return self._back(sight, turns_back, self._failure(served))
        if sight.wish:
            return replace(self, granted=self.granted + 1)._asked(sight, turns_back)
        return self._time(sight, turns_back, served)

    # What people ask: a row for each verb, a state in the row for what is granted.

    def _asked(self, sight: Sight, turns_back: int) -> "Model":
        wish, state = sight.wish, self.state
        ends = {"abort": S.ROLLED_BACK, "supersede": S.SUPERSEDED}
        if wish in ("promote", "supersede") and state is S.WATCHING:
            return self._in(S.PROMOTED, sight)
        if wish in ends and not self.begun:
            return self._in(ends[wish], sight)
        if wish in ends and state is not S.RESTORING:
            return self._back(sight, turns_back, ends[wish])
        if wish == "promote" and state in (S.PENDING, *GOING):
            return self._enter(len(self.steps) - 1, sight)
        if wish == "pause" and state in (S.PENDING, S.PREPARING, S.SHIFTING, S.BAKING):
            return self._in(S.PAUSED, sight)
        if wish == "resume" and state is S.PAUSED:
            if sight.operation == "none":
                return self._in(S.PENDING, sight)
            baked = self.steps[self.at].judged and sight.operation == "done"
            return self._in(S.BAKING if baked else self._name(self.at), sight)
        return self

    # What time brings.

    def _time(self, sight: Sight, turns_back: int, served: bool) -> "Model":
        step, waited = self.steps[self.at], sight.now - self.since
        match self.state:
            case S.PENDING:
                return self._enter(0, sight)
            case S.PREPARING | S.SHIFTING | S.PROMOTING if sight.operation != "done":
                late = waited >= step.timeout
                return self._back(sight, turns_back, self._failure(served)) if late else self
            case S.PREPARING:
                return self._enter(self.at + 1, sight)
            case S.SHIFTING:
                return self._in(S.BAKING, sight)
            case S.PROMOTING:
                return self._in(S.WATCHING if self.watch else S.PROMOTED, sight)
            case S.BAKING:
                return self._baked(sight, turns_back, step, waited)
            case S.PAUSED:
                return self._back(sight, turns_back, S.ROLLED_BACK) if waited >= self.pause_timeout else self
            case S.WATCHING:
                return self._in(S.PROMOTED, sight) if waited >= self.watch else self
        if sight.operation == "done" and self.left:
            return replace(self._in(S.RESTORING, sight), left=self.left - 1, operations=self.operations + 1)
        if sight.operation == "done":
            return self._in(self.ending or S.ROLLED_BACK, sight)
        if sight.operation == "failed":
            return self._in(S.NEEDS_HUMAN, sight)
        return self._in(S.NEEDS_HUMAN, sight) if waited >= self.patience else self

    def _baked(self, sight: Sight, turns_back: int, step: Step, waited: float) -> "Model":
        seen_enough = sight.units - self.units_before >= step.samples
        if waited >= step.bake and seen_enough and (sight.allowed or not step.judged):
            return self._enter(self.at + 1, sight)
        if waited < step.timeout:
            return self
        return self._in(S.PAUSED, sight) if self.pauses else self._back(sight, turns_back, S.ROLLED_BACK)

    # How it gets there.

    def _in(self, state: S, sight: Sight) -> "Model":
        return replace(self, state=state, since=sight.now)

    def _enter(self, at: int, sight: Sight) -> "Model":
        there = replace(self._in(self._name(at), sight), at=at, units_before=sight.units, begun=True)
        return replace(there, operations=self.operations + 1)

    def _name(self, at: int) -> S:
        if at == len(self.steps) - 1:
            return S.PROMOTING
        return S.SHIFTING if self.steps[at].traffic else S.PREPARING

    def _back(self, sight: Sight, turns_back: int, ending: S) -> "Model":
        there = replace(self._in(S.RESTORING, sight), ending=ending, left=turns_back - 1)
        return replace(there, operations=self.operations + 1)

    def _harmful(self, sight: Sight) -> bool:
        bounded = self.steps[self.at].bounded and self.state is not S.WATCHING
        return sight.violated or (bounded and sight.harmed >= self.most_harmed)

    def _failure(self, served: bool) -> S:
        before = any(step.traffic for step in self.steps[: self.at])
        return S.ROLLED_BACK if served or before else S.FAILED
