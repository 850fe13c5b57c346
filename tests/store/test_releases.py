"""Sealed releases, newest first."""

import pytest

from esclusa.core.errors import UsageError
from esclusa.core.events import ReleaseSealed
from esclusa.core.release import Release
from esclusa.core.value import replace
from esclusa.store import Store
from tests.fakes import START
from tests.store.conftest import Open


def release(name: str) -> Release:
    return Release(id=name.ljust(64, "0"), project="p", commit="c", sealed=START, parts={"code": "d"})


def test_a_release_is_found_by_a_beginning_that_only_one_has(opened: Open) -> None:
    ours, theirs = opened().releases, opened().releases
    for name in ("aaa1", "aab2", "bbb3"):
        ours.add(release(name))
    assert theirs.get(release("aab2").id) == release("aab2")
    assert theirs.get("aab") == release("aab2")
    assert theirs.get("b") == release("bbb3")
    for unknown in ("c", "", "%", "_", "AAA1"):
        assert theirs.get(unknown) is None
    with pytest.raises(UsageError, match="aa: several releases begin so: aaa1"):
        theirs.get("aa")


def test_a_whole_id_is_never_ambiguous(store: Store) -> None:
    for name in ("short", "short-and-longer"):
        store.releases.add(Release(id=name, project="p", commit="c"))
    found = store.releases.get("short")
    assert found is not None
    assert found.id == "short"


def test_sealing_again_is_newest_and_written_with_its_event(store: Store) -> None:
    first, second = release("1"), release("2")
    store.releases.add(first)
    store.releases.add(second)
    again = replace(first, run="later")
    event = ReleaseSealed(run="later", release=again)
    store.releases.add(again, event)
    assert store.releases.all() == [again, second]
    assert [recorded.event for recorded in store.journal.read()] == [event]


def test_a_removed_release_is_gone(store: Store) -> None:
    store.releases.add(release("1"))
    store.releases.remove(release("1").id)
    store.releases.remove("unknown")
    assert store.releases.all() == []
