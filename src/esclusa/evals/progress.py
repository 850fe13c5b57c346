"""Progress: the numbers of a running suite as they come, and a line for each case that is not right."""

from array import array
from collections.abc import Callable, Mapping

from esclusa.core.case import Case
from esclusa.evals.measure import latency, right
from esclusa.evals.suite import Suite
from esclusa.stats.intervals import quantile

LINES = 100
"""Cases that are named in the step's log; the rest is in the case log."""


class Progress:
    """Counts as cases come."""

    def __init__(
        self, suite: Suite, tell: Callable[[Mapping[str, str]], None], say: Callable[[str], None]
    ) -> None:
        self._suite = suite
        self._tell = tell
        self._say = say
        self._said = 0
        self._cases = self._judged = 0
        self._right = 0.0
        self._seconds = array("d")
        self._errors = {"agent": 0, "outside": 0}

    def add(self, case: Case, before: Case | None = None) -> None:
        """One more case, or one that comes again instead of how it was `before`."""
        if before is not None:
            self._count(before, -1)
        verdict = self._count(case, 1)
        unscored = any(name not in case.scores for name in case.explanations)
        if case.error or verdict == 0 or unscored:
            self._name(case, "not scored" if unscored and verdict != 0 else "wrong")

    def tell(self) -> None:
        """Hand on the numbers so far."""
        what, of = ("cases", 1) if self._suite.repeats == 1 else ("answers", self._suite.repeats)
        numbers = {what: f"{self._cases}/{of * len(self._suite.dataset.questions)}"}
        if self._judged:
            numbers["accuracy"] = f"{self._right / self._judged:.1%}".replace("%", " %")
        if self._seconds:
            numbers["p95"] = f"{quantile(self._seconds, 0.95):.2f} s"
        for kind, name in (("agent", "errors"), ("outside", "unseen")):
            if self._errors[kind]:
                numbers[name] = str(self._errors[kind])
        self._tell(numbers)

    def _count(self, case: Case, sign: int) -> float | None:
        """Add it or take it away; its verdict."""
        self._cases += sign
        if case.error_kind:
            self._errors[case.error_kind] += sign
        seconds = latency(self._suite, case)
        if seconds is not None:
            (self._seconds.append if sign > 0 else self._seconds.remove)(seconds)
        verdict = right(self._suite, case)
        if verdict is not None:
            self._judged += sign
            self._right += sign * verdict
        return verdict

    def _name(self, case: Case, verdict: str) -> None:
        self._said += 1
        if self._said <= LINES:
            what = f"{case.error_kind} error: {case.error}" if case.error else verdict
            why = [f"{name}: {text}" for name, text in case.explanations.items() if not case.scores.get(name)]
            which = f" (asking {case.repeat + 1})" if self._suite.repeats > 1 else ""
            self._say(f"{case.id}{which}: " + " · ".join(text.partition("\n")[0] for text in (what, *why)))
        elif self._said == LINES + 1:
            self._say("(more such cases are only in the case log)")
