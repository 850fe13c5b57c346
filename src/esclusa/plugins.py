"""The only door to code that is not ours: entry points. Our own actions, targets and scorers use it too.

Names are read from the metadata of installed distributions; a plugin's module is imported when it is loaded
and not before. What is unknown, provided twice or broken is an error that names it, never a default.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args

from esclusa.core.errors import OutsideError, UsageError

Group = Literal["actions", "detectors", "probes", "scorers", "subjects", "targets", "strategies", "renderers"]
GROUPS: tuple[Group, ...] = get_args(Group)


def names(group: Group) -> tuple[str, ...]:
    """What is installed, sorted; imports none of it."""
    return tuple(sorted(_installed(group)))


def load(group: Group, name: str) -> Any:
    """The object that a plugin's entry point names."""
    known = _installed(group)
    if name not in known:
        raise UsageError(
            f"{name}: no such {_singular(group)}; known are {', '.join(sorted(known)) or 'none'}",
            mend=f"correct the name, or install what provides it (entry-point group esclusa.{group})",
        )
    found = known[name]
    if len(found) > 1:
        providers = " and ".join(sorted(_provider(point) for point in found))
        raise UsageError(
            f"{name}: this {_singular(group)} is provided twice, by {providers}",
            mend="uninstall one of them",
        )
    try:
        return found[0].load()
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise OutsideError(
            f"{name}: this {_singular(group)} cannot be imported from {_provider(found[0])}: "
            f"{type(error).__name__}: {error}",
            mend=f"reinstall or upgrade {_distribution(found[0])}",
        ) from error


@cache
def _installed(group: Group) -> dict[str, list[EntryPoint]]:
    """By name. Reading metadata costs milliseconds; what is installed stays for the life of a process."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=f"esclusa.{group}"):
        same = found.setdefault(point.name, [])
        if all(_identity(point) != _identity(other) for other in same):
            same.append(point)
    return found


def _identity(point: EntryPoint) -> tuple[str, str]:
    return _distribution(point), point.value


def _provider(point: EntryPoint) -> str:
    return f"{_distribution(point)} ({point.value})"


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown distribution"


def _singular(group: Group) -> str:
    return {"strategies": "strategy"}.get(group, group.removesuffix("s"))
