"""`esclusa lock` and `esclusa unlock`."""

import getpass
from pathlib import Path

from esclusa.cli.output import console, print_json, safe
from esclusa.workspace.lock import lock, unlock
from esclusa.workspace.opened import open_project


def command(
    here: Path, verb: str, *, environment: str, by: str, reason: str, as_json: bool, length: str = ""
) -> None:
    """Lock or unlock, and say what that means for what is under way."""
    who, opened = by or getpass.getuser(), open_project(here)
    if verb == "unlock":
        ended = unlock(opened, environment, by=who, reason=reason)
        if as_json:
            print_json({"environment": ended.environment, "locked": False})
        else:
            _say(f"{ended.environment} is open again; it was locked by {ended.by}: {ended.reason}")
        return
    made = lock(opened, environment, by=who, reason=reason, length=length)
    if as_json:
        goes_on = made.goes_on.id if made.goes_on else ""
        print_json({"environment": made.lock.environment, "locked": True, "goes_on": goes_on})
        return
    until = f" until {made.lock.until.astimezone():%Y-%m-%d %H:%M %Z}" if made.lock.until else ""
    _say(f"{made.lock.environment} is locked{until}; going back is not")
    if made.goes_on is not None:
        _say(
            f"rollout {made.goes_on.id} is under way and goes on; to hold it: esclusa pause {made.goes_on.id}"
        )


def _say(text: str) -> None:
    console().print(safe(text), markup=False)
