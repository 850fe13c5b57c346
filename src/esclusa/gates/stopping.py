"""Stopping: which rules a part of a suite's cases can settle, and whether it has.

A rule with a fixed limit asks what all cases of the suite come to. Drawn in a random order, a part of them
can say so with a chance of at most ERROR to be wrong (`stats.finite`): means of shares and scores, also of a
slice, whose cases come in the order that all were drawn in; and quantiles of latency, which are over a limit
when too few cases are within it.

A rule against the baseline asks the same of the differences, case by case, and is settled early only when it
passes: whether it fails or is undecided takes all pairs, since it rests on a test of them. Where the baseline
was itself stopped early, the order says something about its cases, so that only what is certain settles it.

A gate passes only when all its rules do, so that one which should not is let through with a chance of at
most ERROR, however many rules it has: each must be kept, the false one too. It fails when any rule does, and
so the chance that a limit is called not kept is shared by the rules of the gate that are settled so
(`families`), by as much each: whichever answers first, the others have not been seen to their end.

Nothing settles a mean of amounts without an upper end (cost, tokens, mean latency) before the last case, nor
a judge's mean that labels correct, nor counterfactual pairs, nor a rule `for: population`, of which all cases
together say no more than an interval: a blocking rule on one keeps its suite running.
Warnings never do; one that is open when the suite stops is undecided.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from esclusa.core.evidence import Evidence
from esclusa.core.gate import Gate, Mode, Operator, Relative, Rule
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.estimates import CONFIDENCE, Ends, holds, quantile_of
from esclusa.gates.guard import ERRORS, LATENCY
from esclusa.gates.samples import Sample, sample
from esclusa.gates.told import ACCURACY
from esclusa.stats import finite
from esclusa.stats.finite import Race, drawn, race
from esclusa.stats.intervals import rank

ERROR = 0.05
"""The chance that an early verdict is another than that of all cases: for each rule that passes, and for all
rules of a gate together that fail.
"""
ALWAYS = (ACCURACY, ERRORS, LATENCY, "tokens_per_query", "cost_per_query")
"""What every suite measures, or says why it could not."""

_AMOUNTS = frozenset(
    metric.name
    for metric in BUILT_IN
    if metric.name != LATENCY and (metric.unit != "share" or metric.kind == "swaps")
)

Reading = Callable[[str, float, float], tuple[float, float]]
"""(case, the ends of its value) -> the ends of what the question takes of it, in [0, 1]."""


class Question(NamedTuple):
    """A rule as a question about one mean: is it over a limit?"""

    cases: frozenset[str]
    limit: float
    strict: bool
    passes: bool
    """The answer with which the rule holds."""
    read: Reading
    betting: bool = True
    """Whether an answer that is only likely counts."""
    failing: bool = True
    """Whether the other answer settles the rule too."""
    family: int = 1
    """How many rules of its gate share the chance that one of them fails wrongly."""

    def begun(self) -> Race:
        """Before the first case."""
        over, under = self.error(holds_=self.passes), self.error(holds_=not self.passes)
        return race(len(self.cases), self.limit, strict=self.strict, alpha=over, alpha_under=under)

    def error(self, *, holds_: bool) -> float:
        """The chance that a verdict which is not certain is wrong."""
        return ERROR if holds_ else ERROR / self.family

    def verdict(self, state: Race) -> bool | None:
        """Whether the rule holds; None while it is open."""
        if state.answer is None or not (state.exact or self.betting):
            return None
        holds_ = state.answer is self.passes
        return holds_ if holds_ or self.failing else None


class Settled(NamedTuple):
    """A rule that a part of the cases settled: how, after how many, and how likely that is wrong."""

    holds: bool
    after: int
    error: float


def families(gates: Iterable[Gate]) -> Mapping[Rule, int]:
    """For each rule that can be settled early, how many such rules of its gate may close it, with itself. Of
    one that stands in several gates, the most.
    """
    found: dict[Rule, int] = {}
    for gate in gates:
        for mode in Mode:
            rules = [rule for rule in gate.rules if _settles(rule) and _mode(gate, rule) is mode]
            found.update({rule: max(len(rules), found.get(rule, 1)) for rule in rules})
    return found


def _mode(gate: Gate, rule: Rule) -> Mode:
    return Mode.WARN if gate.mode is Mode.WARN else rule.mode


def _settles(rule: Rule) -> bool:
    """Whether a part of the cases could show that it fails, as far as that is known without them."""
    if rule.population or isinstance(rule.limit, Relative) or rule.metric in _AMOUNTS:
        return False
    return (rule.metric == LATENCY) is (rule.estimator != "mean")


def question(
    rule: Rule, cases: Iterable[str], baseline: Sample | None = None, family: int = 1
) -> Question | None:
    """The rule over these cases; None if no part of them can settle it. `baseline` for a rule against one."""
    if rule.population:
        return None
    if isinstance(rule.limit, Relative):
        return None if baseline is None else _against(rule, rule.limit, frozenset(cases), baseline)
    asked = _fixed(rule, rule.limit.value, frozenset(cases))
    return asked and asked._replace(family=family)


def settled(rule: Rule, seen: Sample, baseline: Sample | None = None, *, family: int = 1) -> Settled | None:
    """What the cases in the order drawn settled; None if they left it open. `family` as `families` says."""
    asked = _asked(rule, seen, baseline, family)
    if asked is None:
        return None
    state = asked.begun()
    for low, high in _drawn(asked, seen):
        if asked.verdict(state) is not None:
            break
        state = drawn(state, low, high)
    verdict = asked.verdict(state)
    if verdict is None:
        return None
    return Settled(verdict, state.seen, 0.0 if state.exact else asked.error(holds_=verdict))


def interval(rule: Rule, seen: Sample, baseline: Sample | None = None) -> Ends | None:
    """Where the rule's quantity over all cases lies, valid whenever the suite was stopped; against a
    baseline, that of the difference. None where a part of the cases bounds it at no end.
    """
    if rule.metric == LATENCY and quantile_of(rule.estimator) is not None:
        return None if isinstance(rule.limit, Relative) else _quantile_interval(rule, seen)
    asked = _asked(rule, seen, baseline)
    if asked is None:
        return None
    low, high = finite.interval(_drawn(asked, seen), len(asked.cases), CONFIDENCE)
    if not isinstance(rule.limit, Relative):
        return low, high
    times = rule.limit.times
    return low * (1.0 + times) - times, high * (1.0 + times) - times


class Watch:
    """Looks at the cases of a suite in the order drawn, until every rule that waits for them is settled."""

    def __init__(self, races: Iterable[tuple[Rule, Question]]) -> None:
        self._races = [(rule, asked, asked.begun()) for rule, asked in races]

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be settled."""
        return not self._races

    def see(self, case: str, values: Mapping[str, float | None]) -> None:
        """The next case in the order drawn: its values by metric, None where it could not be seen."""
        went = [(rule, asked, _next(rule, asked, state, case, values)) for rule, asked, state in self._races]
        self._races = [one for one in went if one[1].verdict(one[2]) is None and one[2].seen < one[2].size]


class Stopping:
    """The rules that the cases of one step are to settle: made before the first of them is asked."""

    def __init__(
        self,
        rules: Sequence[Rule],
        step: str,
        baseline: Evidence | None = None,
        families: Mapping[Rule, int] | None = None,
    ) -> None:
        """`baseline`: the stable release's evidence; None when there is none, so that rules against it have
        nothing to wait for. `families`: of the gates that the rules are of.
        """
        self._rules = rules
        self._families = families or {}
        self._step = step
        self._baseline = baseline

    def watch(
        self,
        cases: Mapping[str, Sequence[str]],
        *,
        measured: Collection[str],
        told: Collection[str],
        subject: str,
    ) -> Watch | None:
        """A watch over cases (with their tags) of a suite that measures some metrics, and tells some of them
        case by case; None if no part of the cases would do, or there is nothing to settle.
        """
        races: list[tuple[Rule, Question]] = []
        for rule in self._rules:
            over = [case for case, tags in cases.items() if not rule.slice or rule.slice in tags]
            before = self._before(rule, subject)
            if not over or before is _NOTHING or rule.metric not in measured:
                continue  # nothing that is seen here changes what it comes to
            family = self._families.get(rule, 1)
            asked = question(rule, over, before, family) if rule.metric in told else None
            if asked is None:
                return None
            races.append((rule, asked))
        return Watch(races) if races else None

    def _before(self, rule: Rule, subject: str) -> Sample | None:
        """The baseline's sample; `_NOTHING` where there is none to compare with, whatever is seen here."""
        if not isinstance(rule.limit, Relative):
            return None
        if self._baseline is None or self._baseline.subject != subject:
            return _NOTHING
        before = sample(self._step, rule, self._baseline)
        return before if isinstance(before, Sample) and before.ids else _NOTHING


_NOTHING = Sample("", "", "", False, (), (), (), "", "")


def waiting(gates: Iterable[Gate], step: str, evals: Iterable[str]) -> tuple[Rule, ...]:
    """The blocking rules that may be judged over this step; `evals` are the steps that run a suite."""
    others = {other.rpartition(".")[2] for other in evals if other != step}
    mine = step.rpartition(".")[2]
    return tuple(
        rule
        for gate in gates
        for rule in gate.rules
        if gate.mode is Mode.BLOCK and rule.mode is Mode.BLOCK
        if (step in gate.sources if gate.sources else _told_here(gate.name, rule, mine, others))
    )


def _told_here(gate: str, rule: Rule, mine: str, others: Iterable[str]) -> bool:
    """Whether a gate that names no step may take this one: not if another has its name and measures it."""
    return gate == mine or gate not in others or rule.metric not in ALWAYS


def _asked(rule: Rule, seen: Sample, baseline: Sample | None, family: int = 1) -> Question | None:
    if seen.unit != "share" and rule.metric != LATENCY:
        return None
    if seen.judged is not None and seen.judged.labels and not isinstance(rule.limit, Relative):
        return None
    return question(rule, {*seen.ids, *seen.unseen}, baseline, family)


def _drawn(asked: Question, seen: Sample) -> list[tuple[float, float]]:
    """What the question takes of the cases in the order drawn."""
    values = dict(zip(seen.ids, seen.values, strict=True))
    ends = ((case, values.get(case)) for case in seen.order if case in asked.cases)
    return [
        asked.read(case, *((0.0, seen.ceiling) if value is None else (value, value))) for case, value in ends
    ]


def _quantile_interval(rule: Rule, seen: Sample) -> Ends | None:
    """Between two of the values drawn: one that enough of all cases are shown to be within, one that too few
    are.
    """
    values = dict(zip(seen.ids, seen.values, strict=True))
    size = len(seen.ids) + len(seen.unseen)
    q = quantile_of(rule.estimator)
    assert q is not None
    share = rank(size, q) / size
    got = [values.get(case) for case in seen.order]
    ordered = sorted({value for value in got if value is not None})

    def within(end: float) -> bool:
        return finite.shown([float(v is not None and v <= end) for v in got], size, share, CONFIDENCE)

    def beyond(end: float) -> bool:
        return finite.shown([float(v is not None and v >= end) for v in got], size, 1.0 - share, CONFIDENCE)

    high = next(iter(ordered[bisect_left(ordered, True, key=within) :]), None)
    low = next(iter(ordered[: bisect_left(ordered, True, key=lambda end: not beyond(end))][-1:]), None)
    return None if low is None and high is None else (low, high)


def _next(rule: Rule, asked: Question, state: Race, case: str, values: Mapping[str, float | None]) -> Race:
    if case not in asked.cases:
        return state
    found = values.get(rule.metric)
    ceiling = math.inf if rule.metric == LATENCY else 1.0
    low, high = (0.0, ceiling) if found is None else (found, found)
    return drawn(state, *asked.read(case, low, high))


def _fixed(rule: Rule, limit: float, cases: frozenset[str]) -> Question | None:
    q = quantile_of(rule.estimator)
    if rule.metric == LATENCY and q is not None:
        return Question(cases, rank(len(cases), q) / len(cases), False, True, _within(rule.operator, limit))
    if rule.metric == LATENCY or rule.estimator != "mean":
        return None
    return Question(cases, limit, *_sides(rule.operator), _plain)


def _against(rule: Rule, margin: Relative, cases: frozenset[str], baseline: Sample) -> Question | None:
    """The pairs' differences, moved into [0, 1]: (c - times b + times) / (1 + times)."""
    pairs = cases & {*baseline.ids, *baseline.unseen} - {*baseline.not_run}
    if not pairs or baseline.unit != "share":
        return None
    before = dict(zip(baseline.ids, baseline.values, strict=True))
    times = margin.times

    def read(case: str, low: float, high: float) -> tuple[float, float]:
        least, most = (before[case],) * 2 if case in before else (0.0, 1.0)
        ends = (low - times * most + times) / (1.0 + times), (high - times * least + times) / (1.0 + times)
        return max(0.0, ends[0]), min(1.0, ends[1])

    limit = (margin.plus + times) / (1.0 + times)
    betting = not baseline.not_run
    return Question(pairs, limit, *_sides(rule.operator), read, betting=betting, failing=False)


def _sides(operator: Operator) -> tuple[bool, bool]:
    """Whether the limit itself is not over it, and the answer with which the rule holds."""
    return operator in (">", "<="), operator in (">", ">=")


def _plain(_: str, low: float, high: float) -> tuple[float, float]:
    return low, high


def _within(operator: Operator, limit: float) -> Reading:
    def read(_: str, low: float, high: float) -> tuple[float, float]:
        return float(holds(high, operator, limit)), float(holds(low, operator, limit))

    return read
