"""Orders: what people took somewhere by hand, as the journal tells it."""

from datetime import timedelta

from esclusa.core.events import Event, Recorded, ReleaseSealed, RolloutCreated, RolloutMoved, RolloutSteered
from esclusa.core.folds import fold_runs
from esclusa.core.orders import Order, fold_orders
from esclusa.core.release import Release
from esclusa.core.rollout import Decision, RolloutState
from esclusa.core.run import Outcome
from esclusa.core.value import replace
from tests.fakes import START

BACK = Decision(verb="rollback", by="ana", reason="the tone is off")
HURRY = Decision(verb="promote", by="bo")
SEALED = ReleaseSealed(run="r", release=Release(id="a" * 64, project="p", commit="c", subject="s"))
CREATED = RolloutCreated(
    rollout="back",
    run="",
    environment="production",
    candidate="a" * 64,
    stable="b" * 64,
    strategy="direct",
    ordered=BACK,
)
ORDER = Order(
    rollout="back",
    ordered=BACK,
    environment="production",
    release="a" * 64,
    commit="c",
    subject="s",
    started=START + timedelta(seconds=2),
)


def recorded(*events: Event) -> list[Recorded]:
    return [
        Recorded(sequence=number, at=START + timedelta(seconds=number), event=event)
        for number, event in enumerate(events, start=1)
    ]


def fold(*events: Event) -> list[Order]:
    return fold_orders(recorded(*events), now=START + timedelta(seconds=60))


def moved(state: RolloutState, reason: str = "") -> RolloutMoved:
    return RolloutMoved(rollout="back", state=state, position=0, share=1.0, reason=reason)


def test_an_order_goes_on_until_its_rollout_is_over() -> None:
    assert fold(SEALED, CREATED, moved(RolloutState.PROMOTING)) == [replace(ORDER, seconds=58.0)]
    assert fold(
        SEALED,
        CREATED,
        RolloutSteered(rollout="back", decision=HURRY),
        moved(RolloutState.PROMOTED, "direct: healthy"),
    ) == [replace(ORDER, outcome=Outcome.PROMOTED, reason="direct: healthy", seconds=2.0, decisions=(HURRY,))]


def test_a_rollout_that_a_run_set_out_is_no_order_and_an_order_is_no_run() -> None:
    assert fold(SEALED, replace(CREATED, run="r", ordered=None), moved(RolloutState.PROMOTED)) == []
    events = recorded(SEALED, CREATED, moved(RolloutState.PROMOTED))
    assert fold_runs(events, alive=lambda _: True, now=START) == []
