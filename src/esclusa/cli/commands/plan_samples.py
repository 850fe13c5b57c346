"""`esclusa plan-samples`."""

from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json
from esclusa.gates.units import format_difference, format_interval, format_value
from esclusa.workspace.opened import open_project
from esclusa.workspace.plan_samples import (
    Design,
    RulePlan,
    SamplePlan,
    SuitePlan,
    Wishes,
    plan_samples,
    plan_suite,
)


def command(here: Path, suite: str, as_json: bool, **wishes: Any) -> None:
    """Show what it takes, or what so many cases tell."""
    wished = Wishes(**{name: value for name, value in wishes.items() if value is not None})
    if suite:
        rules = plan_suite(open_project(here), suite, wished)
        print_json(rules) if as_json else console().print(suite_page(rules))
        return
    plan = plan_samples(wished)
    print_json(plan) if as_json else console().print(page(plan))


def page(plan: SamplePlan) -> RenderableType:
    """The question, then both designs."""
    base, sure = _share(plan.baseline), _share(plan.power)
    if plan.drop is None:
        question = f"{plan.cases} cases, of which {base} are right today, show with {sure} power"
    elif plan.cases is None:
        question = f"to show with {sure} power that {base} fell by {_points(plan.drop)}, it takes"
    else:
        question = f"that {base} fell by {_points(plan.drop)}, {plan.cases} cases show"
    designs = Table(box=None, pad_edge=False, show_header=False)
    for design in plan.designs:
        designs.add_row(Text(design.design, style="name"), _told(design, plan), _how(design, plan))
    parts: list[RenderableType] = [Text(question), Text(), designs, Text()]
    if plan.interval and plan.cases and plan.drop is None:
        spread = format_interval(*plan.interval, "share")
        parts.append(
            Text(f"{base} right over {plan.cases} cases: {_share(1 - plan.alpha)} interval {spread}")
        )
    noise = f"Noise alone is called a fall in at most {_share(plan.alpha / 2)} of comparisons."
    return Group(*parts, Text(noise, style="quiet"))


def suite_page(plan: SuitePlan) -> RenderableType:
    """Each rule with what it can tell."""
    head = Text.assemble((plan.step, "name"), f": {plan.cases} cases of {plan.suite}")
    assumed = f"{_share(plan.baseline)} right and {_share(plan.errors)} errors are assumed"
    known = (
        f"Expected is what {' and '.join(plan.runs)} saw." if plan.runs else f"No run is stored: {assumed}."
    )
    if len(plan.runs) < 2:
        known += f" The correlation between two releases is assumed to be {plan.correlation:g}."
    rules = [_rule(one, plan) for one in plan.rules] or [Text("no gate has a rule over it", style="wait")]
    return Group(head, Text(), *rules, Text(known, style="quiet"))


def _rule(one: RulePlan, plan: SuitePlan) -> RenderableType:
    found = one.resolution
    head = Text.assemble(f"{one.gate}: ", (found.rule, "name"))
    if found.cases != plan.cases:
        head.append(f", {found.cases} cases")
    style = "" if found.can_pass and found.can_fail else "harm"
    says = [Text(f"  {said}", style=style) for said in found.says]
    return Group(head, *says, Text())


def _told(design: Design, plan: SamplePlan) -> str:
    if plan.drop is None:
        return f"a fall of {_points(design.drop)}" if design.drop is not None else "no fall"
    if plan.cases is None:
        return f"{design.cases} cases" if design.cases is not None else "more cases than anybody has"
    return f"in {_share(design.power or 0.0)} of runs"


def _how(design: Design, plan: SamplePlan) -> Text:
    paired = f"the same cases under both releases, correlation {plan.correlation:g}"
    return Text(
        paired if design.design == "paired" else "other cases under each, so many on each side", style="quiet"
    )


def _share(share: float) -> str:
    return format_value(share, "share")


def _points(drop: float) -> str:
    return format_difference(drop, "share").removeprefix("+")
