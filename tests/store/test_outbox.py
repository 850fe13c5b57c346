"""The outbox: a notice is there if and only if what it tells of is, and ends once."""

from datetime import timedelta

import pytest

from esclusa.core.errors import Fenced
from esclusa.core.events import Notified
from esclusa.core.project import Channel
from esclusa.core.rollout import RolloutState
from esclusa.core.value import replace
from esclusa.store import Store
from tests.fakes import START
from tests.store.conftest import Open
from tests.store.test_rollouts import MOVED, operation, rollout

TEAM = Channel(name="team", on=("started", "promoted", "rolled_back"), webhook="env:HOOK")
SET_OUT = rollout(notify=(TEAM,))
LATER = START + timedelta(days=1)
TAKEN = Notified(rollout="r1.prod", key="k", channel="team", what="started", attempts=1)


def waiting(store: Store) -> list[str]:
    return [notice.what for notice in store.outbox.due(LATER)]


def test_a_state_that_is_written_has_its_notice_and_one_that_is_not_has_none(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.rollouts.create(SET_OUT)
    assert waiting(theirs) == ["started"]
    ours.rollouts.record(replace(SET_OUT, epoch=2, state=RolloutState.SHIFTING), MOVED)
    back = replace(SET_OUT, epoch=1, state=RolloutState.ROLLED_BACK)
    with pytest.raises(Fenced):
        theirs.rollouts.record(back, MOVED)
    ours.rollouts.record(replace(SET_OUT, epoch=2), operation=operation(9))
    with pytest.raises(Fenced, match="generation"):
        ours.rollouts.record(replace(back, epoch=2), operation=operation(8))
    assert waiting(ours) == ["started"]
    ours.rollouts.record(replace(back, epoch=2), MOVED)
    ours.rollouts.record(replace(back, epoch=3), MOVED)
    assert waiting(theirs) == ["started", "rolled_back"]


def test_a_notice_waits_until_it_is_due(store: Store) -> None:
    store.rollouts.create(SET_OUT)
    [notice] = store.outbox.due(START)
    late = replace(notice, attempts=1, due=START + timedelta(seconds=4), trouble="it answered 500")
    store.outbox.put_off(late)
    assert store.outbox.due(START + timedelta(seconds=3)) == []
    assert store.outbox.due(START + timedelta(seconds=4)) == [late]


def test_a_notice_ends_once_whoever_says_so(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.rollouts.create(SET_OUT)
    [notice] = ours.outbox.due(START)
    for store in (ours, theirs, ours):
        store.outbox.settle(notice, TAKEN)
    assert ours.outbox.due(LATER) == []
    assert [each.event for each in theirs.journal.read()] == [TAKEN]
    # Nor does one that comes late put it back.
    theirs.outbox.put_off(replace(notice, attempts=3))
    assert ours.outbox.due(LATER) == []
