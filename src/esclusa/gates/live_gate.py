"""The live gate of a rollout: one analysis for all rules on errors, and one more for each rule on a time.

They see the same requests, shifts and restarts, and share one alpha. What is exposed and harmed, and the
units that a phase waits for, are those of the first: a request that was slow has still been answered. Rules
on what was answered are judged on scored conversations, which are handed on in pairs; rules on what somebody
else counts on running totals.

A copy of a request is a turn of the candidate, of a conversation of its own beside the original's, and
compared with what stable did in the same seconds. Copy and original tend to fail together; that only makes a
false alarm rarer, because with a failure the payoff of the one rises and that of the other falls.
"""

from collections.abc import Iterable, Iterator
from typing import Self

import msgspec

from esclusa.core.gate import Judgement, Relative, Rule
from esclusa.core.traffic import Opinion, Request
from esclusa.gates.counts import CountGuard, Reading
from esclusa.gates.guard import BEYOND, ERRORS, FIRST, TIMES, Guard
from esclusa.gates.live import Analysis, Kept, Terms, not_applicable, together
from esclusa.gates.opinions import FEEDBACK, Opinions
from esclusa.gates.scores import Pair, ScoreGuard
from esclusa.gates.tail import Tail
from esclusa.gates.told import ROUTED

SILENCE = 900.0
"""Seconds without a word of any customer after which nothing is seen any more: few of them say something."""
MIRRORED = "\0mirrored\0"
"""No header can hold it."""


class LiveGate(Kept):
    """The analyses of one rollout, side by side."""

    terms: Terms
    errors: Analysis
    slow: list[Analysis]
    """One for each rule on latency or the time to the first token, in the order of the rules."""
    scored: list[ScoreGuard] = msgspec.field(default_factory=list)
    """One for each rule on scores, cost and tokens, in the order of the rules."""
    counted: list[CountGuard] = msgspec.field(default_factory=list)
    """One for each rule on what somebody else counts."""
    opined: list[ScoreGuard] = msgspec.field(default_factory=list)
    """One for each rule on what customers say, in the order of the rules."""
    opinions: Opinions = msgspec.field(default_factory=Opinions)

    @classmethod
    def new(cls, terms: Terms) -> Self:
        """Before the first request. ValueError for a rule whose limit cannot be tested."""
        counted = tuple(rule for rule in terms.rules if rule.metric in terms.counted)
        routed = tuple(rule for rule in terms.rules if rule.metric in ROUTED and rule not in counted)
        slow = tuple(rule for rule in routed if rule.metric in TIMES)
        errors = tuple(rule for rule in routed if rule.metric == ERRORS)
        return cls(
            terms=terms,
            errors=Analysis.new(_part(terms, errors)),
            slow=[_slow(terms, rule) for rule in slow],
            scored=[_scored(terms, rule) for rule in terms.rules if rule not in (*counted, *routed)],
            counted=[_counted(terms, rule) for rule in counted],
            opined=[_opined(terms, rule) for rule in routed if rule.metric == FEEDBACK],
        )

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The guards of the rules that the router's log answers, in the order of the rules."""
        by_rule = {guard.rule.text: guard for one in self._all() for guard in one.guards}
        return tuple(by_rule[rule.text] for rule in self.terms.rules if rule.text in by_rule)

    @property
    def late(self) -> int:
        """Lines that came too late to be betted on by at least one analysis."""
        return sum(one.late for one in self._all())

    def observe(self, requests: Iterable[Request]) -> None:
        """Analysis.observe."""
        seen = [_apart(request) for request in requests]
        begun = [_until_first(request) for request in seen] if any(map(_of_first, self.slow)) else []
        for one in self._all():
            one.observe(begun if _of_first(one) else seen)

    def shifted(self, at: float) -> None:
        """Analysis.shifted."""
        for one in self._all():
            one.shifted(at)
        for guard in self.counted:
            guard.shifted(at)

    def restarted(self, down: float, up: float) -> None:
        """Analysis.restarted."""
        for one in self._all():
            one.restarted(down, up)

    def advance(self, now: float) -> None:
        """Analysis.advance."""
        for one in self._all():
            one.advance(now)

    def score(self, pairs: Iterable[Pair]) -> None:
        """Take in scored conversations, each pair once."""
        seen = list(pairs)
        for guard in self.scored:
            guard.take(seen)

    def hear(self, opinions: Iterable[Opinion]) -> None:
        """Take in what customers said, in the order in which they did, after the requests until then."""
        for opinion in opinions:
            arm = {self.terms.candidate: True, self.terms.baseline: False}.get(opinion.arm)
            if arm is not None and opinion.at >= self.terms.since and self.opined:
                self._hear(opinion, arm)

    def _hear(self, opinion: Opinion, candidate: bool) -> None:
        if not self.opinions.new(opinion):
            return
        turn = self.errors.turns.so_far(opinion.conversation)
        pair = self.opinions.take(opinion, turn, candidate)
        alone = Pair(opinion.at, {FEEDBACK: opinion.score}) if candidate else None
        for guard in self.opined:
            found = pair if guard.compares else alone
            guard.take([found] if found is not None else [])

    def count(self, readings: Iterable[tuple[str, Reading]]) -> None:
        """Take in totals by metric, in the order in which they were read."""
        for metric, reading in readings:
            for guard in self.counted:
                if guard.rule.metric == metric:
                    guard.take(reading)

    def judge(
        self,
        now: float,
        *,
        source_down: str = "",
        unscored: str = "",
        uncounted: str = "",
        share: float | None = None,
    ) -> Judgement:
        """Analysis.judge; the rules in the order in which they were written. `unscored` says why no
        conversation can be scored now, `uncounted` why no totals can be read.
        """
        judged = [one.judge(now, source_down=source_down, share=share) for one in self._all()]
        by_rule = {rule.rule: rule for one in judged for rule in one.rules}
        for scored in self.scored:
            by_rule[scored.rule.text] = scored.judge(now, unscored)
        for opined in self.opined:
            by_rule[opined.rule.text] = opined.judge(now, source_down)
        for counted in self.counted:
            by_rule[counted.rule.text] = counted.judge(now, uncounted, share or 0.0)
        for rule in self.terms.rules:
            if isinstance(rule.limit, Relative) and not self.terms.baseline:
                by_rule[rule.text] = not_applicable(rule)
        return together(by_rule[rule.text] for rule in self.terms.rules)

    def _all(self) -> Iterator[Analysis]:
        yield self.errors
        yield from self.slow


def _apart(request: Request) -> Request:
    """With a copy's conversation told from the original's: each fails for itself."""
    if not request.mirrored or request.conversation is None:
        return request
    return msgspec.structs.replace(request, conversation=f"{MIRRORED}{request.conversation}")


def _of_first(analysis: Analysis) -> bool:
    """Whether it looks at when answers begin."""
    return any(guard.rule.metric == FIRST for guard in analysis.guards)


def _until_first(request: Request) -> Request:
    """As if it had ended when its answer began, if it went well."""
    if request.first is None or request.failed is True:
        return request
    return msgspec.structs.replace(request, ended=request.first)


def _slow(terms: Terms, rule: Rule) -> Analysis:
    """The analysis of one rule on a time."""
    analysis = _of_times(terms, rule)
    if rule.metric == FIRST:
        analysis.candidate.until = analysis.baseline.until = " to the first token"
    return analysis


def _of_times(terms: Terms, rule: Rule) -> Analysis:
    part = _part(terms, (rule,))
    if isinstance(rule.limit, Relative):
        tail = Tail(quantile=1.0 - BEYOND[rule.estimator], times=rule.limit.times, plus=rule.limit.plus)
        return Analysis.new(part, tail=tail)
    if rule.metric == FIRST:
        # When an answer began is known only when it has ended: it may stream for long after.
        return Analysis.new(part, limit=rule.limit.value)
    return Analysis.new(msgspec.structs.replace(part, deadline=rule.limit.value), slow=True)


def _scored(terms: Terms, rule: Rule) -> ScoreGuard:
    part = terms.alpha / len(terms.rules)
    return ScoreGuard.new(rule, part, least=terms.least_scored, prove=rule.text in terms.prove)


def _opined(terms: Terms, rule: Rule) -> ScoreGuard:
    guard = _scored(terms, rule)
    guard.quiet, guard.source = SILENCE, "the customers"
    return guard


def _counted(terms: Terms, rule: Rule) -> CountGuard:
    part = terms.alpha / len(terms.rules)
    guard = Guard.new(rule, part, rule.text in terms.prove)
    return CountGuard(guard, settle=terms.settle, quiet=terms.quiet)


def _part(terms: Terms, rules: tuple[Rule, ...]) -> Terms:
    """The same comparison for some of the rules, with their share of alpha."""
    alpha = terms.alpha * len(rules) / max(1, len(terms.rules))
    return msgspec.structs.replace(terms, rules=rules, alpha=alpha or terms.alpha)
