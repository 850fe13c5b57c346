"""`esclusa status`."""

from pathlib import Path

import anyio
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from esclusa.cli.commands import trial
from esclusa.cli.commands.show import gates
from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import ordered, sign, span
from esclusa.core.run import Run, StepState
from esclusa.workspace.opened import open_project
from esclusa.workspace.status import EnvironmentStatus, status, under_way


def command(here: Path, as_json: bool, watch: bool) -> None:
    """Show what serves."""
    opened = open_project(here)

    async def looked() -> None:
        found = await status(opened)
        if as_json:
            print_json(found)
            return
        if not watch:
            console().print(page(found, under_way(opened)))
            return
        with Live(page(found, under_way(opened)), console=console(), auto_refresh=False) as live:
            while True:
                await anyio.sleep(1)
                live.update(page(await status(opened), under_way(opened)), refresh=True)

    anyio.run(looked)


def page(found: tuple[EnvironmentStatus, ...], run: Run | None = None) -> RenderableType:
    """The run under way, then each environment: where it answers, who serves, and its newest rollout."""
    parts: list[RenderableType] = [_run(run), Text()] if run is not None else []
    if not found:
        return Group(*parts, Text("no environments; declare some in esclusa.yaml"))
    for environment in found:
        parts += [_environment(environment), Text()]
    return Group(*parts[:-1])


def _run(run: Run) -> Text:
    text = Text.assemble("run ", (run.id, "name"), " ", sign(run.outcome), f" for {span(run.seconds)}")
    text.append(f"  {run.commit[:8]} {safe(run.subject)[:48]}", style="quiet")
    for step in run.steps:
        if step.state is StepState.RUNNING:
            numbers = "".join(f", {name} {safe(value)}" for name, value in step.numbers.items())
            text.append(f"\n  {step.id} for {span(step.seconds)}{numbers}")
    return text


def _environment(environment: EnvironmentStatus) -> RenderableType:
    seen = environment.observation
    where = seen.endpoint.url if seen.endpoint else "no endpoint"
    head = Text.assemble((environment.name, "name"), f"  {where}  router {safe(seen.router)}")
    for name, state in seen.services.items():
        head.append(f"  {name} {safe(state)}", style="" if state == "healthy" else "harm")
    parts: list[RenderableType] = [head]
    if seen.workloads:
        parts.append(_workloads(environment))
    if environment.closed:
        parts.append(Text(safe(environment.closed), style="wait"))
    rollout = environment.rollout
    if rollout is not None:
        parts.append(Text.assemble("rollout ", (rollout.id, "name"), " ", sign(rollout.state)))
        if rollout.ordered is not None:
            parts.append(Text(safe(ordered(rollout.ordered, rollout.environment))))
        if rollout.reason:
            parts.append(Text(safe(rollout.reason)))
        if rollout.awaits is not None:
            phase = rollout.phases[rollout.awaits.position].name
            answer = f'esclusa approve {rollout.id} --before "{phase}"'
            parts.append(Text(f"waits for a person; to answer: {answer} [--reject]", style="wait"))
        if rollout.judgement is not None and not rollout.final:
            parts.append(gates((rollout.judgement,)))
        if rollout.trial is not None:
            parts.append(trial.report(rollout.trial))
    return Group(*parts)


def _workloads(environment: EnvironmentStatus) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for name in ("release", "role", "replicas", "share", "restarts", "commit"):
        made.add_column(name, no_wrap=name != "commit")  # in a narrow terminal only the subject gives way
    for workload in environment.observation.workloads:
        release = next((one for one in environment.releases if one.id == workload.release), None)
        made.add_row(
            workload.release[:12],
            "stable" if workload.release == environment.serving else "candidate",
            f"{workload.healthy} of {workload.wanted} healthy",
            f"{workload.weight:.0%}",
            str(workload.restarts),
            Text(f"{release.commit[:8]} {safe(release.subject)[:48]}" if release else ""),
        )
    return made
