"""What the traffic of a trial comes to: variants side by side, once, when its time is over.

What counts are turns of conversations that began within the trial: the others were not drawn, and have a past
with another release. It is judged by when a turn started, never by how it went: those that started so late
that they may still be open count for no variant.

Every request is handed on at its start, and later at its end; otherwise the order does not matter.
"""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from esclusa.core.traffic import Request
from esclusa.core.trial import Difference, Finding, Trial, Variant
from esclusa.core.value import Value
from esclusa.gates.units import format_difference, format_differences
from esclusa.stats import binomial, clustered, intervals

LEAST = 100
"""Conversations that every variant needs: of fewer, the intervals are shorter than they say."""
PAST = 3600.0
"""Seconds before the trial in which a conversation must have been heard to be known as an older one."""
UNLIKELY = 0.001
"""A split that comes about so seldom by chance is not the one that was set."""
QUANTILES = {"p50": 0.5, "p95": 0.95}


class Arm(Value, frozen=True, kw_only=True):
    """Whose requests make a variant."""

    name: str
    release: str
    mirrored: bool = False
    """Whether it is the copies that count."""
    share: float | None = None
    """Of new conversations, if they were drawn."""


class _Turns:
    """One variant's turns, in the order of their ends: columns, because there may be many."""

    def __init__(self) -> None:
        self.started = array("d")
        self.ended = array("d")
        self.seconds = array("d")
        self.failed = array("b")
        self.conversation = array("q")
        self.open: dict[str, tuple[float, int]] = {}


class _Seen(NamedTuple):
    """The columns that count."""

    seconds: Sequence[float]
    failed: Sequence[bool]
    conversations: Sequence[int]


class Tally:
    """Counts the turns of a trial that begins at `since`, in epoch seconds. The first arm is the control."""

    def __init__(self, arms: Sequence[Arm], *, since: float, deadline: float) -> None:
        self._arms = {(arm.release, arm.mirrored): arm for arm in arms}
        self._turns = {arm.name: _Turns() for arm in arms}
        self._since = since
        self._deadline = deadline
        self._numbers: dict[str, int] = {}
        self._alone = 0
        self._older: set[str] = set()
        self._restarts: list[tuple[float, float]] = []

    def observe(self, requests: Iterable[Request]) -> None:
        """Take in what the router's log says."""
        for request in requests:
            arm = self._arms.get((request.arm, request.mirrored))
            if request.started < self._since:
                if request.conversation is not None and request.started >= self._since - PAST:
                    self._older.add(request.conversation)
            elif arm is not None:
                self._take(self._turns[arm.name], request)

    def restarted(self, down: float, up: float) -> None:
        """The router was away: what was under way then was cut off, and that is no release's fault."""
        self._restarts.append((down, up))

    def report(self, until: float, *, alpha: float = 0.05) -> Trial:
        """What the turns that started before `until` come to: all intervals hold with 1 - `alpha`."""
        seen = {name: self._counted(turns, until) for name, turns in self._turns.items()}
        control, *others = self._arms.values()
        confidence = 1.0 - alpha / (len(others) * (1 + len(QUANTILES)))
        variants = tuple(_variant(arm, seen[arm.name]) for arm in self._arms.values())
        known = {name: _known(columns, confidence, self._deadline) for name, columns in seen.items()}
        odd = _odd(variants)
        differences = tuple(
            _difference(arm.name, metric, known[arm.name][metric], known[control.name][metric])
            for arm in (() if odd else others)
            for metric in known[control.name]
        )
        finding = Finding.INVALID if odd else _together(one.finding for one in differences)
        return Trial(
            control=control.name,
            variants=variants,
            differences=differences,
            finding=finding,
            confidence=1.0 - alpha,
            seconds=max(0.0, until - self._since),
            odd=odd,
            sentence=_sentence(control.name, variants, differences, finding, odd),
        )

    def _take(self, turns: _Turns, request: Request) -> None:
        if request.ended is None:
            if request.id not in turns.open:
                turns.open[request.id] = (request.started, self._number(request))
            return
        begun = turns.open.pop(request.id, None)
        took = request.ended - request.started
        failed = request.failed is True or took > self._deadline
        turns.started.append(request.started)
        turns.ended.append(request.ended)
        turns.seconds.append(self._deadline if failed else took)
        turns.failed.append(failed)
        turns.conversation.append(begun[1] if begun else self._number(request))

    def _number(self, request: Request) -> int:
        """Of its conversation, from 0; a request that stands alone has one of its own, below."""
        if request.conversation is None:
            self._alone -= 1
            return self._alone
        return self._numbers.setdefault(request.conversation, len(self._numbers))

    def _counted(self, turns: _Turns, until: float) -> _Seen:
        older = {self._numbers[name] for name in self._older if name in self._numbers}
        over = zip(turns.started, turns.ended, turns.seconds, turns.failed, turns.conversation, strict=True)
        still = ((started, math.inf, self._deadline, True, number) for started, number in turns.open.values())
        rows = [
            (seconds, bool(failed), number)
            for started, ended, seconds, failed, number in chain(over, still)
            if started < until and number not in older and not self._cut_off(started, ended)
        ]
        seconds, failed, numbers = zip(*rows, strict=True) if rows else ((), (), ())
        return _Seen(seconds, failed, numbers)

    def _cut_off(self, started: float, ended: float) -> bool:
        return any(started < up and ended > down for down, up in self._restarts)


def _variant(arm: Arm, seen: _Seen) -> Variant:
    turns = len(seen.failed)
    return Variant(
        name=arm.name,
        release=arm.release,
        share=arm.share,
        conversations=len(set(seen.conversations)),
        turns=turns,
        failed=sum(seen.failed),
        error_rate=sum(seen.failed) / turns if turns else None,
        latency={name: intervals.quantile(seen.seconds, q) for name, q in QUANTILES.items()} if turns else {},
    )


def _known(seen: _Seen, confidence: float, deadline: float) -> Mapping[str, clustered.Known]:
    """By metric."""
    return {
        "error_rate": clustered.shares_of(seen.failed, seen.conversations, confidence),
        **{
            f"latency.{name}": clustered.quantile(
                seen.seconds, seen.conversations, q, confidence, most=deadline
            )
            for name, q in QUANTILES.items()
        },
    }


def _difference(variant: str, metric: str, one: clustered.Known, control: clustered.Known) -> Difference:
    gap = clustered.difference(one, control)
    better, worse = gap.interval.high < 0, gap.interval.low > 0
    return Difference(
        variant=variant,
        metric=metric,
        unit="share" if metric == "error_rate" else "s",
        estimate=gap.estimate,
        interval=(gap.interval.low, gap.interval.high),
        finding=Finding.BETTER if better else Finding.WORSE if worse else Finding.NOTHING,
    )


def _together(findings: Iterable[Finding]) -> Finding:
    shown = set(findings) - {Finding.NOTHING}
    return Finding.MIXED if len(shown) > 1 else shown.pop() if shown else Finding.NOTHING


def _odd(variants: Sequence[Variant]) -> str:
    """What is wrong with the trial itself; empty if nothing is."""
    for one in variants:
        if one.conversations < LEAST:
            return f"{one.name} had {one.conversations} conversations, and {LEAST} are needed to compare"
    drawn = [one for one in variants if one.share is not None]
    everybody = sum(one.conversations for one in drawn)
    for one in drawn:
        assert one.share is not None
        below = binomial.at_most(one.conversations, everybody, one.share)
        above = binomial.at_least(one.conversations, everybody, one.share)
        if 2.0 * min(below, above) < UNLIKELY:
            got, meant = one.conversations / everybody, one.share
            return (
                f"{one.name} had {got:.3g} of {everybody} conversations, and {meant:.3g} were meant: "
                "something else than the split decides who gets which"
            )
    return ""


def _sentence(
    control: str,
    variants: Sequence[Variant],
    differences: Sequence[Difference],
    finding: Finding,
    odd: str,
) -> str:
    if odd:
        return f"{finding.value}: {odd}."
    seen = " and ".join(
        f"{one.turns} turns in {one.conversations} conversations of {one.name}" for one in variants
    )
    gaps = ", ".join(_gap(one) for one in differences)
    names = ", ".join(dict.fromkeys(one.variant for one in differences))
    return f"{finding.value}: {names} against {control}, over {seen}: {gaps}."


def _gap(one: Difference) -> str:
    spread = format_differences(*one.interval, one.unit)
    return f"{one.metric} {format_difference(one.estimate, one.unit)} ({spread})"
