"""`esclusa promote | pause | resume | abort`: a person's wish, which the controller carries out.

Four verbs in one file, because they are one: each leaves a wish beside the rollout and wakes the controller.
"""

from typing import Literal

from esclusa.core.errors import UsageError
from esclusa.core.rollout import Rollout, Wish
from esclusa.workspace.controller import ensure_controller
from esclusa.workspace.opened import Opened
from esclusa.workspace.why import find_rollout

Verb = Literal["promote", "pause", "resume", "abort"]


async def steer(opened: Opened, verb: Verb, name: str = "", *, by: str, reason: str = "") -> Rollout:
    """Leave the wish, and make sure somebody is there to see it. UsageError when the rollout is over."""
    rollout = find_rollout(opened, name)
    if rollout.final:
        raise UsageError(
            f"rollout {rollout.id} is over: {rollout.state.value.replace('_', ' ')}",
            mend="esclusa rollback goes back to the release before" if verb == "abort" else "esclusa status",
        )
    opened.store.rollouts.wish(rollout.id, Wish(verb=verb, by=by, reason=reason))
    await ensure_controller(opened)
    return rollout
