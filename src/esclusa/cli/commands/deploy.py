"""`esclusa deploy`."""

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
from rich.text import Text

from esclusa.cli.commands.show import gates
from esclusa.cli.output import console, print_json, safe
from esclusa.core.rollout import Decision, Rollout, RolloutState
from esclusa.workspace.deploy import Passage, deploy, followed, passage
from esclusa.workspace.opened import open_project

EXIT = {RolloutState.PROMOTED: 0, RolloutState.ROLLED_BACK: 1, RolloutState.SUPERSEDED: 1}
"""By how it ended; 3 when something outside stood in its way."""


class Lines:
    """A rollout's news as lines; the numbers in between are for `esclusa status --watch`."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def say(self, text: str) -> None:
        """Something happened."""
        if not self._quiet:
            console().print(safe(text), markup=False)

    def tell(self, numbers: Mapping[str, str]) -> None:
        """Left out."""


def command(
    here: Path,
    *,
    release: str,
    source: str,
    environment: str,
    detach: bool,
    override: str | None,
    by: str,
    reason: str,
    as_json: bool,
) -> None:
    """Show what let the release through, set it out, follow it, and end with its exit code."""
    opened, who, lines = open_project(here), by or getpass.getuser(), Lines(as_json)
    going = passage(opened, release, source=source, environment=environment)
    ordered = Decision(verb="deploy", by=who, reason=reason)
    against = Decision(verb="override", by=who, reason=override) if override else None
    if not as_json:
        _introduce(going)

    async def went() -> Rollout:
        begun = await deploy(opened, going, lines, ordered=ordered, override=against)
        return begun if detach else await followed(opened, begun, lines)

    ended = anyio.run(went)
    if as_json:
        print_json(summary(ended))
    elif detach:
        lines.say(f"rollout {ended.id} goes on by itself; see: esclusa why {ended.id}")
    if not detach:
        sys.exit(EXIT.get(ended.state, 3))


def summary(rollout: Rollout) -> dict[str, object]:
    """The contract of `deploy --json`."""
    return {
        "rollout": rollout.id,
        "environment": rollout.environment,
        "release": rollout.candidate,
        "state": rollout.state.value,
        "reason": rollout.reason,
    }


def _introduce(going: Passage) -> None:
    out, release = console(), going.release
    sealed = f", sealed {release.sealed:%Y-%m-%d %H:%M} UTC by {release.run}" if release.sealed else ""
    head = Text.assemble(
        (release.short, "name"), f" {release.commit[:8]} {safe(release.subject)} -> {going.environment.name}"
    )
    out.print(head.append(sealed, style="quiet"))
    if release.judgements:
        out.print(gates(release.judgements))
