"""`esclusa why`."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.commands import trial
from esclusa.cli.commands.show import gates
from esclusa.cli.output import console, print_json, safe
from esclusa.cli.words import ordered, sign
from esclusa.core.events import (
    NoticeGivenUp,
    Notified,
    OperationDone,
    Recorded,
    Recovered,
    RolloutCreated,
    RolloutMoved,
    RolloutSteered,
)
from esclusa.core.project import DIRECT
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.workspace.opened import open_project
from esclusa.workspace.why import Story, why

COUNTS = (
    "exposed: requests that the candidate served; harmed: those that failed;"
    " turns: those judged, of a conversation up to its first failure"
)


def command(here: Path, rollout: str, as_json: bool) -> None:
    """Tell a rollout's story."""
    story = why(open_project(here), rollout)
    if as_json:
        print_json(story)
    else:
        console().print(page(story))


def page(story: Story) -> RenderableType:
    """State, sentence, numbers, exposure, then what happened."""
    rollout = story.rollout
    head = Text.assemble(sign(rollout.state), "  ", (rollout.id, "name"), f"  {rollout.environment}")
    if rollout.reason:
        head.append(f"\n{safe(rollout.reason)}")
    head.append(f"\ncandidate {_named(rollout.candidate, story.candidate)}", style="quiet")
    head.append(f"\nstable    {_named(rollout.stable, story.stable)}", style="quiet")
    head.append(f"\nexposed {rollout.exposed} requests, harmed {rollout.harmed}{_limit(rollout)}")
    head.append(f"; {rollout.units} turns judged")
    head.append(f"\n{COUNTS}", style="quiet")
    if rollout.mirrored:
        lost = f"{rollout.mirrored_failed} of them failed, and nobody saw it"
        head.append(f"\nsent copies of {rollout.mirrored} requests; {lost}")
    judged = any(phase.exit.judged for phase in rollout.phases)
    way = rollout.spec.uses if judged else DIRECT
    head.append(f"\n{way}, at most {rollout.peak} replicas at once", style="quiet")
    parts: list[RenderableType] = [head]
    if rollout.judgement is not None:
        parts += [Text(), gates((rollout.judgement,), said=rollout.reason)]
    if rollout.trial is not None:
        parts += [Text(), trial.report(rollout.trial)]
    return Group(*parts, Text(), _events(story.events, said=rollout.reason))


def _limit(rollout: Rollout) -> str:
    """What `max_harmed` allows; it does not bound a long phase at full traffic."""
    most = rollout.spec.max_harmed
    if most is None:
        return ""
    been = rollout.phases[: rollout.position + 1]
    watched = rollout.spec.watch > 0 and rollout.state in (RolloutState.WATCHING, RolloutState.PROMOTED)
    free = [phase.name for phase in been if not phase.exit.bounded] + (["watch"] if watched else [])
    return f" (max_harmed {most} does not bound {' and '.join(free)})" if free else f" of at most {most}"


def _named(release_id: str, release: Release | None) -> str:
    if not release_id:
        return "none"
    return f"{release_id[:12]} {release.commit[:8]} {safe(release.subject)}" if release else release_id[:12]


def _events(events: tuple[Recorded, ...], said: str) -> Table:
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(no_wrap=True, style="quiet")
    made.add_column(ratio=1)
    for recorded in events:
        line = _line(recorded, said)
        if line is not None:
            made.add_row(f"{recorded.at.astimezone():%H:%M:%S}", line)
    return made


def _line(recorded: Recorded, said: str) -> Text | None:
    """One event, or nothing. A reason that is the rollout's own was `said` at the head."""
    event = recorded.event
    if isinstance(event, RolloutCreated):
        shares = ", ".join(f"{share:.0%}" for share in event.steps if share)
        way = f"by {event.strategy}" if event.steps else "the direct way"
        text = Text(f"set out {way}: {shares}" if shares else f"set out {way}")
        if event.ordered is not None:
            text.append(f"; {safe(ordered(event.ordered, event.environment))}")
        return text
    if isinstance(event, RolloutMoved):
        text = Text.assemble(sign(event.state), f" at {event.share:.0%}")
        return text.append(f": {safe(event.reason)}") if event.reason not in ("", said) else text
    if isinstance(event, OperationDone):
        return Text(f"change {event.generation} in force after {event.seconds:.1f} s", style="quiet")
    if isinstance(event, RolloutSteered) and event.decision.verb == "override":
        override = event.decision
        against = f"{safe(override.although)}; {safe(override.reason)}"
        return Text(f"{safe(override.by)} went on in spite of this: {against}")
    if isinstance(event, Notified):
        return Text(f"told {safe(event.channel)}: {event.what.replace('_', ' ')}", style="quiet")
    if isinstance(event, NoticeGivenUp):
        what = f"{event.what.replace('_', ' ')}, tried {event.attempts} times"
        return Text(f"could not tell {safe(event.channel)}: {what}: {safe(event.trouble)}", style="harm")
    if isinstance(event, Recovered):
        return Text(f"recovered {event.what}: {event.how}", style="wait")
    return None
