"""`esclusa check`: the file validated, the plan shown; nothing is started, built or written."""

from pathlib import Path

from esclusa.config.plan import Plan, plan_lines, plan_of
from esclusa.core.value import Value
from esclusa.workspace.project import find_root, read_project


class CheckedPlan(Value, frozen=True, kw_only=True):
    """The plan, as a value and as lines of text, and what is probably not meant so."""

    plan: Plan
    lines: tuple[str, ...]
    warnings: tuple[str, ...]


def check(here: Path) -> CheckedPlan:
    """ConfigurationError with everything that is wrong, or the plan."""
    checked = read_project(find_root(here))
    plan = plan_of(checked)
    return CheckedPlan(plan=plan, lines=tuple(plan_lines(plan)), warnings=checked.warnings)
