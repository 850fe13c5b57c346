"""`esclusa promote | pause | resume | abort | approve`: a person's wish, which the controller carries out.

Five verbs in one file, because they are one: each leaves a wish beside the rollout and wakes the controller.
"""

from typing import Literal

from esclusa.core.errors import UsageError
from esclusa.core.rollout import Decision, Rollout, Wish
from esclusa.core.value import Value
from esclusa.deploy.approval import not_asked
from esclusa.workspace.controller import ensure_controller
from esclusa.workspace.opened import Opened
from esclusa.workspace.why import find_rollout

Verb = Literal["promote", "pause", "resume", "abort"]


class Answer(Value, frozen=True, kw_only=True):
    """What was asked of a rollout, or why there was nothing to ask: then nothing was changed."""

    rollout: Rollout
    phase: str = ""
    """What the answer is for."""
    already: Decision | None = None
    """The approval that was given before; this one changes nothing."""


async def answer(
    opened: Opened, name: str = "", *, by: str, reason: str = "", reject: bool = False, before: str = ""
) -> Answer:
    """Say yes or no to what a rollout waits for now, and to nothing that it may wait for later.

    `before` names the phase that is meant, for who wants to be sure. UsageError when nothing waits, another
    phase waits than was meant, or this person is not asked.
    """
    rollout = _waiting(opened, name)
    if rollout.awaits is None:
        given = [one for one in rollout.decisions if one.verb == "approve" and before in ("", one.phase)]
        if given and not reject:
            return Answer(rollout=rollout, phase=given[-1].phase, already=given[-1])
        state = rollout.state.value.replace("_", " ")
        raise UsageError(
            f"rollout {rollout.id} does not wait for an approval: it is {state}",
            mend="esclusa status shows what waits for whom",
        )
    phase = rollout.phases[rollout.awaits.position].name
    if before not in ("", phase):
        raise UsageError(
            f"rollout {rollout.id} waits before `{phase}`, not before `{before}`", mend="esclusa status"
        )
    refused = not_asked(rollout, by)
    if refused:
        raise UsageError(refused, mend="one of them has to answer")
    wish = Wish(
        verb="reject" if reject else "approve", by=by, reason=reason, position=rollout.awaits.position
    )
    opened.store.rollouts.wish(rollout.id, wish)
    await ensure_controller(opened)
    return Answer(rollout=rollout, phase=phase)


def _waiting(opened: Opened, name: str) -> Rollout:
    """The rollout of that name; of no name, the only one that waits. UsageError when several do."""
    waiting = [rollout for rollout in opened.store.rollouts.open() if rollout.awaits is not None]
    if name or not waiting:
        return find_rollout(opened, name)
    if len(waiting) > 1:
        raise UsageError(
            f"{len(waiting)} rollouts wait: {', '.join(rollout.id for rollout in waiting)}",
            mend="name the one that is meant",
        )
    return waiting[0]


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
