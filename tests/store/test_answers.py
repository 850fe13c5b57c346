"""Answers of releases, kept by key."""

from esclusa.store import Store
from tests.store.conftest import Open


def test_an_answer_is_found_again_by_its_key(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.answers.put("r1", {"a": "1", "b": "2"})
    ours.answers.put("r1", {"b": "3"})
    ours.answers.put("r1", {})
    assert [theirs.answers.get(key) for key in "abc"] == ["1", "3", None]


def test_those_of_a_pruned_release_go(store: Store) -> None:
    store.answers.put("r1", {"a": "1"})
    store.answers.put("r2", {"b": "2"})
    store.answers.remove("r1")
    assert [store.answers.get(key) for key in "ab"] == [None, "2"]
