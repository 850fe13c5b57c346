"""`esclusa rollout plan`."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import console, print_json
from esclusa.cli.words import span
from esclusa.gates.foresight import Prospect
from esclusa.workspace.opened import open_project
from esclusa.workspace.rollout_plan import RolloutPlan, rollout_plan


def command(here: Path, environment: str, rate: float, errors: float, as_json: bool) -> None:
    """Show the steps, and what would become of worse and worse candidates."""
    plan = rollout_plan(open_project(here), environment, rate=rate, baseline=errors / 100)
    if as_json:
        print_json(plan)
    else:
        console().print(page(plan))


def page(plan: RolloutPlan) -> RenderableType:
    """Steps, then prospects."""
    traffic = f"{plan.rate:g} turns a second, of which {_share(plan.baseline)} fail today"
    head = Text.assemble((plan.strategy, "name"), f" in {plan.environment}, at {traffic}")
    steps = _table("step", "new release gets", "lasts at least", "its turns")
    for step in plan.steps:
        steps.add_row(step.name, _share(step.share), span(step.seconds), f"{step.turns:.0f}")
    prospects = _table(
        "a release that fails", "is taken back", "after", "nine in ten by", "its turns", "failed"
    )
    for prospect in plan.prospects:
        prospects.add_row(*_row(prospect))
    note = Text("Played with independent turns at a steady pace; real traffic is burstier.", style="quiet")
    return Group(head, Text(), steps, Text(), prospects, Text(), note)


def _row(prospect: Prospect) -> tuple[str, ...]:
    return (
        _share(prospect.candidate),
        f"{prospect.caught:.0%}",
        span(prospect.seconds) if prospect.seconds is not None else "-",
        span(prospect.late) if prospect.late is not None else "-",
        f"{prospect.exposed:.0f}",
        f"{prospect.harmed:.1f}",
    )


def _share(share: float) -> str:
    return f"{share * 100:.3g} %"


def _table(*heads: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for number, head in enumerate(heads):
        made.add_column(head, justify="left" if number == 0 else "right")
    return made
