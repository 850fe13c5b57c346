"""`esclusa show RUN`: one run with its steps, judgements and rollouts."""

from collections import deque
from pathlib import Path

from esclusa.core.errors import UsageError
from esclusa.core.rollout import Rollout
from esclusa.core.run import Run, StepState
from esclusa.core.value import Value
from esclusa.workspace.history import history
from esclusa.workspace.opened import Opened

TAIL = 40
"""Lines of a failing step that a report shows."""


class Shown(Value, frozen=True, kw_only=True):
    """A run and the rollouts it set out on."""

    run: Run
    rollouts: tuple[Rollout, ...] = ()
    tail: str = ""
    """The last lines of the failing step's log."""


def show(opened: Opened, name: str = "") -> Shown:
    """The run of that id or of a unique part of one, the newest if none is named. UsageError otherwise."""
    run = find_run(opened, name)
    found = (opened.store.rollouts.load(rollout) for rollout in run.rollouts)
    return Shown(
        run=run, rollouts=tuple(rollout for rollout in found if rollout is not None), tail=_tail(opened, run)
    )


def tail_of(path: Path, lines: int) -> tuple[str, ...]:
    """The last lines of a log; none when there is no log."""
    if not path.is_file():
        return ()
    with path.open(errors="replace") as handle:
        return tuple(line.rstrip("\n") for line in deque(handle, lines))


def _tail(opened: Opened, run: Run) -> str:
    failed = next((step for step in run.steps if step.state is StepState.FAILED and step.log), None)
    return "\n".join(tail_of(opened.state / failed.log, TAIL)) if failed else ""


def find_run(opened: Opened, name: str = "") -> Run:
    """The run that `show` shows."""
    runs = history(opened)
    if not runs:
        raise UsageError("there is no run yet", mend="esclusa run")
    named = [run for run in runs if run.id == name] or [run for run in runs if name in run.id]
    if len(named) == 1 or (named and not name):
        return named[0]
    problem = f"'{name}' names {len(named)} runs" if named else f"there is no run '{name}'"
    raise UsageError(problem, mend="esclusa history lists them")
