"""Scores of live conversations: is the candidate's mean worse than a rule allows, judged pair by pair.

A pair is a conversation of the candidate and one of the baseline that were answered at about the same time,
at the same turn; each conversation is in one pair at most. Half of what is spent on scoring goes to each
release, whatever share of the traffic it has. What is betted on is how much worse the candidate's half is
than the rule allows, so that weather which both halves share cancels.

Values are shares in [0, 1], or amounts (USD, tokens) up to a cap: 4 times the largest of the baseline's first
ones, or of a rule's own limit. One answer that costs a thousand times as much must not decide alone, and
without a bound no number of answers would say anything about a mean.
"""

from collections.abc import Iterable, Mapping
from typing import Self

import msgspec

from esclusa.core.gate import Absolute, Rule, RuleJudgement
from esclusa.gates.bets import Bets
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.units import format_value
from esclusa.stats import means

WARM = 20
"""Amounts of the baseline that only serve to choose the cap."""
ROOM = 4.0
"""How far above what was seen an amount may be before it is cut."""
UNITS = {metric.name: metric.unit for metric in BUILT_IN}
QUIET = 120.0
"""Seconds without a pair after which nothing is seen any more."""


class Pair(msgspec.Struct, frozen=True):
    """What two conversations came to, by metric; `baseline` is None where there was none to put beside it.

    A metric that is not there could not be measured.
    """

    at: float
    """When it was known, in epoch seconds."""
    candidate: Mapping[str, float]
    baseline: Mapping[str, float] | None = None


class Tally(msgspec.Struct):
    """How many values one release has had, and their sum."""

    n: int = 0
    total: float = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.n += 1
        self.total += value

    @property
    def mean(self) -> float | None:
        """None while there is nothing."""
        return self.total / self.n if self.n else None


class ScoreGuard(Bets, kw_only=True):
    """One rule on scores or amounts."""

    least: int
    """Pairs from which on it says anything."""
    cap: float | None = None
    """What values are divided by and cut at; None while it is not chosen."""
    warm: list[float] = msgspec.field(default_factory=list)
    candidate: Tally = msgspec.field(default_factory=Tally)
    baseline: Tally = msgspec.field(default_factory=Tally)
    unscored: int = 0
    """Pairs of which a half could not be scored."""
    quiet: float = QUIET
    """Seconds without a pair after which nothing is seen any more."""
    source: str = "scored conversations"
    last: float | None = None

    @classmethod
    def new(cls, rule: Rule, alpha: float, *, least: int, prove: bool = False) -> Self:
        """Before the first pair. ValueError for a limit that no value could be beyond."""
        proof = list(means.START) if prove else None
        guard = cls(rule, alpha, list(means.START), proof, least=least)
        if guard.unit == "share":
            guard.cap = 1.0
            means.bets(guard._lowest(sign=1.0))
            if prove:
                means.bets(guard._lowest(sign=-1.0))
        elif isinstance(rule.limit, Absolute):
            guard.cap = ROOM * rule.limit.value or 1.0
        return guard

    @property
    def unit(self) -> str:
        """What its values are in."""
        return UNITS.get(self.rule.metric, "share")

    def take(self, pairs: Iterable[Pair]) -> None:
        """Enter pairs, each of which must never come again."""
        for pair in pairs:
            self._take(pair)

    def judge(self, now: float, trouble: str) -> RuleJudgement:
        """What the rule comes to. `trouble` says why no conversation can be scored now; empty if one can."""
        missing = self._missing(now, trouble)
        verdict = self.verdict(missing=bool(missing))
        return RuleJudgement(
            rule=self.rule.text,
            metric=self.rule.metric,
            verdict=verdict,
            mode=self.rule.mode,
            sentence=self.sentence(verdict, seen=self._seen(), lack=missing),
            estimate=self.candidate.mean,
            limit=self.rule.limit.value if isinstance(self.rule.limit, Absolute) else None,
            baseline=self.baseline.mean if self.compares else None,
            n=self.candidate.n,
            unit=self.unit,
            evidence_from=self.source,
            e_value=self.against,
            threshold=self.threshold,
            proof=self.in_favour,
        )

    def _take(self, pair: Pair) -> None:
        mine = pair.candidate.get(self.rule.metric)
        theirs = (pair.baseline or {}).get(self.rule.metric)
        if mine is None or (self.compares and theirs is None):
            self.unscored += mine is None or pair.baseline is not None
            return
        self.last = pair.at
        self.candidate.add(mine)
        if theirs is not None:
            self.baseline.add(theirs)
        if self.cap is None:
            self._warm(theirs or 0.0)
        else:
            self._bet(mine / self.cap, (theirs or 0.0) / self.cap)

    def _warm(self, amount: float) -> None:
        self.warm.append(amount)
        if len(self.warm) >= WARM:
            _, plus = self._margin()
            self.cap = ROOM * max(*self.warm, abs(plus)) or 1.0
            self.warm = []

    def _bet(self, mine: float, theirs: float) -> None:
        times, plus = self._margin()
        allowed = times * min(theirs, 1.0) + plus / (self.cap or 1.0)
        worse = self._sign * (min(mine, 1.0) - allowed)
        self.gain(means.gains(worse, self._lowest(sign=1.0)))
        if self.proof is not None:
            self.gain_proof(means.gains(-worse, self._lowest(sign=-1.0)))

    def _lowest(self, sign: float) -> float:
        """The least that a bet can be paid for a pair; `sign` is 1 against the rule and -1 for it."""
        times, plus = self._margin()
        plus /= self.cap or 1.0
        # The candidate at one end of [0, 1] and the baseline at the other.
        ends = (0.0 - times - plus, 1.0 - plus)
        return min(sign * self._sign * end for end in ends)

    def _margin(self) -> tuple[float, float]:
        """The factor and the addend that the rule puts on the baseline; of a limit, 0 and itself."""
        limit = self.rule.limit
        return (0.0, limit.value) if isinstance(limit, Absolute) else (limit.times, limit.plus)

    @property
    def _sign(self) -> float:
        """1 where a higher value is worse."""
        return 1.0 if self.rule.operator in ("<", "<=") else -1.0

    def _missing(self, now: float, trouble: str) -> str:
        if self.candidate.n < self.least:
            seen = f"{self.candidate.n} of at least {self.least} conversations have been scored"
            failed = f", {self.unscored} could not be" if self.unscored else ""
            return seen + failed + (f" ({trouble})" if trouble else "")
        if now - (self.last or 0.0) > self.quiet:
            return f"no conversation was scored for {self.quiet:g} s" + (f" ({trouble})" if trouble else "")
        return ""

    def _seen(self) -> str:
        mine = format_value(self.candidate.mean or 0.0, self.unit)
        words = f"the candidate's mean {self.rule.metric} is {mine} over {self.candidate.n} conversations"
        if not self.compares or self.baseline.mean is None:
            return words
        theirs = format_value(self.baseline.mean, self.unit)
        return f"{words}, the baseline's {theirs} over {self.baseline.n}"
