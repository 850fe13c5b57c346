"""Counts: a rule on a share that somebody else counts, such as Prometheus, judged from running totals.

What began is not told apart from what ended, nor who asked: totals tick when something is over. So the bets
are on what was counted between two readings, while the weights stood still, and not for a while after they
moved: else the quick failures of one release would be held against the slow successes of the other. Units
count as independent, which turns of one conversation are not: where they hang together closely, the promise
of alpha is weaker here than for what the router's log tells.
"""

import msgspec

from esclusa.core.gate import Rule, RuleJudgement
from esclusa.core.value import replace
from esclusa.gates.guard import Arm, Guard


class Total(msgspec.Struct, frozen=True):
    """How many there were since whenever, and how many of them failed."""

    of: float
    failed: float


class Reading(msgspec.Struct, frozen=True):
    """The totals of both releases at one moment; None for one that nobody has counted for yet."""

    at: float
    """Epoch seconds, of the clock that tells when traffic was moved."""
    candidate: Total | None
    baseline: Total | None


class CountGuard(msgspec.Struct):
    """One rule, its bets, and the last reading."""

    guard: Guard
    settle: float
    """Seconds after traffic was moved in which nothing is betted on."""
    quiet: float
    candidate: Arm = msgspec.field(default_factory=Arm)
    baseline: Arm = msgspec.field(default_factory=Arm)
    last: Reading | None = None
    moved: float = 0.0
    """When traffic was last moved."""
    resets: int = 0
    """How often a total fell, so that what was counted meanwhile is not known."""

    @property
    def rule(self) -> Rule:
        """Its rule."""
        return self.guard.rule

    def shifted(self, at: float) -> None:
        """Traffic is about to be moved or was."""
        self.moved = max(self.moved, at)

    def take(self, reading: Reading) -> None:
        """The next reading; one that is not newer than the last is passed over."""
        before, steady = self.last, self.moved + self.settle
        if before is not None and reading.at <= before.at:
            return
        self.last = reading
        if before is None or before.at < steady:
            return
        mine = _between(before.candidate, reading.candidate)
        theirs = _between(before.baseline, reading.baseline)
        if mine is None or theirs is None:
            self.resets += 1
            return
        self._enter(self.candidate, mine, reading.at)
        self._enter(self.baseline, theirs, reading.at)
        self.guard.bet(mine[0], theirs[0], mine[1], theirs[1])

    def judge(self, now: float, trouble: str, share: float) -> RuleJudgement:
        """What the rule comes to. `trouble` says why nothing can be read now; empty if it can."""
        judged = self.guard.judge(self.candidate, self.baseline, self._silence(now, trouble), share)
        return replace(judged, evidence_from="Prometheus")

    def _enter(self, arm: Arm, counted: tuple[int, int], at: float) -> None:
        arm.turns += counted[0]
        arm.turns_failed += counted[1]
        if counted[0]:
            arm.last = at

    def _silence(self, now: float, trouble: str) -> str:
        if trouble:
            return f"the totals cannot be read ({trouble})"
        arms = {"the candidate": self.candidate}
        if self.guard.compares:
            arms["the baseline"] = self.baseline
        for name, arm in arms.items():
            if arm.last is not None and now - arm.last > self.quiet:
                return f"nothing was counted of {name} for {self.quiet:g} s"
        return ""


def _between(before: Total | None, after: Total | None) -> tuple[int, int] | None:
    """How many there were meanwhile, and how many failed; None when a total has fallen or gone."""
    if after is None:
        return (0, 0) if before is None else None
    then = before or Total(0.0, 0.0)
    if before is None and after.of > 0:
        return (0, 0)  # nobody knows since when it has been counted
    many, bad = round(after.of - then.of), round(after.failed - then.failed)
    return None if many < 0 or bad < 0 else (max(many, bad), bad)
