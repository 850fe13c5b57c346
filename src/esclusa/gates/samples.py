"""Samples: the values that one rule is judged over, found among the evidence of a run's steps.

What cannot be found, or cannot be trusted, is a `Gap` with its reason and its mend: never an empty sample.

Whose evidence counts: the steps that the gate names; else the step with the gate's own name, where it
measured the metric or failed before it could; else the one step that measured it. Two that measured it are a
gap, except for counts of findings, which add up.
"""

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from esclusa.core.evidence import Amounts, Count, Evidence, Judged, Rate, Scores, Swaps
from esclusa.core.gate import Gate, Rule


class Gap(NamedTuple):
    """Why there is nothing to judge, and what mends it."""

    reason: str
    mend: str


class Tally(NamedTuple):
    """A number of findings. `least` says why there may be more than were counted."""

    step: str
    n: int
    least: Gap | None = None


class Sample(NamedTuple):
    """The values of the cases that were seen, and how many were not.

    `ids` name the values in order; empty where the cases were not told apart.
    """

    step: str
    metric: str
    unit: str
    binary: bool
    values: tuple[float, ...]
    ids: tuple[str, ...]
    unseen: tuple[str, ...]
    why_unseen: str
    subject: str
    judged: Judged | None = None
    """Of values that a model said: what is known of it."""
    order: tuple[str, ...] = ()
    """Of a suite that was stopped early: these cases in the order drawn, up to the first that was not run."""
    not_run: tuple[str, ...] = ()
    """Of the unseen: those that were not run because the gates were settled."""
    failed: int = 0
    """Of latencies in a suite: how many are the timeout, for the agent failed."""
    each: str = "case"
    """What one value is of."""
    blocks: tuple[int, ...] = ()
    """The block of time of each value, where those of one may hang together; empty: all are independent."""
    repeats: int = 1
    """How often each case was asked: a value is the mean over that."""

    @property
    def ceiling(self) -> float:
        """What an unseen case could be at most; it is 0 at least."""
        return 1.0 if self.unit == "share" else math.inf

    @property
    def hits(self) -> int:
        """Of a binary sample: how many values are 1."""
        return round(math.fsum(self.values))


class Swapped(NamedTuple):
    """Counterfactual pairs by group: of each that was seen, how far apart its sides are."""

    step: str
    groups: Mapping[str, tuple[float, ...]]
    unseen: Mapping[str, int]
    values: bool
    """Whether a side's outcome is a value; else the two were decided alike or not."""
    why_unseen: str

    @property
    def lost(self) -> int:
        """How many pairs could not be seen."""
        return sum(self.unseen.values())


Found = Sample | Tally | Swapped | Gap


def chosen(gate: Gate, steps: Iterable[str]) -> tuple[str, ...]:
    """Of the steps that measure a metric, those whose evidence the gate takes.

    More than one is too many, except for counts; `from:` in the gate then says which.
    """
    if gate.sources:
        return tuple(step for step in steps if step in gate.sources)
    measuring = tuple(steps)
    return tuple(step for step in measuring if _namesake(gate, step)) or measuring


def find(gate: Gate, rule: Rule, evidence: Mapping[str, Evidence]) -> Found:
    """What the rule is judged over."""
    absent = [step for step in gate.sources if step not in evidence]
    if absent:
        return Gap(
            f"the gate takes its evidence from {_listed(absent)}, and there is none",
            "correct `from:`, or let that step run before the gate",
        )
    pool = {step: seen for step, seen in evidence.items() if not gate.sources or step in gate.sources}
    tellers = [step for step, seen in pool.items() if _tells(seen, rule.metric) or _fell(gate, step, seen)]
    found = [sample(step, rule, pool[step]) for step in chosen(gate, tellers)]
    if not found:
        return _unmeasured(pool)
    return found[0] if len(found) == 1 else _together(found, chosen(gate, tellers), pool)


def sample(step: str, rule: Rule, evidence: Evidence) -> Found:
    """What one step has to say about the rule's metric."""
    failed = _failed(step, evidence)
    if rule.metric in evidence.missing:
        reason, _, mend = evidence.missing[rule.metric].partition("; mend: ")
        return Gap(f"{step} could not measure it: {reason}", mend or f"see the log of {step}")
    if not _tells(evidence, rule.metric):
        return failed or Gap(f"{step} did not measure it", f"see the log of {step}")
    if rule.slice and rule.metric not in evidence.slices.get(rule.slice, {}):
        return failed or _no_slice(step, rule, evidence)
    measured = evidence.slices[rule.slice] if rule.slice else evidence.measurements
    measurement = measured[rule.metric]
    if isinstance(measurement, Swaps):
        return failed or _swapped(step, measurement, evidence)
    if not isinstance(measurement, Count):
        return failed or _values(step, rule.metric, measurement, evidence)
    if measurement.n < 0:
        return _broken(step, f"a count of {measurement.n}")
    return Tally(step=step, n=measurement.n, least=failed)


def _values(step: str, metric: str, measurement: Rate | Scores | Amounts, evidence: Evidence) -> Found:
    cases = measurement.cases
    unit = measurement.unit if isinstance(measurement, Amounts) else "share"
    ceiling = 1.0 if unit == "share" else math.inf
    odd = next((f"{case} = {value}" for case, value in cases.items() if not 0 <= value <= ceiling), "")
    if odd or math.inf in cases.values():
        return _broken(step, odd or "an infinite amount")
    values, ids = tuple(cases.values()), tuple(cases)
    judged = measurement.judged if isinstance(measurement, Scores) else None
    if judged is not None and len(judged.labels) != len(judged.said):
        return _broken(step, f"{len(judged.labels)} labels, of which a judge was asked {len(judged.said)}")
    if isinstance(measurement, Rate):
        hits, n = measurement.hits, measurement.n
        if not 0 <= hits <= n or (cases and (len(cases) != n or round(math.fsum(values)) != hits)):
            return _broken(step, f"{hits} of {n} with {len(cases)} cases")
        if not cases:
            values = (1.0,) * hits + (0.0,) * (n - hits)
    unseen = measurement.unseen
    why = _why_unseen(evidence)
    idle = frozenset(evidence.draw.not_run) if evidence.draw else frozenset()
    if set(unseen) & set(ids):
        return _broken(step, "cases both seen and unseen")
    if not values:
        nothing = f"none of {len(unseen)} cases could be seen{why}" if unseen else "no case was run"
        return Gap(f"{step}: {nothing}", f"see the log of {step}")
    return Sample(
        step=step,
        metric=metric,
        unit=unit,
        binary=isinstance(measurement, Rate),
        values=values,
        ids=ids,
        unseen=unseen,
        why_unseen=why,
        subject=evidence.subject,
        judged=judged,
        order=_order(evidence, {*ids, *unseen}),
        not_run=tuple(case for case in unseen if case in idle),
        failed=_failures(ids, evidence) if metric == "latency" else 0,
        each="case" if isinstance(measurement, Scores) else measurement.each,
        blocks=_blocks(ids, evidence),
        repeats=evidence.repeats,
    )


def _blocks(ids: Sequence[str], evidence: Evidence) -> tuple[int, ...]:
    """Where each value belongs; nowhere, where the values are of something else than what has blocks."""
    blocks = evidence.blocks
    return tuple(blocks[one] for one in ids) if ids and all(one in blocks for one in ids) else ()


def _order(evidence: Evidence, cases: Collection[str]) -> tuple[str, ...]:
    """The order in which these cases were drawn, as far as it was asked; empty where all were."""
    draw = evidence.draw
    if draw is None or not draw.not_run:
        return ()
    idle = frozenset(draw.not_run)
    return tuple(takewhile(lambda case: case not in idle, (one for one in draw.order if one in cases)))


def _swapped(step: str, swaps: Swaps, evidence: Evidence) -> Found:
    least = -1.0 if swaps.values else 0.0
    for group, pairs in swaps.groups.items():
        odd = next((f"{pair} = {value}" for pair, value in pairs.items() if not least <= value <= 1), "")
        if odd or set(pairs) & set(swaps.unseen.get(group, ())):
            return _broken(step, odd or "pairs both seen and unseen")
    names = {*swaps.groups, *swaps.unseen}
    found = Swapped(
        step=step,
        groups={name: tuple(swaps.groups.get(name, {}).values()) for name in sorted(names)},
        unseen={name: len(swaps.unseen.get(name, ())) for name in sorted(names)},
        values=swaps.values,
        why_unseen=_why_unseen(evidence),
    )
    if any(found.groups.values()):
        return found
    nothing = (
        f"none of {found.lost} pairs could be seen{found.why_unseen}" if found.lost else "no pair was asked"
    )
    return Gap(f"{step}: {nothing}", f"see the log of {step}")


def _failures(ids: Iterable[str], evidence: Evidence) -> int:
    """How many of the cases of a suite the agent failed."""
    errors = evidence.measurements.get("error_rate")
    if not evidence.subject or not isinstance(errors, Rate):
        return 0
    return sum(errors.cases.get(case) == 1 for case in ids)


def _namesake(gate: Gate, step: str) -> bool:
    return step.rpartition(".")[2] == gate.name


def _fell(gate: Gate, step: str, evidence: Evidence) -> bool:
    """Whether the gate's own step failed, so that what others measured cannot stand in for it."""
    return not gate.sources and _namesake(gate, step) and evidence.failure is not None


def _tells(evidence: Evidence, metric: str) -> bool:
    return metric in evidence.measurements or metric in evidence.missing


def _failed(step: str, evidence: Evidence) -> Gap | None:
    if evidence.failure is None:
        return None
    reason = {
        "outside": "something outside failed",
        "timeout": "it ran out of time",
        "cancelled": "it was cancelled",
    }.get(evidence.failure.reason, "it failed")
    return Gap(
        f"{step} was not completed, {reason}: {evidence.failure.message}",
        evidence.failure.mend or f"see the log of {step}",
    )


def _unmeasured(pool: Mapping[str, Evidence]) -> Gap:
    failed = [gap for step, seen in pool.items() if (gap := _failed(step, seen))]
    if failed:
        return failed[0]
    known = sorted({name for seen in pool.values() for name in seen.measurements})
    measured = f"measured were {', '.join(known)}" if known else "nothing was measured"
    return Gap(f"no step measured it; {measured}", "add a step that measures it, or take the rule out")


def _no_slice(step: str, rule: Rule, evidence: Evidence) -> Gap:
    if rule.slice in evidence.slices:
        return Gap(f"{step} could not measure it over `{rule.slice}`", f"see the log of {step}")
    near = difflib.get_close_matches(rule.slice, evidence.slices, 1, 0.6)
    known = ", ".join(sorted(evidence.slices)) or "none"
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return Gap(
        f"no case of {step} is tagged `{rule.slice}` (tags: {known}){meant}", "correct the tag, or tag cases"
    )


def _broken(step: str, what: str) -> Gap:
    return Gap(f"the evidence of {step} contradicts itself: {what}", f"run {step} again without the cache")


def _why_unseen(evidence: Evidence) -> str:
    """What the coverage notes about cases that were not seen; its other notes are about other things."""
    notes = evidence.coverage.notes if evidence.coverage else ()
    telling = [note for note in notes if "unseen" in note or "not run" in note]
    return f" ({'; '.join(telling or notes)})" if notes else ""


def _together(found: Sequence[Found], steps: Sequence[str], pool: Mapping[str, Evidence]) -> Found:
    """Counts of several steps add up; anything else of several steps is one too many."""
    tallies = [one for one in found if isinstance(one, Tally)]
    gap = next((one for one in found if isinstance(one, Gap)), None)
    if tallies and gap and len(tallies) < len(found):
        return gap
    if len(tallies) < len(found):
        return Gap(f"{_listed(steps)} measured it", f"say which one is meant: `from: {steps[0]}` in the gate")
    failed = [gap for step, seen in pool.items() if (gap := _failed(step, seen))]
    return Tally(
        step=", ".join(tally.step for tally in tallies),
        n=sum(tally.n for tally in tallies),
        least=next(iter(failed), None),
    )


def _listed(steps: Iterable[str]) -> str:
    return " and ".join(steps)
