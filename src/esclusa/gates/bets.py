"""Bets: what every live rule has, whatever it is judged on: capital against it, and, if it is to be proven,
for it.

The two are apart: a rule is shown to be violated when the bets against it win, and shown to hold when those
against its opposite have once won. Both are told in the same words.
"""

import math
from collections.abc import Sequence

import msgspec

from esclusa.core.gate import Relative, Rule, Verdict
from esclusa.stats import eprocess


class Bets(msgspec.Struct):
    """One rule with the log capital of each bet. `alpha` is this rule's own part."""

    rule: Rule
    alpha: float
    capital: list[float]
    proof: list[float] | None = None
    """The log capital of each bet against the opposite; None for a rule that need not be proven."""
    proven: bool = False
    """Whether the rule was once shown to hold."""

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

    @property
    def against(self) -> float:
        """The evidence against the rule."""
        return math.exp(min(self.log_e, eprocess.CERTAIN))

    @property
    def in_favour(self) -> float | None:
        """The evidence for the rule; None where none is looked for."""
        return None if self.proof is None else math.exp(min(eprocess.log_e(self.proof), eprocess.CERTAIN))

    @property
    def threshold(self) -> float:
        """What either must reach."""
        return 1.0 / self.alpha

    def gain(self, gains: Sequence[float]) -> None:
        """What the bets against the rule have won."""
        self.capital = _after(self.capital, gains)

    def gain_proof(self, gains: Sequence[float]) -> None:
        """What the bets against its opposite have won."""
        if self.proof is not None:
            self.proof = _after(self.proof, gains)
            shown = eprocess.log_e(self.proof) >= eprocess.log_threshold(self.alpha)
            self.proven = self.proven or shown

    def verdict(self, missing: bool) -> Verdict:
        """What they come to; `missing`: nothing can be seen now."""
        if self.violated:
            return Verdict.FAIL
        if missing:
            return Verdict.MISSING
        if self.proof is None:
            return Verdict.NOT_REFUTED
        return Verdict.PASS if self.proven else Verdict.UNDECIDED

    def sentence(self, verdict: Verdict, *, seen: str, lack: str, settle: str = "") -> str:
        """The verdict in words: with what was `seen`, or what is lacking; `settle` says what would
        settle it.
        """
        text, needed = self.rule.text, f"{self.threshold:.3g}"
        match verdict:
            case Verdict.MISSING:
                return f"{text} cannot be judged: {lack}."
            case Verdict.FAIL:
                return f"{text} is violated: {seen}; evidence {self.against:.3g}, shown from {needed}."
            case Verdict.PASS:
                return f"{text} is shown to hold: {seen}."
            case Verdict.UNDECIDED:
                evidence = f"evidence for it {self.in_favour:.3g} of the {needed} needed"
                return f"{text} is not shown to hold yet: {seen}; {evidence}{settle}."
            case _:
                evidence = f"evidence {self.against:.3g} of the {needed} needed"
                return f"No violation of {text} is shown: {seen}; {evidence}{settle}."


def _after(capital: Sequence[float], gains: Sequence[float]) -> list[float]:
    return [held + gain for held, gain in zip(capital, gains, strict=True)]
