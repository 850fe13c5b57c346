"""`esclusa show`."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.commands import trial
from esclusa.cli.findings import findings
from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import sign, span
from esclusa.core.gate import Judgement
from esclusa.core.rollout import Rollout
from esclusa.core.run import Outcome, Run
from esclusa.workspace.opened import open_project
from esclusa.workspace.report import json_of, junit_of, markdown_of
from esclusa.workspace.show import show


def command(here: Path, run: str, as_json: bool, markdown: bool, junit: bool) -> None:
    """Show one run."""
    shown = show(open_project(here), run)
    if as_json:
        print_json(json_of(shown))
    elif markdown:
        print(markdown_of(shown))
    elif junit:
        print(junit_of(shown))
    else:
        console().print(page(shown.run, shown.rollouts))


def page(run: Run, rollouts: tuple[Rollout, ...] = ()) -> RenderableType:
    """The run's verdict first, then its gates, then what its rollouts found, then its steps."""
    parts: list[RenderableType] = [_head(run)]
    if run.judgements:
        parts += [Text(), gates(run.judgements)]
    for rollout in rollouts:
        if rollout.trial is not None:
            parts += [Text(), trial.report(rollout.trial)]
    parts += [Text(), steps(run)]
    found = [one for step in run.steps if step.evidence for one in step.evidence.findings]
    return Group(*parts, Text(), findings(found)) if found else Group(*parts)


def _head(run: Run) -> Text:
    head = Text.assemble(
        sign(run.outcome), "  ", (run.id, "name"), f"  {run.commit[:12]} {safe(run.subject)}"
    )
    if run.dirty:
        head.append("  with uncommitted changes", style="wait")
    if run.reason:
        head.append(f"\n{safe(run.reason)}")
    if run.outcome is Outcome.INTERRUPTED:
        head.append(f"\ngo on with: esclusa run --resume {run.id}")
    head.append(f"\nrelease {run.release[:12] or 'none'}, {span(run.seconds)}", style="quiet")
    return head


def gates(judgements: tuple[Judgement, ...], said: str = "") -> Table:
    """Each rule with its verdict and its sentence, unless that was `said` before."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("gate", "verdict", "rule"):
        made.add_column(name, no_wrap=True)
    made.add_column("why", ratio=1)
    for judgement in judgements:
        for number, rule in enumerate(judgement.rules):
            warn = " (warn)" if rule.mode == "warn" and "(warn)" not in rule.rule else ""
            made.add_row(
                judgement.gate if number == 0 else "",
                sign(rule.verdict),
                Text(rule.rule + warn),
                Text("see above" if _is_in(rule.sentence, said) else safe(rule.sentence)),
            )
    return made


def _is_in(sentence: str, said: str) -> bool:
    return bool(sentence) and sentence.rstrip(".").lower() in said.lower()


def _briefly(message: str, said: str) -> str:
    """A message without what was said at the head of the page."""
    if message and said.endswith(message):
        return "see above"
    return message.removesuffix(said).rstrip(": ") if said and message.endswith(said) else message


def steps(run: Run) -> Table:
    """Each step with its state, time and last numbers."""
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("step", "state"):
        made.add_column(name, no_wrap=True)
    made.add_column("took", justify="right", no_wrap=True)
    made.add_column("", ratio=1)
    for step in run.steps:
        failure = step.evidence.failure if step.evidence else None
        numbers = ", ".join(f"{name} {value}" for name, value in step.numbers.items())
        by = f"done by {step.cached_from}" if step.cached_from else ""
        made.add_row(
            step.id,
            sign(step.state) + Text(" (cached)" if step.cached else "", style="quiet"),
            span(step.seconds) if step.started else "",
            Text(safe(_briefly(failure.message, run.reason)) if failure else safe(numbers) or by),
        )
    return made
