"""Leases: one holder at a time, and a number that only grows."""

from concurrent.futures import ThreadPoolExecutor

from esclusa.store import Store
from tests.fakes import FakeClock
from tests.store.conftest import Open


def test_one_has_it_until_it_runs_out(opened: Open, clock: FakeClock) -> None:
    ours, theirs = opened().lease, opened().lease
    assert ours.take("run", "us", 10) == 1
    assert theirs.take("run", "them", 10) is None
    assert theirs.holder("run") == "us"
    clock.seconds = 10.5
    assert theirs.holder("run") == ""
    assert theirs.take("run", "them", 10) == 2
    assert ours.holder("run") == "them"


def test_who_renews_keeps_it_and_who_was_replaced_is_told(store: Store, clock: FakeClock) -> None:
    lease = store.lease
    assert lease.take("run", "us", 10) == 1
    clock.seconds = 9
    assert lease.renew("run", 1, 10)
    clock.seconds = 18
    assert lease.take("run", "them", 10) is None
    clock.seconds = 20
    assert lease.take("run", "them", 10) == 2
    assert not lease.renew("run", 1, 10)
    assert lease.renew("run", 2, 10)


def test_it_can_be_given_back_but_only_by_its_holder(store: Store) -> None:
    lease = store.lease
    assert lease.take("run", "us", 10) == 1
    lease.release("run", 1)
    assert lease.holder("run") == ""
    assert not lease.renew("run", 1, 10)
    assert lease.take("run", "them", 10) == 2
    lease.release("run", 1)
    assert lease.holder("run") == "them"


def test_nobody_waits_for_a_process_that_is_gone(store: Store) -> None:
    assert store.lease.take("run", "dead", 1000) == 1
    assert store.lease.holder("run") == ""
    assert store.lease.take("run", "us", 10) == 2


def test_taking_it_again_is_a_new_epoch(store: Store) -> None:
    assert store.lease.take("run", "us", 10) == 1
    assert store.lease.take("run", "us", 10) == 2
    assert not store.lease.renew("run", 1, 10)


def test_leases_do_not_know_of_each_other(store: Store) -> None:
    assert store.lease.take("run", "us", 10) == 1
    assert store.lease.take("controller", "them", 10) == 1
    assert not store.lease.renew("unknown", 1, 10)
    assert store.lease.holder("unknown") == ""


def test_of_many_who_want_it_one_gets_it(opened: Open) -> None:
    leases = [opened().lease for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda lease: lease.take("run", f"holder {id(lease)}", 10), leases))
    assert sorted(taken, key=str) == [1] + [None] * 7
