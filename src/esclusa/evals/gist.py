"""The gist of a case: what evidence is made of. Its words are in the case log, and leave the memory."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from esclusa.core.case import Case
from esclusa.core.value import EMPTY, replace

T = TypeVar("T")

FEW = 1000
"""Different costs up to which equal ones are taken to be common."""


class Gists:
    """Of the cases of one suite. Parts that many of them share are kept once."""

    def __init__(self) -> None:
        self._shared: dict[Hashable, object] = {}
        self._costs: dict[float | None, float | None] = {}

    def of(self, case: Case) -> Case:
        """The case without its answers, its tool calls, and what scorers said of their scores and took for
        them. Where one has failed, the first line says why.
        """
        return replace(
            case,
            answer="",
            earlier=(),
            tool_calls=(),
            scores=self._scores(case.scores),
            explanations=self._failures(case),
            scoring=case.scoring if case.scoring and case.scoring.refused else None,
            cost=case.cost if len(self._costs) > FEW else self._costs.setdefault(case.cost, case.cost),
            error=self._once(case.error, case.error),
            model=self._once(case.model, case.model),
            decision=self._once(case.decision, case.decision),
            subject=self._once(case.subject, case.subject),
        )

    def _scores(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """Right and wrong are shared; most other scores are one case's own."""
        if all(score in (0.0, 1.0) for score in scores.values()):
            return self._once(tuple(scores.items()), scores)
        return scores

    def _failures(self, case: Case) -> Mapping[str, str]:
        if case.explanations.keys() <= case.scores.keys():
            return EMPTY
        failed = ((name, text) for name, text in case.explanations.items() if name not in case.scores)
        return {name: self._once(line, line) for name, text in failed for line in text.splitlines()[:1]}

    def _once(self, key: Hashable, value: T) -> T:
        return self._shared.setdefault(key, value)  # type: ignore[return-value]
