"""A notice: one channel to be told of one thing that became of a rollout. Pure.

It is written in the transaction that makes it true, so that neither is there without the other, and delivered
at least once; its key is the same at every try, so that whoever gets it twice can tell.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from esclusa.core.project import Channel
from esclusa.core.rollout import Phase, Rollout, RolloutState
from esclusa.core.value import Value

TOLD = {
    RolloutState.PENDING: "started",
    **{
        state: state.value
        for state in (
            RolloutState.WAITING_APPROVAL,
            RolloutState.PAUSED,
            RolloutState.WATCHING,
            RolloutState.PROMOTED,
            RolloutState.ROLLED_BACK,
            RolloutState.FAILED,
            RolloutState.SUPERSEDED,
            RolloutState.NEEDS_HUMAN,
        )
    },
}
"""What people are told of, by the state that begins. A rollback is told of once it is confirmed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Notice(Value, frozen=True, kw_only=True):
    """What one channel is told, and how the telling goes."""

    key: str
    """Names this notice and no other, at every try."""
    rollout: str
    what: str
    channel: Channel
    payload: Mapping[str, Any]
    attempts: int = 0
    due: datetime
    """Not to be tried before."""
    trouble: str = ""
    """Why it was not taken the last time."""


def notices(rollout: Rollout, before: RolloutState | None) -> tuple[Notice, ...]:
    """What is to be told when a rollout comes from one state into its own; nothing when it stays there."""
    what = TOLD.get(rollout.state, "")
    if rollout.state is before or not what or (what == "started" and before is not None):
        return ()
    moment = (rollout.since - _EPOCH).total_seconds()
    return tuple(
        Notice(
            # Of several wishes that are granted at one look each makes a state of its own.
            key=f"{rollout.id}/{what}/{moment:.6f}-{rollout.wishes}/{channel.name}",
            rollout=rollout.id,
            what=what,
            channel=channel,
            payload=_payload(rollout, what),
            due=rollout.since,
        )
        for channel in rollout.notify
        if what in channel.on
    )


def _payload(rollout: Rollout, what: str) -> Mapping[str, Any]:
    return {
        "event": what,
        "at": rollout.since.isoformat(),
        "project": rollout.project,
        "environment": rollout.environment,
        "rollout": rollout.id,
        "run": rollout.run,
        "release": rollout.candidate,
        "stable": rollout.stable,
        "phase": _at(rollout).name,
        "reason": rollout.reason,
        "exposed": rollout.exposed,
        "harmed": rollout.harmed,
        **_question(rollout),
    }


def _question(rollout: Rollout) -> Mapping[str, Any]:
    if rollout.awaits is None or rollout.answer_by is None:
        return {}
    return {
        "asked_before": rollout.phases[rollout.awaits.position].name,
        "answer_by": rollout.answer_by.isoformat(),
        "answer": f"esclusa approve {rollout.id}",
        "approvers": list(rollout.approval.approvers) if rollout.approval else [],
    }


def _at(rollout: Rollout) -> Phase:
    return rollout.phases[rollout.position] if rollout.phases else Phase(name="", fleet=rollout.restore)
