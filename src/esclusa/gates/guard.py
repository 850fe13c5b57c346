"""A guard: one live rule on the error rate, the capital betted against it, and what that comes to."""

import math
from typing import Self

import msgspec

from esclusa.core.gate import Absolute, Relative, Rule, RuleJudgement, Verdict
from esclusa.stats import eprocess, intervals

METRIC = "error_rate"


class Arm(msgspec.Struct):
    """What the traffic of one release came to."""

    requests: int = 0
    """Requests that have ended or are overdue; counted at once."""
    failures: int = 0
    """Those of them that failed or are overdue."""
    turns: int = 0
    """Turns at risk that have entered the bet."""
    turns_failed: int = 0
    last: float | None = None
    """When its newest request started."""

    @property
    def rate(self) -> float | None:
        """The share of turns at risk that failed."""
        return self.turns_failed / self.turns if self.turns else None

    @property
    def words(self) -> str:
        """`failed 3 of 120 turns (2.5%)`."""
        share = f" ({100 * self.turns_failed / self.turns:.3g}%)" if self.turns else ""
        return f"failed {self.turns_failed} of {self.turns} turns{share}"


class Guard(msgspec.Struct):
    """One rule with the log capital of each bet against it. `alpha` is this rule's own part."""

    rule: Rule
    alpha: float
    capital: list[float]

    @classmethod
    def new(cls, rule: Rule, alpha: float) -> Self:
        """With the capital of 1 that every test begins with. ValueError for a limit that cannot be tested."""
        if isinstance(rule.limit, Relative) and not (
            rule.limit.times > 0 and rule.limit.plus > -rule.limit.times
        ):
            raise ValueError(f"{rule.text}: a baseline is multiplied by a number above 0, and stays above 0")
        return cls(rule, alpha, list(eprocess.START))

    @property
    def measured(self) -> bool:
        """Whether live traffic can answer the rule."""
        return self.rule.metric == METRIC and self.rule.operator in ("<", "<=") and not self.rule.slice

    @property
    def compares(self) -> bool:
        """Whether the rule speaks of the baseline."""
        return isinstance(self.rule.limit, Relative)

    @property
    def log_e(self) -> float:
        """The log of the evidence against the rule."""
        return eprocess.log_e(self.capital)

    @property
    def log10_e(self) -> float:
        """The same in powers of ten."""
        return self.log_e / math.log(10.0)

    @property
    def violated(self) -> bool:
        """Whether a violation is shown at this rule's alpha."""
        return self.log_e >= eprocess.log_threshold(self.alpha)

    def bet(self, candidates: int, baselines: int, failed: int, baselines_failed: int) -> None:
        """Enter one stratum, which must never come again."""
        limit = self.rule.limit
        if not self.measured:
            return
        if isinstance(limit, Absolute):
            gains = eprocess.one_arm(candidates, failed, limit.value)
        else:
            gains = eprocess.two_arms(
                candidates, baselines, failed, baselines_failed, limit.times, limit.plus
            )
        if gains is not eprocess.NEUTRAL:
            self.capital = [capital + gain for capital, gain in zip(self.capital, gains, strict=True)]

    def failures_needed(self, share: float) -> int | None:
        """How many more candidate failures in a row would show a violation, at a candidate share; None if
        none would."""
        limit = self.rule.limit
        if isinstance(limit, Absolute):
            step = eprocess.one_arm(1, 1, limit.value)
        else:
            step = eprocess.next_failure(share, limit.times, limit.plus)
        return eprocess.failures_to_reach(self.capital, step, eprocess.log_threshold(self.alpha))

    def judge(self, candidate: Arm, baseline: Arm, silence: str, share: float) -> RuleJudgement:
        """What the rule comes to. `silence` says why nothing can be seen; empty if something can."""
        verdict = self._verdict(candidate, baseline, silence)
        interval = intervals.wilson(candidate.turns_failed, candidate.turns)
        needed = self.failures_needed(share) if verdict is Verdict.NOT_REFUTED else None
        return RuleJudgement(
            rule=self.rule.text,
            metric=self.rule.metric,
            verdict=verdict,
            mode=self.rule.mode,
            sentence=self._sentence(verdict, candidate, baseline, silence, needed),
            estimate=candidate.rate,
            interval=(interval.low, interval.high),
            limit=self.rule.limit.value if isinstance(self.rule.limit, Absolute) else None,
            baseline=baseline.rate if self.compares else None,
            n=candidate.turns,
            unit="share",
            needed=needed,
            evidence_from="the router",
            e_value=math.exp(min(self.log_e, eprocess.CERTAIN)),
            threshold=1.0 / self.alpha,
        )

    def _verdict(self, candidate: Arm, baseline: Arm, silence: str) -> Verdict:
        if self.violated:
            return Verdict.FAIL
        if silence or not self.measured or not candidate.turns or (self.compares and not baseline.turns):
            return Verdict.MISSING
        return Verdict.NOT_REFUTED

    def _sentence(
        self, verdict: Verdict, candidate: Arm, baseline: Arm, silence: str, needed: int | None
    ) -> str:
        if verdict is Verdict.MISSING:
            return f"{self.rule.text} cannot be judged: {self._lack(candidate, silence)}."
        seen = f"the candidate {candidate.words}"
        if self.compares:
            seen += f", the baseline {baseline.words}"
        evidence, threshold = math.exp(min(self.log_e, eprocess.CERTAIN)), 1.0 / self.alpha
        if verdict is Verdict.FAIL:
            return (
                f"{self.rule.text} is violated: {seen}; evidence {evidence:.3g}, shown from {threshold:.3g}."
            )
        settle = f"; {needed} more candidate failures in a row would show one" if needed is not None else ""
        return (
            f"No violation of {self.rule.text} is shown: {seen}; "
            f"evidence {evidence:.3g} of the {threshold:.3g} needed{settle}."
        )

    def _lack(self, candidate: Arm, silence: str) -> str:
        if not self.measured:
            return f"live traffic tells {METRIC} <= a limit, and nothing else yet"
        if silence:
            return silence
        arm = "the candidate" if not candidate.turns else "the baseline"
        return f"no turn of {arm} has been judged yet"
