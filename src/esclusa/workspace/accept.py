"""`esclusa accept`: findings that somebody answers for, written into a file that is committed."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from esclusa.core.errors import UsageError
from esclusa.core.scan import ACTIONS, Kind
from esclusa.scans.acceptance import KINDS, Acceptance, add
from esclusa.workspace.opened import Opened, open_here

USUAL = "accepted.yaml"
LEAST = 4
"""Characters of a reason."""


def accept(
    here: Path, fingerprints: Sequence[str], *, reason: str, until: str, file: str, by: str, kind: str = ""
) -> str:
    """The file that was written, as the project calls it. UsageError before anything is.

    Without a file, the one that the project's own steps read.
    """
    opened = open_here(here)
    if kind and kind not in (*KINDS, *ACTIONS):
        raise UsageError(f"{kind} is no scan", mend=f"one of {', '.join(KINDS)}")
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise UsageError(f"{until} is no day", mend="--until 2027-01-31") from None
    if last < opened.clock.now().date():
        raise UsageError(f"{until} is over", mend="name a day to come")
    if len(reason.strip()) < LEAST:
        raise UsageError("the reason says nothing", mend="say why it may stay")
    file = file or _file(opened, kind)
    add(
        opened.root / file,
        file,
        tuple(dict.fromkeys(fingerprints)),
        Acceptance(reason=reason.strip(), expires=last, where=file, by=by, kind=_kind(kind)),
    )
    return file


def _file(opened: Opened, kind: str) -> str:
    """Where the steps of that kind, or all that scan, look for what is accepted."""
    project = opened.project if opened.has_file else None
    actions = [action for action, one in ACTIONS.items() if not kind or kind in (action, one)]
    named = {
        str(step.settings.get("accepted", USUAL))
        for stage in (project.stages if project else ())
        for step in stage.steps
        if step.uses in actions
    }
    if len(named) > 1:
        raise UsageError(
            f"the project's scans look for what is accepted in {' and '.join(sorted(named))}",
            mend="name one of them with --file, or say with --kind which scan found it",
        )
    return named.pop() if named else USUAL


def _kind(word: str) -> Kind | None:
    """Also by the name of its step."""
    return ACTIONS.get(word) or next((kind for kind in KINDS if kind == word), None)
