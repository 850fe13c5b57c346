"""`esclusa plan-samples`: how many cases a question takes, and what so many cases can tell. Asks nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from esclusa.config.quantities import share
from esclusa.core.errors import UsageError
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.project import Step
from esclusa.core.value import Value, replace
from esclusa.evals.measure import corrected
from esclusa.evals.suite import Suite, load_suite
from esclusa.gates.question import Expected
from esclusa.gates.resolution import Resolution, correlation, resolve, untagged
from esclusa.gates.samples import Sample, chosen, sample
from esclusa.stats import drops
from esclusa.stats.intervals import wilson
from esclusa.workspace.opened import Opened

SHARE = 0.9
"""The share of cases that go well today, where neither a stored run nor a person says it."""
ALIKE = 0.6
"""The correlation of two releases, case by case, where neither two runs nor a person says it."""
ERRORS = 0.01
"""The share of cases that fail today, where no stored run says it."""
ALPHA = 0.05


class Design(Value, frozen=True, kw_only=True):
    """What a comparison of two releases takes, or tells. None: no number does, or no fall is seen."""

    design: Literal["paired", "unpaired"]
    cases: int | None = None
    drop: float | None = None
    power: float | None = None


class SamplePlan(Value, frozen=True, kw_only=True):
    """One question about falls of a share, answered for both designs.

    Asked is `cases`, `drop`, or both; `designs` have what was not asked: cases, the smallest drop, or power.
    """

    cases: int | None
    drop: float | None
    baseline: float
    correlation: float
    power: float
    alpha: float
    """Of the two-sided interval: noise is called a drop with a chance of at most half of it."""
    interval: tuple[float, float] | None
    """Where the true share is, when the baseline's share of `cases` is right."""
    designs: tuple[Design, ...]


class RulePlan(Value, frozen=True, kw_only=True):
    """What one rule of a gate can tell."""

    gate: str
    resolution: Resolution


class SuitePlan(Value, frozen=True, kw_only=True):
    """What the rules over one suite can tell, and which runs say what is expected."""

    step: str
    suite: str
    cases: int
    power: float
    baseline: float
    """The share of right cases, where no run is stored."""
    errors: float
    """The share of failed ones."""
    correlation: float
    """Between two releases, where there are no two runs of the same suite."""
    runs: tuple[str, ...]
    rules: tuple[RulePlan, ...]


class Wishes(Value, frozen=True, kw_only=True):
    """What was asked, as a person wrote it; empty where nothing was said."""

    cases: int | None = None
    drop: str = ""
    baseline: str = ""
    correlation: float | None = None
    power: str = "80%"
    alpha: str = ""


def plan_samples(wishes: Wishes) -> SamplePlan:
    """Answer for any suite; reads no project. UsageError for numbers that make no question."""
    if wishes.cases is None and not wishes.drop:
        raise UsageError("nothing is asked", mend="say `--drop 2%`, `--cases 80`, or name a suite")
    baseline = _today(wishes)
    drop = _drop(wishes)
    power = _power(wishes)
    alpha = _share("--alpha", wishes.alpha) if wishes.alpha else ALPHA
    if not 0.0 < alpha <= 0.5:
        raise UsageError(f"--alpha is between 0 and 50 %, not {wishes.alpha}", mend="say `--alpha 5%`")
    if baseline <= 0.0:
        raise UsageError("nothing falls from 0 %", mend="say the share of today, `--baseline 90%`")
    if drop is not None and not 0.0 < drop <= baseline:
        raise UsageError(
            f"a share of {baseline:.6g} cannot fall by {drop:.6g}", mend="say a `--drop` between 0 and it"
        )
    return SamplePlan(
        cases=wishes.cases,
        drop=drop,
        baseline=baseline,
        correlation=_alike(wishes),
        power=power,
        alpha=alpha,
        interval=wilson(baseline * wishes.cases, wishes.cases, 1.0 - alpha) if wishes.cases else None,
        designs=(
            _paired(wishes.cases, drop, baseline, _alike(wishes), power, 1.0 - alpha),
            _unpaired(wishes.cases, drop, baseline, power, 1.0 - alpha),
        ),
    )


def plan_suite(opened: Opened, name: str, wishes: Wishes) -> SuitePlan:
    """What the rules of the project's gates over a suite can tell; `name` is its step's, or its file.

    UsageError when there is no such suite, ConfigurationError when it or the project is wrong.
    """
    if wishes.alpha:
        raise UsageError("gates judge at 95 %, so a suite has no `--alpha`", mend="leave it out")
    power = _power(wishes)
    step = _named(opened, name)
    suite = load_suite(opened.root / str(step.settings["suite"]))
    if suite.load is not None:
        raise UsageError(
            f"{step.id} measures a load: how much it tells hangs on its time, not on its cases",
            mend="name a suite with scorers",
        )
    seen = _stored(opened, step)
    return SuitePlan(
        step=step.id,
        suite=str(step.settings["suite"]),
        cases=wishes.cases or len(suite.dataset.questions),
        power=power,
        baseline=_today(wishes),
        errors=ERRORS,
        correlation=_alike(wishes),
        runs=tuple(run for run, _ in seen),
        rules=tuple(
            RulePlan(gate=gate, resolution=_resolution(opened, step, rule, suite, seen, wishes))
            for gate, rule in _rules(opened, step)
        ),
    )


def _resolution(
    opened: Opened,
    step: Step,
    rule: Rule,
    suite: Suite,
    seen: Sequence[tuple[str, Evidence]],
    wishes: Wishes,
) -> Resolution:
    cases = _cases(suite, rule, wishes)
    if not cases:
        return untagged(rule)
    metric = opened.checked.metrics[rule.metric]
    expected = _expected(step, rule, metric, [evidence for _, evidence in seen], wishes)
    found = resolve(rule, metric, cases, expected, power=_power(wishes), drop=_drop(wishes))
    return _with_labels(suite, rule, found)


def _paired(
    cases: int | None, drop: float | None, share: float, correlation: float, power: float, confidence: float
) -> Design:
    if drop is None:
        assert cases is not None
        found = drops.paired_drop(cases, share, correlation, power=power, confidence=confidence)
        return Design(design="paired", drop=found)
    if cases is None:
        needed = drops.paired_cases(share, drop, correlation, power=power, confidence=confidence)
        return Design(design="paired", cases=needed)
    shown = drops.paired_power(cases, share, drop, correlation, confidence=confidence)
    return Design(design="paired", power=shown)


def _unpaired(cases: int | None, drop: float | None, share: float, power: float, confidence: float) -> Design:
    if drop is None:
        assert cases is not None
        found = drops.unpaired_drop(cases, share, power=power, confidence=confidence)
        return Design(design="unpaired", drop=found)
    if cases is None:
        needed = drops.unpaired_cases(share, drop, power=power, confidence=confidence)
        return Design(design="unpaired", cases=needed)
    return Design(design="unpaired", power=drops.unpaired_power(cases, share, drop, confidence=confidence))


def _share(option: str, text: str) -> float:
    try:
        return share(text)
    except ValueError:
        raise UsageError(f"{option}: expected a share such as `2%` or `0.02`, found '{text}'") from None


def _today(wishes: Wishes) -> float:
    return _share("--baseline", wishes.baseline) if wishes.baseline else SHARE


def _alike(wishes: Wishes) -> float:
    return ALIKE if wishes.correlation is None else wishes.correlation


def _drop(wishes: Wishes) -> float | None:
    return _share("--drop", wishes.drop) if wishes.drop else None


def _power(wishes: Wishes) -> float:
    power = _share("--power", wishes.power)
    if not 0.5 <= power < 1.0:
        raise UsageError(
            f"--power is at least 50 % and under 100 %, not {wishes.power}", mend="say `--power 80%`"
        )
    return power


def _named(opened: Opened, name: str) -> Step:
    """The eval step that is meant, by its id, its last part, or its suite's file."""
    steps = [step for stage in opened.project.stages for step in stage.steps if step.uses == "eval"]
    found = [
        step
        for step in steps
        if name in (step.id, step.id.rpartition(".")[2]) or _same_file(opened.root, step, name)
    ]
    if not found:
        known = ", ".join(step.id for step in steps) or "none"
        raise UsageError(f"there is no suite '{name}'", mend=f"suites of this project: {known}")
    return found[0]


def _same_file(root: Path, step: Step, name: str) -> bool:
    suite = str(step.settings["suite"])
    return suite == name or (root / suite).resolve() == Path(name).resolve()


def _rules(opened: Opened, step: Step) -> list[tuple[str, Rule]]:
    """The rules that are judged over this step's evidence, each with its gate."""
    measures = opened.checked.measures
    return [
        (gate.name, rule)
        for gate in opened.project.gates
        for rule in gate.rules
        if step.id in chosen(gate, [one for one, names in measures.items() if rule.metric in names])
    ]


def _with_labels(suite: Suite, rule: Rule, found: Resolution) -> Resolution:
    """Of a judge's mean that labels correct: they leave something open, which no number of cases closes."""
    if rule.metric not in corrected(suite) or rule.slice or isinstance(rule.limit, Relative):
        return found
    labels = len(suite.calibrations[rule.metric].labels)
    more = f"{labels} labels of people correct it: what they leave open comes on top, however many the cases"
    return replace(found, says=(*found.says, more))


def _cases(suite: Suite, rule: Rule, wishes: Wishes) -> int:
    """How many cases the rule is about; of a larger suite that is thought of, as large a part."""
    questions = suite.dataset.questions
    asked = sum(rule.slice in question.tags for question in questions) if rule.slice else len(questions)
    if wishes.cases is None or not asked:
        return asked
    return max(1, round(wishes.cases * asked / len(questions)))


def _stored(opened: Opened, step: Step) -> list[tuple[str, Evidence]]:
    """The step's evidence in the newest run that asked it, and in the one before that asked the same."""
    if not opened.state.is_dir():
        return []
    finished = [recorded.event for recorded in opened.store.journal.read()]
    asked = [
        (event.run, event.evidence)
        for event in finished
        if isinstance(event, StepFinished) and event.step == step.id and event.evidence.measurements
        if not event.cached
    ]
    newest = asked[-1:]
    before = [one for one in asked[:-1] if one[1].subject == newest[0][1].subject]
    return [*newest, *before[-1:]]


def _expected(step: Step, rule: Rule, metric: Metric, seen: Sequence[Evidence], wishes: Wishes) -> Expected:
    """What the stored runs say of the metric. What a person says of today goes before what it was."""
    better = metric.better == "higher"
    assumed = Expected(share=_today(wishes) if better else 1.0 - ERRORS, correlation=_alike(wishes))
    found = [one for evidence in seen if isinstance(one := sample(step.id, rule, evidence), Sample)]
    if not found:
        return assumed
    values, before = _together(found) if wishes.correlation is None else (found[0].values, ())
    if wishes.baseline and better and metric.kind == "rate":
        known = correlation(values, before)
        return assumed if known is None else replace(assumed, correlation=max(0.0, known))
    return replace(assumed, values=values, before=before)


def _together(found: Sequence[Sample]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The newest values, and those before of the same cases; without the latter, all of the newest."""
    now, before = found[0], dict(zip(found[-1].ids, found[-1].values, strict=False))
    both = [case for case in now.ids if case in before] if len(found) > 1 else []
    if not both:
        return now.values, ()
    values = dict(zip(now.ids, now.values, strict=True))
    return tuple(values[case] for case in both), tuple(before[case] for case in both)
