"""Orders: rollouts that a person set off by hand, beside the runs. Never stored: a fold of the journal."""

from collections.abc import Iterable
from datetime import datetime

from esclusa.core.events import Recorded, ReleaseSealed, RolloutCreated, RolloutMoved, RolloutSteered
from esclusa.core.folds import OUTCOMES
from esclusa.core.release import Release
from esclusa.core.rollout import FINAL, Decision
from esclusa.core.run import Outcome
from esclusa.core.value import Value, replace


class Order(Value, frozen=True, kw_only=True):
    """A release taken into an environment by hand: `ordered` says by whom, and whether forward or back."""

    rollout: str
    ordered: Decision
    environment: str
    release: str
    commit: str = ""
    subject: str = ""
    outcome: Outcome = Outcome.RUNNING
    reason: str = ""
    started: datetime
    seconds: float = 0.0
    decisions: tuple[Decision, ...] = ()
    """What people decided about it on its way."""


def fold_orders(events: Iterable[Recorded], *, now: datetime) -> list[Order]:
    """The orders, oldest first."""
    releases: dict[str, Release] = {}
    orders: dict[str, Order] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, ReleaseSealed):
            releases[event.release.id] = event.release
        elif isinstance(event, RolloutCreated) and event.ordered is not None:
            orders[event.rollout] = _begun(event, event.ordered, recorded.at, releases.get(event.candidate))
        elif isinstance(event, RolloutSteered) and event.rollout in orders:
            order = orders[event.rollout]
            orders[event.rollout] = replace(order, decisions=(*order.decisions, event.decision))
        elif isinstance(event, RolloutMoved) and event.rollout in orders:
            orders[event.rollout] = _moved(orders[event.rollout], event, recorded.at)
    return [
        replace(order, seconds=(now - order.started).total_seconds())
        if order.outcome is Outcome.RUNNING
        else order
        for order in orders.values()
    ]


def _begun(event: RolloutCreated, ordered: Decision, at: datetime, release: Release | None) -> Order:
    return Order(
        rollout=event.rollout,
        ordered=ordered,
        environment=event.environment,
        release=event.candidate,
        commit=release.commit if release else "",
        subject=release.subject if release else "",
        started=at,
    )


def _moved(order: Order, event: RolloutMoved, at: datetime) -> Order:
    return replace(
        order,
        outcome=OUTCOMES[event.state] if event.state in FINAL else Outcome.RUNNING,
        reason=event.reason,
        seconds=(at - order.started).total_seconds(),
    )
