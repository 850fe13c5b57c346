"""Locks on environments: one each, the first who asks has it, and nothing is written for the second."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from esclusa.core.events import EnvironmentLocked, EnvironmentUnlocked
from esclusa.core.freeze import Lock
from esclusa.core.value import replace
from esclusa.store import Store
from tests.fakes import START
from tests.store.conftest import Open

LOCK = Lock(environment="production", by="ana", reason="moving the database", since=START)
LOCKED = EnvironmentLocked(lock=LOCK)
UNLOCKED = EnvironmentUnlocked(environment="production", by="bo")


def test_a_lock_is_seen_by_others_and_belongs_to_one_environment(opened: Open) -> None:
    ours, theirs = opened(), opened()
    assert ours.locks.lock(LOCK, LOCKED) is None
    assert (theirs.locks.get("production"), theirs.locks.get("staging")) == (LOCK, None)
    theirs.locks.unlock("production", UNLOCKED)
    assert ours.locks.get("production") is None
    assert [each.event for each in ours.journal.read()] == [LOCKED, UNLOCKED]


def test_a_second_lock_changes_nothing_until_the_first_is_over(store: Store) -> None:
    short = replace(LOCK, until=START + timedelta(hours=2))
    store.locks.lock(short)
    second = replace(LOCK, by="bo", since=START + timedelta(hours=1))
    assert store.locks.lock(second, LOCKED) == short
    assert (store.locks.get("production"), store.journal.read()) == (short, [])
    third = replace(second, since=START + timedelta(hours=2))
    assert store.locks.lock(third) is None
    assert store.locks.get("production") == third


def test_of_many_who_lock_at_once_one_does(opened: Open) -> None:
    stores = [opened() for _ in range(6)]
    with ThreadPoolExecutor(len(stores)) as pool:
        people = [replace(LOCK, by=f"p{number}") for number in range(len(stores))]
        before = list(
            pool.map(lambda each: each[0].locks.lock(each[1], LOCKED), zip(stores, people, strict=True))
        )
    held = stores[0].locks.get("production")
    assert before.count(None) == 1
    assert {lock for lock in before if lock is not None} == {held}
    assert len(stores[0].journal.read()) == 1
