"""The live gate of a rollout: one analysis for all rules on errors, and one more for each limit on latency.

They see the same requests, shifts and restarts, and share one alpha. What is exposed and harmed, and the
units that a phase waits for, are those of the first: a request that was slow has still been answered.

A copy of a request is a turn of the candidate, of a conversation of its own beside the original's, and
compared with what stable did in the same seconds. Copy and original tend to fail together; that only makes a
false alarm rarer, because with a failure the payoff of the one rises and that of the other falls.
"""

from collections.abc import Iterable, Iterator
from typing import Self

import msgspec

from esclusa.core.gate import Absolute, Judgement, Rule
from esclusa.core.traffic import Request
from esclusa.gates.guard import LATENCY, Guard
from esclusa.gates.live import Analysis, Kept, Terms, together

MIRRORED = "\0mirrored\0"
"""No header can hold it."""


class LiveGate(Kept):
    """The analyses of one rollout, side by side."""

    terms: Terms
    errors: Analysis
    slow: list[Analysis]
    """One for each rule on latency, in the order of the rules."""

    @classmethod
    def new(cls, terms: Terms) -> Self:
        """Before the first request. ValueError for a rule whose limit cannot be tested."""
        limits = {rule: seconds for rule in terms.rules if (seconds := _limit(rule)) is not None}
        rest = tuple(rule for rule in terms.rules if rule not in limits)
        return cls(
            terms=terms,
            errors=Analysis.new(_part(terms, rest, terms.deadline)),
            slow=[Analysis.new(_part(terms, (rule,), seconds)) for rule, seconds in limits.items()],
        )

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Every rule's guard, in the order of the rules."""
        by_rule = {guard.rule.text: guard for one in self._all() for guard in one.guards}
        return tuple(by_rule[rule.text] for rule in self.terms.rules)

    @property
    def late(self) -> int:
        """Lines that came too late to be betted on by at least one analysis."""
        return sum(one.late for one in self._all())

    def observe(self, requests: Iterable[Request]) -> None:
        """Analysis.observe."""
        seen = [_apart(request) for request in requests]
        for one in self._all():
            one.observe(seen)

    def shifted(self, at: float) -> None:
        """Analysis.shifted."""
        for one in self._all():
            one.shifted(at)

    def restarted(self, down: float, up: float) -> None:
        """Analysis.restarted."""
        for one in self._all():
            one.restarted(down, up)

    def advance(self, now: float) -> None:
        """Analysis.advance."""
        for one in self._all():
            one.advance(now)

    def judge(self, now: float, *, source_down: str = "", share: float | None = None) -> Judgement:
        """Analysis.judge; the rules in the order in which they were written."""
        judged = [one.judge(now, source_down=source_down, share=share) for one in self._all()]
        by_rule = {rule.rule: rule for one in judged for rule in one.rules}
        return together(by_rule[rule.text] for rule in self.terms.rules)

    def _all(self) -> Iterator[Analysis]:
        yield self.errors
        yield from self.slow


def _apart(request: Request) -> Request:
    """With a copy's conversation told from the original's: each fails for itself."""
    if not request.mirrored or request.conversation is None:
        return request
    return msgspec.structs.replace(request, conversation=f"{MIRRORED}{request.conversation}")


def _limit(rule: Rule) -> float | None:
    """The seconds of a rule on latency."""
    return rule.limit.value if rule.metric == LATENCY and isinstance(rule.limit, Absolute) else None


def _part(terms: Terms, rules: tuple[Rule, ...], deadline: float) -> Terms:
    """The same comparison for some of the rules, with their share of alpha."""
    alpha = terms.alpha * len(rules) / max(1, len(terms.rules))
    return msgspec.structs.replace(terms, rules=rules, alpha=alpha or terms.alpha, deadline=deadline)
