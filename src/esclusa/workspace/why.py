"""`esclusa why ROLLOUT`: what a rollout did and the numbers behind it."""

from esclusa.core.errors import UsageError
from esclusa.core.events import Recorded, RolloutCreated
from esclusa.core.release import Release
from esclusa.core.rollout import Rollout
from esclusa.core.value import Value
from esclusa.workspace.opened import Opened


class Story(Value, frozen=True, kw_only=True):
    """A rollout, its events in order, and the releases it is between."""

    rollout: Rollout
    events: tuple[Recorded, ...]
    candidate: Release | None = None
    stable: Release | None = None


def why(opened: Opened, name: str = "") -> Story:
    """The rollout of that id, of a run, or the newest of an environment; the newest of all if unnamed."""
    rollout = find_rollout(opened, name)
    return Story(
        rollout=rollout,
        events=tuple(opened.store.journal.read(rollout=rollout.id)),
        candidate=opened.store.releases.get(rollout.candidate),
        stable=opened.store.releases.get(rollout.stable) if rollout.stable else None,
    )


def find_rollout(opened: Opened, name: str = "") -> Rollout:
    """The rollout that `why` tells of. UsageError when nothing is named so."""
    if name in opened.environments:
        found = opened.store.rollouts.latest(name)
    elif name:
        found = opened.store.rollouts.load(name) or _of_run(opened, name)
    else:
        latest = [opened.store.rollouts.latest(environment) for environment in opened.environments]
        found = max(filter(None, latest), key=lambda rollout: rollout.started, default=None)
    if found is None and name and name not in opened.environments:
        raise UsageError(
            f"there is no rollout '{name}'",
            mend="name a rollout, a run or an environment; esclusa history lists the runs",
        )
    if found is None:
        raise UsageError(f"nothing was rolled out{f' to {name}' if name else ''} yet", mend="esclusa run")
    return found


def _of_run(opened: Opened, run: str) -> Rollout | None:
    """The newest rollout that a run set out on; what takes one back again is not what it set out on."""
    events = [each.event for each in opened.store.journal.read(run=run)]
    rollouts = [each.rollout for each in events if isinstance(each, RolloutCreated) and not each.undoes]
    return opened.store.rollouts.load(rollouts[-1]) if rollouts else None
