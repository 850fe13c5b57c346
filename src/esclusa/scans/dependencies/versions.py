"""Versions: whether one lies in the ranges of an advisory, by the order of its ecosystem.

PyPI orders by PEP 440, npm by semantic versioning 2.0.0. The algorithm is that of the OSV schema: a version
is affected when the last event at or before it, in the order of versions, introduced it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import total_ordering

from packaging.version import InvalidVersion, Version

from esclusa.scans.dependencies.advisory import Affected, Event, Range
from esclusa.scans.dependencies.package import Ecosystem

_ORDERED = ("ECOSYSTEM", "SEMVER")
"""Kinds of ranges whose ends are versions; those of a third kind are commits."""


class UnknownVersion(ValueError):
    """A version that has no place in its ecosystem's order."""


@total_ordering
class Semantic:
    """A semantic version, by its precedence; what is behind `+` counts for nothing."""

    _FORM = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")

    def __init__(self, text: str) -> None:
        found = self._FORM.fullmatch(text.strip())
        if found is None:
            raise UnknownVersion(text)
        self._numbers = tuple(int(number or 0) for number in found.groups()[:3])
        before = found[4]
        self._before = tuple(_identifier(part) for part in before.split(".")) if before else None

    def _key(self) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
        return self._numbers, self._before is None, self._before or ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semantic) and self._key() == other._key()

    def __lt__(self, other: "Semantic") -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def _identifier(part: str) -> tuple[bool, int, str]:
    """Numbers come before words, and are compared as numbers."""
    return (False, int(part), "") if part.isdigit() else (True, 0, part)


def parsed(ecosystem: Ecosystem, text: str) -> Version | Semantic:
    """The version in its order, without what somebody built it for (`2.2+cpu`); UnknownVersion."""
    if ecosystem == "npm":
        return Semantic(text)
    try:
        return Version(Version(text).public)
    except InvalidVersion as error:
        raise UnknownVersion(text) from error


def is_affected(ecosystem: Ecosystem, version: str, affected: Affected) -> bool:
    """Whether the version is enumerated, or lies in one of the ranges; UnknownVersion if nobody can tell."""
    if version in affected.versions:
        return True
    mine = parsed(ecosystem, version)
    if any(_same(ecosystem, mine, other) for other in affected.versions):
        return True
    return any(_in_range(ecosystem, mine, one) for one in affected.ranges if one.type in _ORDERED)


def begins(affected: Affected) -> tuple[str, ...]:
    """The versions that introduced it; `0` for the first of all."""
    return _told(event.introduced for event in _events(affected))


def fixes(affected: Affected) -> tuple[str, ...]:
    """The versions in which it is fixed."""
    return _told(event.fixed for event in _events(affected))


def _events(affected: Affected) -> Iterator[Event]:
    return (event for one in affected.ranges if one.type in _ORDERED for event in one.events)


def _told(versions: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(version for version in versions if version))


def _same(ecosystem: Ecosystem, mine: Version | Semantic, other: str) -> bool:
    try:
        return mine == parsed(ecosystem, other)
    except UnknownVersion:
        return False


def _in_range(ecosystem: Ecosystem, mine: Version | Semantic, one: Range) -> bool:
    """The events in the order of versions; what is introduced at a version comes before what ends there."""
    inside = False
    for event in sorted(one.events, key=lambda event: _place(ecosystem, event)):
        if event.introduced is not None:
            inside = inside or _reached(ecosystem, mine, event.introduced)
        elif event.fixed is not None:
            inside = inside and not mine >= parsed(ecosystem, event.fixed)  # type: ignore[operator]
        elif event.limit is not None and event.limit != "*":
            inside = inside and not mine >= parsed(ecosystem, event.limit)  # type: ignore[operator]
        elif event.last_affected is not None:
            inside = inside and not mine > parsed(ecosystem, event.last_affected)  # type: ignore[operator]
    return inside


def _reached(ecosystem: Ecosystem, mine: Version | Semantic, introduced: str) -> bool:
    return introduced == "0" or mine >= parsed(ecosystem, introduced)  # type: ignore[operator]


def _place(ecosystem: Ecosystem, event: Event) -> tuple[int, object, int]:
    text = event.introduced or event.fixed or event.last_affected or event.limit or "0"
    if text in ("0", "*"):
        return (0 if text == "0" else 2, 0, 0)
    return (1, parsed(ecosystem, text), 0 if event.introduced else 1)
