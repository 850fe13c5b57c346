"""Approval: before which phases a person is asked, what the question is, and whether an answer counts.

An answer is for one phase of one rollout: an approval that was meant for an earlier question never opens a
later one. Who answers is a name that nobody has proved; see docs/operating.md.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from esclusa.core.project import PROMOTION, TRAFFIC, Approval
from esclusa.core.rollout import Decision, Phase, Rollout, RolloutState, Wish


def points(approval: Approval | None, phases: Sequence[Phase]) -> tuple[int, ...]:
    """The positions before which a person is asked.

    A phase that this way does not have (a first release goes the direct one) is asked for before any traffic.
    """
    if approval is None:
        return ()
    return tuple(sorted({_point(word, phases) for word in approval.before}))


def unapproved(rollout: Rollout, position: int) -> bool:
    """Whether going there passes a point at which a person has to be asked, and nobody approved."""
    begun = rollout.generation and rollout.state is not RolloutState.PENDING
    first = rollout.position + 1 if begun else 0
    asked = any(first <= point <= position for point in rollout.asks)
    return asked and approval_of(rollout, position) is None


def approval_of(rollout: Rollout, position: int) -> Decision | None:
    """Who approved that the rollout goes to this position; None while nobody did."""
    given = (one for one in rollout.decisions if one.verb == "approve" and one.position == position)
    return next(given, None)


def question(rollout: Rollout, position: int, now: datetime) -> str:
    """What a rollout that begins to wait now waits for, until when, and for whom."""
    approval = rollout.approval or Approval()
    until = f"{now + timedelta(seconds=approval.deadline):%Y-%m-%d %H:%M:%S} UTC"
    by = f" by {' or '.join(approval.approvers)}" if approval.approvers else ""
    return f"`{rollout.phases[position].name}` needs an approval{by} until {until}"


def refusal(rollout: Rollout, wish: Wish) -> str:
    """Why an answer changes nothing; empty when it counts."""
    before = None if wish.position is None else approval_of(rollout, wish.position)
    if before is not None and wish.verb == "approve":
        return f"that was approved already{by_whom(before.by)}"
    if rollout.awaits is None:
        return f"the rollout is {rollout.state.value.replace('_', ' ')}"
    if wish.position != rollout.awaits.position:
        return f"it was an answer for another phase than `{rollout.phases[rollout.awaits.position].name}`"
    return not_asked(rollout, wish.by)


def not_asked(rollout: Rollout, by: str) -> str:
    """Why this person's answer does not count; empty when it does."""
    approvers = rollout.approval.approvers if rollout.approval else ()
    if approvers and by not in approvers:
        return f"{by or 'nobody'} is not one of the approvers, {', '.join(approvers)}"
    return ""


def by_whom(by: str, reason: str = "") -> str:
    """` by ana: because`, as far as it is known."""
    return (f" by {by}" if by else "") + (f": {reason}" if reason else "")


def _point(word: str, phases: Sequence[Phase]) -> int:
    traffic = next(at for at, phase in enumerate(phases) if phase.share > 0)
    if word == PROMOTION:
        return len(phases) - 1
    return next(
        (at for at, phase in enumerate(phases) if word not in (TRAFFIC, "") and phase.name == word), traffic
    )
