"""Progress: the numbers of a running suite as they come, and a line for each case that is not right."""

from collections.abc import Callable, Mapping

from esclusa.core.case import Case
from esclusa.evals.measure import latency, right
from esclusa.evals.suite import Suite
from esclusa.stats.intervals import quantile

LINES = 100
"""Cases that are named in the step's log; the rest is in the case log."""


class Progress:
    """Counts as cases come. A case that comes again replaces itself."""

    def __init__(
        self, suite: Suite, tell: Callable[[Mapping[str, str]], None], say: Callable[[str], None]
    ) -> None:
        self._suite = suite
        self._tell = tell
        self._say = say
        self._said = 0
        self._right: dict[str, float | None] = {}
        self._seconds: dict[str, float] = {}
        self._errors: dict[str, str] = {}

    def add(self, case: Case) -> None:
        """One more case."""
        verdict = right(self._suite, case)
        self._right[case.id] = verdict
        self._errors[case.id] = case.error_kind
        seconds = latency(self._suite, case)
        if seconds is None:
            self._seconds.pop(case.id, None)
        else:
            self._seconds[case.id] = seconds
        unscored = any(name not in case.scores for name in case.explanations)
        if case.error or verdict == 0 or unscored:
            self._name(case, "not scored" if unscored and verdict != 0 else "wrong")

    def tell(self) -> None:
        """Hand on the numbers so far."""
        numbers = {"cases": f"{len(self._right)}/{len(self._suite.dataset.questions)}"}
        known = [verdict for verdict in self._right.values() if verdict is not None]
        if known:
            numbers["accuracy"] = f"{sum(known) / len(known):.1%}".replace("%", " %")
        if self._seconds:
            numbers["p95"] = f"{quantile(list(self._seconds.values()), 0.95):.2f} s"
        for kind, name in (("agent", "errors"), ("outside", "unseen")):
            if count := sum(error == kind for error in self._errors.values()):
                numbers[name] = str(count)
        self._tell(numbers)

    def _name(self, case: Case, verdict: str) -> None:
        self._said += 1
        if self._said <= LINES:
            what = f"{case.error_kind} error: {case.error}" if case.error else verdict
            why = [f"{name}: {text}" for name, text in case.explanations.items() if not case.scores.get(name)]
            self._say(f"{case.id}: " + " · ".join(text.partition("\n")[0] for text in (what, *why)))
        elif self._said == LINES + 1:
            self._say("(more such cases are only in the case log)")
