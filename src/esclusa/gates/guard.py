"""A guard: one live rule, the capital betted against it, and what that comes to.

A rule says how large the share of bad turns may be. Of `error_rate <= 1%` they are those that failed. Of
`latency.p95 < 2 s` they are those that failed or took longer than 2 s, and 5 % may: a quantile is within its
limit when no larger share is beyond it.
"""

from typing import Self

import msgspec

from esclusa.core.gate import Absolute, Limit, Relative, Rule, RuleJudgement, Verdict
from esclusa.core.traffic import Request
from esclusa.gates.bets import Bets
from esclusa.stats import eprocess, intervals

ERRORS = "error_rate"
LATENCY = "latency"
FIRST = "time_to_first_token"
"""Of an answer that streams; of one that does not, until its first byte."""
TIMES = (LATENCY, FIRST)
"""The metrics that say how long something took."""
BEYOND = {"p50": 0.5, "p90": 0.1, "p95": 0.05, "p99": 0.01}
"""The share of turns that may take longer than a quantile's limit."""


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
    beyond: float | None = None
    """Seconds after which a turn counts as bad, where slow ones do."""
    until: str = ""
    """What they are counted until, if not until the end."""
    mirrored: int = 0
    """Those of `requests` that were copies: nobody saw what came of them."""
    mirrored_failures: int = 0

    def ended(self, request: Request, failed: bool) -> None:
        """Count a request that has ended or is overdue."""
        self.requests += 1
        self.failures += failed
        if request.mirrored:
            self.mirrored += 1
            self.mirrored_failures += failed

    @property
    def rate(self) -> float | None:
        """The share of turns at risk that failed."""
        return self.turns_failed / self.turns if self.turns else None

    @property
    def words(self) -> str:
        """`failed 3 of 120 turns (2.5%)`."""
        share = f" ({100 * self.turns_failed / self.turns:.3g}%)" if self.turns else ""
        slow = "" if self.beyond is None else f" or took longer than {self.beyond:.3g} s{self.until} in"
        return f"failed{slow} {self.turns_failed} of {self.turns} turns{share}"


class Guard(Bets):
    """One rule on the share of bad turns."""

    @classmethod
    def new(cls, rule: Rule, alpha: float, prove: bool = False) -> Self:
        """With the capital of 1 that every test begins with. ValueError for a limit that cannot be tested."""
        if isinstance(rule.limit, Relative) and not (
            rule.limit.times > 0 and rule.limit.plus > -rule.limit.times
        ):
            raise ValueError(f"{rule.text}: a baseline is multiplied by a number above 0, and stays above 0")
        guard = cls(rule, alpha, list(eprocess.START))
        if prove:
            relative = isinstance(guard.allowed, Relative)
            guard.proof = eprocess.opening(eprocess.PROOF_STAKES if relative else eprocess.BELOW_STAKES)
        return guard

    @property
    def allowed(self) -> Limit | None:
        """The limit on the share of bad turns; None when live traffic cannot answer the rule."""
        rule = self.rule
        if rule.operator not in ("<", "<=") or rule.slice:
            return None
        if rule.metric not in TIMES:
            return rule.limit
        if rule.estimator in BEYOND:
            # Against a baseline the margin is on the seconds, see `Tail`: of the shares, none may be larger.
            absolute = isinstance(rule.limit, Absolute)
            return Absolute(value=BEYOND[rule.estimator]) if absolute else Relative()
        return None

    def bet(self, candidates: int, baselines: int, failed: int, baselines_failed: int) -> None:
        """Enter one stratum, which must never come again."""
        limit = self.allowed
        if limit is None:
            return
        self._prove(limit, candidates, baselines, failed, baselines_failed)
        if isinstance(limit, Absolute):
            gains = eprocess.one_arm(candidates, failed, limit.value)
        else:
            gains = eprocess.two_arms(
                candidates, baselines, failed, baselines_failed, limit.times, limit.plus
            )
        if gains is not eprocess.NEUTRAL:
            self.gain(gains)

    def _prove(
        self, limit: Limit, candidates: int, baselines: int, failed: int, baselines_failed: int
    ) -> None:
        if self.proof is None:
            return
        if isinstance(limit, Absolute):
            gains = eprocess.below_limit(candidates, failed, limit.value)
        else:
            gains = eprocess.within_margin(
                candidates, baselines, failed, baselines_failed, limit.times, limit.plus
            )
        self.gain_proof(gains)

    def turns_needed(self, share: float) -> int | None:
        """About how many more turns of the candidate without a failure would prove the rule, at a candidate
        share; None if none would.
        """
        limit = self.allowed
        if limit is None or self.proof is None:
            return None
        if isinstance(limit, Absolute):
            step = eprocess.below_limit(1, 0, limit.value)
        else:
            step = eprocess.next_clean(share, limit.times, limit.plus)
        return eprocess.failures_to_reach(
            self.proof, step, eprocess.log_threshold(self.alpha), most=10_000_000
        )

    def failures_needed(self, share: float) -> int | None:
        """How many more candidate failures in a row would show a violation, at a candidate share; None if
        none would."""
        limit = self.allowed
        if limit is None:
            return None
        if isinstance(limit, Absolute):
            step = eprocess.one_arm(1, 1, limit.value)
        else:
            step = eprocess.next_failure(share, limit.times, limit.plus)
        return eprocess.failures_to_reach(self.capital, step, eprocess.log_threshold(self.alpha))

    def judge(self, candidate: Arm, baseline: Arm, silence: str, share: float) -> RuleJudgement:
        """What the rule comes to. `silence` says why nothing can be seen; empty if something can."""
        lack = self._lack(candidate, baseline, silence)
        verdict = self.verdict(missing=bool(lack))
        interval = intervals.wilson(candidate.turns_failed, candidate.turns)
        needed = None
        if verdict is Verdict.UNDECIDED:
            needed = self.turns_needed(share)
        elif verdict is Verdict.NOT_REFUTED:
            needed = self.failures_needed(share)
        return RuleJudgement(
            rule=self.rule.text,
            metric=self.rule.metric,
            verdict=verdict,
            mode=self.rule.mode,
            sentence=self.sentence(
                verdict,
                seen=self._seen(candidate, baseline),
                lack=lack,
                settle=_settle(verdict, candidate, needed),
            ),
            estimate=candidate.rate,
            interval=(interval.low, interval.high),
            limit=self.allowed.value if isinstance(self.allowed, Absolute) else None,
            baseline=baseline.rate if self.compares else None,
            n=candidate.turns,
            unit="share",
            needed=needed,
            evidence_from="the router",
            e_value=self.against,
            threshold=self.threshold,
            proof=self.in_favour,
        )

    def _seen(self, candidate: Arm, baseline: Arm) -> str:
        seen = f"the candidate {candidate.words}"
        return f"{seen}, the baseline {baseline.words}" if self.compares else seen

    def _lack(self, candidate: Arm, baseline: Arm, silence: str) -> str:
        """Why nothing can be said; empty if something can."""
        if self.allowed is None:
            return f"the router tells {ERRORS}, and that {LATENCY} or {FIRST} has a quantile below a limit"
        if silence:
            return silence
        if not candidate.turns:
            return "no turn of the candidate has been judged yet"
        if self.compares and not baseline.turns:
            return "no turn of the baseline has been judged yet"
        return ""


def _settle(verdict: Verdict, candidate: Arm, needed: int | None) -> str:
    if needed is None:
        return ""
    if verdict is Verdict.UNDECIDED:
        return f"; about {needed} more turns without a failure would show it"
    bad = "candidate failures" if candidate.beyond is None else "such turns"
    return f"; {needed} more {bad} in a row would show one"
