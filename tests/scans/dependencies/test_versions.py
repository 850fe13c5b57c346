"""Versions: the order of each ecosystem, and what lies in a range."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans.dependencies.advisory import Affected, Event, Range
from esclusa.scans.dependencies.package import Ecosystem
from esclusa.scans.dependencies.versions import Semantic, UnknownVersion, fixes, is_affected, parsed

PYPI = ("0.9", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.1", "2.0", "1!0.1")
NPM = (
    *(
        "0.9.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
    ),
    *("1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0"),
)
ORDERS: tuple[tuple[Ecosystem, tuple[str, ...]], ...] = (("PyPI", PYPI), ("npm", NPM))


def within(*events: Event, versions: tuple[str, ...] = (), kind: str = "ECOSYSTEM") -> Affected:
    return Affected(ranges=(Range(type=kind, events=events),), versions=versions)


@pytest.mark.parametrize(("ecosystem", "order"), ORDERS)
def test_versions_are_in_the_order_of_their_ecosystem(ecosystem: Ecosystem, order: tuple[str, ...]) -> None:
    shuffled = list(order)
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=lambda version: parsed(ecosystem, version)) == list(order)


@pytest.mark.parametrize(("ecosystem", "order"), ORDERS)
@settings(max_examples=500)
@given(st.data())
def test_what_lies_in_a_range_is_told_by_the_places_of_its_ends(
    ecosystem: Ecosystem, order: tuple[str, ...], data: st.DataObject
) -> None:
    """By the places in an order that was written down, which the matcher does not know."""
    places = st.integers(0, len(order) - 1)
    first, mine = data.draw(places), data.draw(places)
    last = data.draw(st.integers(first, len(order) - 1))
    closed = data.draw(st.booleans())
    end = Event(last_affected=order[last]) if closed else Event(fixed=order[last])
    events = [Event(introduced=order[first]), end]
    expected = first <= mine and (mine <= last if closed else mine < last)
    assert is_affected(ecosystem, order[mine], within(*data.draw(st.permutations(events)))) is expected


@pytest.mark.parametrize(
    ("version", "affected"), [("0.5", True), ("1.0", False), ("1.5", False), ("2.0", True), ("3.0", False)]
)
def test_several_stretches_of_one_range_are_apart(version: str, affected: bool) -> None:
    events = (Event(introduced="2.0"), Event(fixed="1.0"), Event(introduced="0"), Event(fixed="2.5"))
    assert is_affected("PyPI", version, within(*events)) is affected


def test_an_enumerated_version_is_affected_in_any_spelling() -> None:
    assert is_affected("PyPI", "1.0.0", within(versions=("1.0",)))
    assert is_affected("PyPI", "v1.0", within(versions=("1.0",)))
    assert is_affected("PyPI", "1.0+cpu", within(versions=("1.0",)))
    assert is_affected("PyPI", "1.0+cpu", within(Event(introduced="0"), Event(last_affected="1.0")))
    assert not is_affected("PyPI", "1.0.1", within(versions=("1.0",)))
    assert is_affected("PyPI", "not a version", within(versions=("not a version",)))


def test_ranges_of_commits_say_nothing_of_versions() -> None:
    assert not is_affected("PyPI", "1.0", within(Event(introduced="0"), kind="GIT"))


def test_without_an_end_everything_from_the_beginning_on_is_affected() -> None:
    assert is_affected("npm", "99.0.0", within(Event(introduced="1.2.3"), kind="SEMVER"))
    assert not is_affected("npm", "1.2.2", within(Event(introduced="1.2.3"), kind="SEMVER"))


@pytest.mark.parametrize(
    ("ecosystem", "text"), [("PyPI", "latest"), ("npm", "latest"), ("npm", "1.x"), ("PyPI", "")]
)
def test_what_is_no_version_is_said_and_not_taken_for_safe(ecosystem: Ecosystem, text: str) -> None:
    with pytest.raises(UnknownVersion):
        is_affected(ecosystem, text, within(Event(introduced="0")))


def test_what_is_behind_a_plus_counts_for_nothing_in_npm() -> None:
    assert Semantic("1.0.0+build.5") == Semantic("1.0.0")
    assert hash(Semantic("1.0.0+build.5")) == hash(Semantic("v1.0.0"))


def test_the_versions_that_mend_it_are_those_of_its_ranges() -> None:
    affected = Affected(
        ranges=(
            Range(type="ECOSYSTEM", events=(Event(introduced="0"), Event(fixed="1.5"))),
            Range(type="ECOSYSTEM", events=(Event(introduced="2.0"), Event(fixed="2.3"))),
            Range(type="GIT", events=(Event(introduced="0"), Event(fixed="abcdef"))),
        )
    )
    assert fixes(affected) == ("1.5", "2.3")
