"""`esclusa approve`."""

import getpass
from pathlib import Path

import anyio

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.opened import open_project
from esclusa.workspace.steer import Answer, answer


def command(
    here: Path, *, rollout: str, reject: bool, before: str, by: str, reason: str, as_json: bool
) -> None:
    """Leave the answer, and say where to see what comes of it."""
    who = by or getpass.getuser()

    async def left() -> None:
        found = await answer(open_project(here), rollout, by=who, reason=reason, reject=reject, before=before)
        if as_json:
            print_json(summary(found, reject))
        else:
            console().print(safe(sentence(found, reject)), markup=False)

    anyio.run(left)


def summary(found: Answer, reject: bool) -> dict[str, object]:
    """The contract of `approve --json`: `asked` is empty when the answer changes nothing."""
    verb = "reject" if reject else "approve"
    return {
        "rollout": found.rollout.id,
        "phase": found.phase,
        "asked": "" if found.already else verb,
        "already_by": found.already.by if found.already else "",
    }


def sentence(found: Answer, reject: bool) -> str:
    """The same for people."""
    if found.already is not None:
        who = f" by {found.already.by}" if found.already.by else ""
        return f"`{found.phase}` of {found.rollout.id} was approved already{who}; nothing is changed"
    said = "rejected" if reject else "approved"
    return f"{said} `{found.phase}` of {found.rollout.id}; see: esclusa why {found.rollout.id}"
