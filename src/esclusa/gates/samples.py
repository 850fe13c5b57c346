"""Samples: the values that one rule is judged over, found among the evidence of a run's steps.

What cannot be found, or cannot be trusted, is a `Gap` with its reason and its mend: never an empty sample.

Whose evidence counts: the steps that the gate names; else the step with the gate's own name, where it
measured the metric or failed before it could; else the one step that measured it. Two that measured it are a
gap, except for counts of findings, which add up.
"""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from esclusa.core.evidence import Amounts, Count, Evidence, Rate, Scores
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

    @property
    def ceiling(self) -> float:
        """What an unseen case could be at most; it is 0 at least."""
        return 1.0 if self.unit == "share" else math.inf

    @property
    def hits(self) -> int:
        """Of a binary sample: how many values are 1."""
        return round(math.fsum(self.values))


Found = Sample | Tally | Gap


def find(gate: Gate, rule: Rule, evidence: Mapping[str, Evidence]) -> Found:
    """What the rule is judged over."""
    absent = [step for step in gate.sources if step not in evidence]
    if absent:
        return Gap(
            f"the gate takes its evidence from {_listed(absent)}, and there is none",
            "correct `from:`, or let that step run before the gate",
        )
    pool = {step: evidence[step] for step in gate.sources or _own(gate, rule, evidence) or evidence}
    tellers = [step for step, seen in pool.items() if _tells(seen, rule.metric)]
    if not tellers:
        return _unmeasured(pool)
    found = [sample(step, rule, pool[step]) for step in tellers]
    if len(found) == 1:
        return found[0]
    if any(not isinstance(one, Tally) for one in found):
        return next(
            (one for one in found if isinstance(one, Gap) and rule.estimator == "count"),
            Gap(
                f"{_listed(tellers)} all measured it",
                f"say which one is meant: `from: {tellers[0]}` in the gate",
            ),
        )
    return _added([one for one in found if isinstance(one, Tally)], pool)


def sample(step: str, rule: Rule, evidence: Evidence) -> Found:
    """What one step has to say about the rule's metric."""
    if rule.metric in evidence.missing:
        return Gap(f"{step} could not measure it: {evidence.missing[rule.metric]}", f"see the log of {step}")
    if rule.slice and rule.slice not in evidence.slices:
        return _no_slice(step, rule.slice, evidence)
    measured = evidence.slices[rule.slice] if rule.slice else evidence.measurements
    if rule.metric not in measured:
        return Gap(f"{step} did not measure it", f"see the log of {step}")
    measurement = measured[rule.metric]
    failed = _failed(step, evidence)
    if isinstance(measurement, Count):
        if measurement.n < 0:
            return _broken(step, f"a count of {measurement.n}")
        return Tally(step=step, n=measurement.n, least=failed)
    return failed or _values(step, rule.metric, measurement, evidence)


def _values(step: str, metric: str, measurement: Rate | Scores | Amounts, evidence: Evidence) -> Found:
    cases = measurement.cases
    unit = measurement.unit if isinstance(measurement, Amounts) else "share"
    ceiling = 1.0 if unit == "share" else math.inf
    odd = next((f"{case} = {value}" for case, value in cases.items() if not 0 <= value <= ceiling), "")
    if odd or math.inf in cases.values():
        return _broken(step, odd or "an infinite amount")
    values, ids = tuple(cases.values()), tuple(cases)
    if isinstance(measurement, Rate):
        hits, n = measurement.hits, measurement.n
        if not 0 <= hits <= n or (cases and (len(cases) != n or round(math.fsum(values)) != hits)):
            return _broken(step, f"{hits} of {n} with {len(cases)} cases")
        if not cases:
            values = (1.0,) * hits + (0.0,) * (n - hits)
    unseen = measurement.unseen
    why = _why_unseen(evidence)
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
    )


def _own(gate: Gate, rule: Rule, evidence: Mapping[str, Evidence]) -> list[str]:
    """Steps with the gate's own name that measured the metric, or failed before they could."""
    return [
        step
        for step, seen in evidence.items()
        if step.rpartition(".")[2] == gate.name and (_tells(seen, rule.metric) or seen.failure is not None)
    ]


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


def _no_slice(step: str, tag: str, evidence: Evidence) -> Gap:
    near = difflib.get_close_matches(tag, evidence.slices, 1, 0.6)
    known = ", ".join(sorted(evidence.slices)) or "none"
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return Gap(f"no case of {step} is tagged `{tag}` (tags: {known}){meant}", "correct the tag, or tag cases")


def _broken(step: str, what: str) -> Gap:
    return Gap(f"the evidence of {step} contradicts itself: {what}", f"run {step} again without the cache")


def _why_unseen(evidence: Evidence) -> str:
    notes = evidence.coverage.notes if evidence.coverage else ()
    return f" ({'; '.join(notes)})" if notes else ""


def _added(tallies: Iterable[Tally], pool: Mapping[str, Evidence]) -> Tally:
    parts = list(tallies)
    short = [gap for step, seen in pool.items() if (gap := _failed(step, seen))]
    return Tally(
        step=", ".join(part.step for part in parts),
        n=sum(part.n for part in parts),
        least=next((part.least for part in parts if part.least), next(iter(short), None)),
    )


def _listed(steps: Iterable[str]) -> str:
    return " and ".join(steps)
