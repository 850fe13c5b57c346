"""Sentences: what a verdict says to a person, with the numbers, n and the interval; one for each rule.

Never a bare score: what was seen, of how many, how sure that is, and what would settle it.
"""

import math
from collections.abc import Sequence

from esclusa.core.gate import OPENS, Mode, Rule, RuleJudgement, Verdict
from esclusa.gates.disparity import Disparity
from esclusa.gates.estimates import Estimate, holds
from esclusa.gates.language import format_limit
from esclusa.gates.pairs import Contrast, Pairs
from esclusa.gates.population import TAIL, Decision
from esclusa.gates.samples import Gap, Sample, Swapped
from esclusa.gates.stopping import Settled
from esclusa.gates.units import format_difference, format_differences, format_interval, format_value


def name(rule: Rule, unit: str = "share") -> str:
    """What is judged, in words: `accuracy`, `latency p95`, `mean latency`, `accuracy of lang=es`."""
    metric = rule.metric.replace("_", " ")
    if rule.estimator not in ("mean", "count"):
        metric = f"{metric} {rule.estimator}"
    elif rule.estimator == "mean" and unit not in ("share", "rps"):
        metric = f"mean {metric}"
    return f"{metric} of {rule.slice}" if rule.slice else metric


def not_applicable(rule: Rule) -> str:
    """A rule that speaks of a baseline, while no release is stable."""
    return f"{name(rule)} has no baseline yet: no release is stable, so `{rule.text}` does not apply"


def missing(rule: Rule, gap: Gap) -> str:
    """A rule with nothing to judge."""
    return f"{name(rule)} is missing: {gap.reason}; mend: {gap.mend}"


def count(rule: Rule, found: int, limit: float) -> str:
    """A rule about a number of findings."""
    return f"{name(rule)}: {found}, {_where(rule, found, limit, format_value(limit, 'findings'))}"


def absolute(
    rule: Rule,
    verdict: Verdict,
    limit: float,
    seen: Sample,
    found: Estimate,
    needed: int | None,
    early: Settled | None = None,
) -> str:
    """A rule with a fixed limit."""
    value = format_value(found.value, seen.unit, apart_from=limit)
    shown = f"{name(rule, seen.unit)} is {value} ({_basis(seen, found)})"
    edge = format_value(limit, seen.unit)
    shown += _judge(seen)
    if verdict is Verdict.UNDECIDED and not seen.unseen:
        more = f"; about {needed} more labels would" if needed else ""
        reach = format_interval(found.lowest, found.highest, seen.unit)
        return (
            f"{shown}, and so few labels leave it {reach} on these cases, on both sides of the limit of"
            f" {edge}{more}"
        )
    if verdict is Verdict.UNDECIDED:
        reach = format_interval(found.lowest, found.highest, seen.unit)
        return f"{shown}, but {_unseen(seen)}; with them it is {reach}, on both sides of the limit of {edge}"
    settled = f"{shown}, {_where(rule, found.value, limit, edge)}"
    if early is not None:
        settled = f"{shown}; {_early(early, len(seen.not_run))} the limit of {edge} is {_kept(verdict)}"
    elif seen.unseen:
        settled += f"; {_unseen(seen)}, and cannot change that"
    if needed and not (seen.judged and seen.judged.labels):
        settled += f"; about {needed} more cases like these would settle it beyond this dataset"
    return settled


def beyond(rule: Rule, limit: float, seen: Sample, found: Estimate, decision: Decision) -> str:
    """A rule with a fixed limit `for: population`."""
    value = format_value(found.value, seen.unit, apart_from=limit)
    edge = format_value(limit, seen.unit)
    shown = f"{name(rule, seen.unit)} is {value} ({_basis(seen, found)})" + _judge(seen)
    if seen.unseen:
        shown += f"; {_unseen(seen)} and count as anything they could be"
    if decision.verdict is Verdict.UNDECIDED:
        more = f"; about {decision.needed} more cases like these would tell" if decision.needed else ""
        return f"{shown}, which leaves it on either side of the limit of {edge} beyond this dataset{more}"
    sure = f"with {1 - TAIL:.1%} confidence".replace("%", " %")
    return f"{shown}; {sure} the limit of {edge} is {_kept(decision.verdict)} beyond this dataset"


def among(doubt: str, rules: int, chance: float) -> str:
    """A rule that would fail if it were not one of several."""
    return f"{doubt}; among {rules} such rules of the gate it may be chance (p = {chance:.2g} after Holm)"


def relative(
    rule: Rule,
    verdict: Verdict,
    pairs: Pairs,
    found: Contrast,
    needed: int | None,
    early: Settled | None = None,
) -> str:
    """A rule with a limit from the baseline. `found.open` says that the unseen cases leave it undecided."""
    unit = pairs.sample.unit
    edge = f"{format_value(found.limit, unit)} ({format_limit(rule.limit, unit)})"
    value = format_value(found.candidate, unit, apart_from=found.limit)
    before = f"the stable release's {format_value(found.baseline, unit)} on the same"
    basis = f"{_cases(len(pairs.candidate))} ({_contrast(found, unit)})"
    shown = f"{name(rule, unit)} is {value} against {before} {basis}"
    if pairs.sample.judged:
        shown += "; a judge's word, whose errors are taken to be the same for both"
    if early is not None:
        return f"{shown}; {_early(early, len(pairs.sample.not_run))} the limit of {edge} is {_kept(verdict)}"
    if pairs.unseen:
        shown += f"; {_cases(pairs.unseen)} could not be seen in one of them{pairs.sample.why_unseen}"
    if found.open:
        return f"{shown}, and they could put it on either side of the limit of {edge}"
    where = _where(rule, found.candidate, found.limit, edge)
    more = f"; about {needed} more cases like these would settle it" if needed else ""
    if rule.population and verdict is Verdict.PASS:
        return f"{shown}, {where}; that is more than chance (p = {found.enough:.2g})"
    if rule.population and verdict is Verdict.UNDECIDED and found.enough < found.chance:
        return f"{shown}, {where}, which is not shown: it may be chance (p = {found.enough:.2g}){more}"
    if verdict is Verdict.PASS:
        return f"{shown}, {where}{more and more + ' beyond this dataset'}"
    chance = f"(p = {found.chance:.2g})"
    if verdict is Verdict.FAIL:
        return f"{shown}, {where}; that is more than chance {chance}"
    return f"{shown}, {where}, but it may be chance {chance}{more}"


def swapped(rule: Rule, limit: float, pairs: Swapped, found: Disparity) -> str:
    """A rule about counterfactual pairs: the group whose gap may be largest, and what would settle it."""
    worst, among = found.worst, len(found.groups)
    edge = format_value(limit, "share")
    which = f"for {worst.name}" + (f", the largest bound of {among} groups" if among > 1 else "")
    decided = "came out differently" if pairs.values else "were decided differently"
    shown = (
        f"{name(rule)} is at most {format_value(worst.most, 'share', apart_from=limit)} with 95 % confidence"
        f" {which} ({format_value(worst.gap, 'share')} seen; {worst.apart} of {_pairs(worst.n)} {decided})"
    )
    if pairs.lost:
        shown += f"; {_pairs(pairs.lost)} could not be seen{pairs.why_unseen}"
    if found.open:
        return f"{shown}, and they could put it on either side of the limit of {edge}"
    if found.verdict is Verdict.PASS:
        return f"{shown}, {_where(rule, worst.most, limit, edge)}"
    if found.verdict is Verdict.FAIL:
        beyond = [
            f"{group.name} ({format_value(group.gap, 'share')}, p = {group.beyond:.2g})"
            for group in found.beyond
        ]
        return f"{shown}; more than chance puts it over the limit of {edge} for {_and(beyond)}"
    wanted = [f"{group.more} of {group.name}" for group in found.unsettled if group.more]
    more = f": about {_and(wanted)} more would do" if found.more else ""
    return f"{shown}, and the limit of {edge} takes more pairs than these{more}"


def of_gate(gate: str, verdict: Verdict, rules: Sequence[RuleJudgement]) -> str:
    """A gate: its verdict, and the rule that made it so."""
    if not rules:
        return f"{gate} has no verdict: it has no rules"
    blocking = [rule for rule in rules if rule.mode is Mode.BLOCK]
    weighed = blocking or rules
    same = [rule for rule in weighed if rule.verdict is verdict]
    warned = sum(rule.verdict not in OPENS for rule in rules if rule.mode is Mode.WARN) if blocking else 0
    aside = f"; {_rules(warned)} warned" if warned else ""
    if verdict is Verdict.PASS:
        idle = len(weighed) - len(same)
        return f"{gate} passes: {_rules(len(same))} held{f', {idle} not applicable' if idle else ''}{aside}"
    heading = {
        Verdict.FAIL: "fails",
        Verdict.NOT_APPLICABLE: "does not apply",
        Verdict.UNDECIDED: "is undecided",
    }
    others = f"; {_rules(len(same) - 1)} likewise" if same[1:] else ""
    return f"{gate} {heading.get(verdict, 'has no verdict')}: {same[0].sentence}{others}{aside}"


def _basis(seen: Sample, found: Estimate) -> str:
    """What an estimate rests on: `56 of 60; 95 % interval 84.1 to 97.4 %`."""
    n = len(seen.values)
    base = f"{seen.hits} of {n}" if seen.binary else _counted(n, seen.each)
    if seen.repeats > 1 and seen.unit == "share":
        base += f"{' cases' if seen.binary else ''} asked {seen.repeats} times each"
    if seen.failed:
        which = "all" if seen.failed == n else str(seen.failed)
        base += f", {which} of which failed and count as the timeout"
    return f"{base}; {_interval(format_interval(*found.interval, seen.unit))}" if found.interval else base


def _judge(seen: Sample) -> str:
    """Whose word the values are, where they are a judge's, and what is known of it."""
    if seen.judged is None:
        return ""
    own = format_value(math.fsum(seen.values) / len(seen.values), seen.unit)
    by = f"corrected by {len(seen.judged.labels)} labels of people" if seen.judged.labels else ""
    said = [f"the judge itself says {own}, {by}" if by else "a judge's word", seen.judged.doubt]
    return f"; {', and '.join(filter(None, said)) if by else ': '.join(filter(None, said))}"


def _contrast(found: Contrast, unit: str) -> str:
    """What a comparison rests on: `-1.7 points; 1 better and 2 worse; 95 % interval -8.9 to +5 points`."""
    parts = [
        format_difference(found.candidate - found.baseline, unit),
        f"{found.gained} better and {found.lost} worse",
    ]
    if found.difference:
        parts.append(_interval(format_differences(*found.difference, unit)))
    elif found.interval:
        parts.append(_interval(format_interval(*found.interval, unit)))
    return "; ".join(parts)


def _early(early: Settled, saved: int) -> str:
    """After how many cases it was settled, what that saved, and how sure it is that over all cases ..."""
    how = "certain" if early.error == 0 else f"settled, with at most {100 * early.error:.2g} % error,"
    return f"{how} after {_cases(early.after)}, {_cases(saved)} not run: over all of them"


def _kept(verdict: Verdict) -> str:
    return "kept" if verdict is Verdict.PASS else "not kept"


def _interval(text: str) -> str:
    return f"95 % interval {text}"


def _where(rule: Rule, value: float, limit: float, edge: str) -> str:
    """On which side of the limit a value lies."""
    if holds(value, "==", limit):
        strict = {"<": ", and has to be under it", ">": ", and has to be over it"}.get(rule.operator, "")
        return f"exactly at the limit of {edge}{strict}"
    return f"{'over' if value > limit else 'under'} the limit of {edge}"


def _cases(n: int) -> str:
    return _counted(n, "case")


def _unseen(seen: Sample) -> str:
    return f"{_counted(len(seen.unseen), seen.each)} could not be seen{seen.why_unseen}"


def _counted(n: int, each: str) -> str:
    return f"1 {each}" if n == 1 else f"{n} {each}s"


def _pairs(n: int) -> str:
    return "1 pair" if n == 1 else f"{n} pairs"


def _and(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _rules(n: int) -> str:
    return "1 rule" if n == 1 else f"{n} rules"
