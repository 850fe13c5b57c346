"""Rollouts: one open in an environment, nothing written by halves, and the later epoch in force."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from esclusa.core.errors import Fenced, StateError
from esclusa.core.events import Event, OperationDone, OperationIntended, RolloutCreated, RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import FINAL, Operation, Phase, Rollout, RolloutState, Wish
from esclusa.core.value import replace
from esclusa.store import Store
from tests.fakes import START
from tests.store.conftest import Open


def fleet(environment: str = "prod") -> Fleet:
    return Fleet(environment=environment, port=8080)


def rollout(name: str = "r1.prod", environment: str = "prod", **changes: object) -> Rollout:
    given = Rollout(
        id=name,
        project="p",
        environment=environment,
        candidate="a" * 64,
        spec=StrategySpec(name="canary", uses="canary", steps=(0.05, 1.0)),
        phases=(Phase(name="5 %", fleet=fleet(environment), share=0.05),),
        restore=fleet(environment),
        started=START,
        since=START,
        analysis={"wealth": 1.5},
    )
    return replace(given, **changes)


def operation(generation: int, epoch: int = 1, name: str = "r1.prod") -> Operation:
    return Operation(rollout=name, generation=generation, epoch=epoch, fleet=fleet())


CREATED = RolloutCreated(
    rollout="r1.prod", run="r1", environment="prod", candidate="a", stable="", strategy="canary"
)
MOVED = RolloutMoved(rollout="r1.prod", state=RolloutState.SHIFTING, position=0, share=0.05)
INTENDED = OperationIntended(rollout="r1.prod", generation=1, epoch=1)
DONE = OperationDone(rollout="r1.prod", generation=1, epoch=1)


def events(store: Store) -> list[Event]:
    return [recorded.event for recorded in store.journal.read()]


def test_what_is_recorded_is_read_again_by_another_process(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.rollouts.create(rollout(), CREATED)
    moved = rollout(state=RolloutState.SHIFTING, epoch=1, since=START + timedelta(seconds=5))
    ours.rollouts.record(moved, MOVED, INTENDED, operation=operation(1))
    assert theirs.rollouts.load("r1.prod") == moved
    assert theirs.rollouts.intended("r1.prod") == operation(1)
    assert events(theirs) == [CREATED, MOVED, INTENDED]
    ours.rollouts.done(operation(1), DONE)
    assert theirs.rollouts.intended("r1.prod") == replace(operation(1), done=True)
    assert events(theirs)[-1] == DONE


def test_an_environment_has_one_open_rollout(store: Store) -> None:
    store.rollouts.create(rollout(), CREATED)
    with pytest.raises(StateError, match=r"prod has a rollout on its way already: r1\.prod") as caught:
        store.rollouts.create(rollout("r2.prod"), CREATED)
    assert "esclusa abort r1.prod" in caught.value.mend
    store.rollouts.create(rollout("r2.staging", "staging"))
    store.rollouts.record(rollout(state=RolloutState.ROLLED_BACK, epoch=1))
    store.rollouts.create(rollout("r2.prod"))
    assert events(store) == [CREATED]
    assert [each.id for each in store.rollouts.open()] == ["r2.staging", "r2.prod"]


@pytest.mark.parametrize("state", RolloutState)
def test_open_are_those_that_are_not_final(state: RolloutState, store: Store) -> None:
    store.rollouts.create(rollout())
    store.rollouts.record(rollout(state=state, epoch=1))
    assert bool(store.rollouts.open()) is (state not in FINAL)


def test_the_same_rollout_is_not_created_twice(store: Store) -> None:
    store.rollouts.create(rollout(state=RolloutState.PROMOTED))
    with pytest.raises(StateError, match=r"there is a rollout r1\.prod already"):
        store.rollouts.create(rollout(), CREATED)
    assert events(store) == []


def test_a_lower_epoch_changes_nothing_at_all(opened: Open) -> None:
    """A controller that slept, and wakes after another has taken over."""
    paused, leader = opened(), opened()
    paused.rollouts.create(rollout())
    paused.rollouts.record(rollout(epoch=1), operation=operation(1))
    leader.rollouts.record(rollout(epoch=2))
    with pytest.raises(Fenced, match="driven by epoch 2 now; this was epoch 1"):
        paused.rollouts.record(rollout(epoch=1, state=RolloutState.PROMOTED), MOVED, operation=operation(2))
    with pytest.raises(Fenced):
        paused.rollouts.done(operation(1), DONE)
    assert leader.rollouts.load("r1.prod") == rollout(epoch=2)
    assert leader.rollouts.intended("r1.prod") == operation(1)
    assert events(leader) == []


def test_the_leader_finishes_what_the_one_before_it_intended(store: Store) -> None:
    store.rollouts.create(rollout())
    store.rollouts.record(rollout(epoch=1), operation=operation(1))
    store.rollouts.record(rollout(epoch=2), operation=operation(1, epoch=2))
    store.rollouts.done(operation(1, epoch=2))
    assert store.rollouts.intended("r1.prod") == replace(operation(1, epoch=2), done=True)


def test_a_lower_generation_is_not_intended_after_a_higher_one(store: Store) -> None:
    store.rollouts.create(rollout())
    store.rollouts.record(rollout(epoch=1), operation=operation(5))
    with pytest.raises(Fenced, match="generation 5 already; this was 4"):
        store.rollouts.record(rollout(epoch=1, harmed=9), MOVED, operation=operation(4))
    assert store.rollouts.load("r1.prod") == rollout(epoch=1)
    assert events(store) == []


def test_generations_belong_to_the_environment(store: Store) -> None:
    store.rollouts.create(rollout())
    store.rollouts.record(rollout(epoch=1, state=RolloutState.PROMOTED), operation=operation(7))
    store.rollouts.create(rollout("r2.prod"))
    assert store.rollouts.generation("prod") == 7
    assert store.rollouts.generation("staging") == 0
    assert store.rollouts.intended("r2.prod") is None


def test_what_was_never_intended_is_not_done(store: Store) -> None:
    store.rollouts.create(rollout())
    with pytest.raises(StateError, match="never intended"):
        store.rollouts.done(operation(1), DONE)
    assert events(store) == []


def test_an_unknown_rollout_is_none_and_cannot_be_recorded(store: Store) -> None:
    assert store.rollouts.load("nobody") is None
    assert store.rollouts.latest("prod") is None
    with pytest.raises(StateError, match=r"there is no rollout r1\.prod"):
        store.rollouts.record(rollout(), MOVED)
    assert events(store) == []


def test_wishes_are_read_in_order_from_where_one_was(opened: Open) -> None:
    person, controller = opened(), opened()
    person.rollouts.create(rollout())
    pause, abort = Wish(verb="pause", by="ann"), Wish(verb="abort", by="ben", reason="errors")
    person.rollouts.wish("r1.prod", pause)
    person.rollouts.wish("other", Wish(verb="promote"))
    person.rollouts.wish("r1.prod", abort)
    assert controller.rollouts.wishes("r1.prod", 0) == [pause, abort]
    assert controller.rollouts.wishes("r1.prod", 1) == [abort]
    assert controller.rollouts.wishes("r1.prod", 2) == []


def test_what_serves_is_what_was_promoted_last(store: Store) -> None:
    history = [
        ("one", RolloutState.PROMOTED),
        ("two", RolloutState.ROLLED_BACK),
        ("three", RolloutState.PROMOTED),
        ("three", RolloutState.PROMOTED),
        ("four", RolloutState.NEEDS_HUMAN),
        ("one", RolloutState.PROMOTED),
        ("five", RolloutState.BAKING),
    ]
    assert (store.rollouts.serving("prod"), store.rollouts.served("prod")) == ("", [])
    for number, (candidate, state) in enumerate(history):
        store.rollouts.create(rollout(f"r{number}", candidate=candidate))
        store.rollouts.record(rollout(f"r{number}", candidate=candidate, state=state, epoch=1))
    assert store.rollouts.serving("prod") == "one"
    assert store.rollouts.served("prod") == ["one", "three", "one"]
    latest = store.rollouts.latest("prod")
    assert latest is not None
    assert latest.candidate == "five"
    promoted = store.rollouts.promoted("prod")
    assert promoted is not None
    assert promoted.id == "r5"
    assert store.rollouts.serving("staging") == ""
    assert store.rollouts.promoted("staging") is None


def test_two_who_record_at_the_same_time_wait_for_each_other(opened: Open) -> None:
    """Each looks before it writes; neither may fail because the other wrote in between."""
    names = {"r1.prod": "prod", "r1.staging": "staging"}
    stores = {name: opened() for name in names}
    for name, environment in names.items():
        stores[name].rollouts.create(rollout(name, environment))

    def record(name: str) -> None:
        for epoch in range(1, 40):
            stores[name].rollouts.record(rollout(name, names[name], epoch=epoch), MOVED)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(record, names))
    assert [each.epoch for each in stores["r1.prod"].rollouts.open()] == [39, 39]
    assert len(events(stores["r1.prod"])) == 78
