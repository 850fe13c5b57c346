"""`esclusa releases`: the sealed releases, and where each serves."""

from esclusa.core.errors import UsageError
from esclusa.core.release import Release
from esclusa.core.value import Value
from esclusa.workspace.opened import Opened


class Listed(Value, frozen=True, kw_only=True):
    """A release, the environments it serves, those it would serve if they were up, and those that would roll
    back to it."""

    release: Release
    serves: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    rollback_for: tuple[str, ...] = ()


async def releases(opened: Opened) -> tuple[Listed, ...]:
    """Newest first."""
    serving = {name: opened.store.rollouts.serving(name) for name in opened.environments}
    down = {name for name in serving if await _is_down(opened, name)}
    before = {name: previous(opened, name) for name in opened.environments}
    return tuple(
        Listed(
            release=release,
            serves=tuple(name for name, one in serving.items() if one == release.id and name not in down),
            down=tuple(name for name, one in serving.items() if one == release.id and name in down),
            rollback_for=tuple(name for name, back in before.items() if back == release.id),
        )
        for release in opened.store.releases.all()
    )


async def _is_down(opened: Opened, environment: str) -> bool:
    seen = await opened.target(opened.target_of(environment)).observe(environment)
    return seen.router == "absent"


def find_release(opened: Opened, name: str) -> Release:
    """The release of that id, or of a beginning or commit that only one has. UsageError otherwise."""
    known = opened.store.releases.all()
    named = [r for r in known if name and (r.id.startswith(name) or r.commit.startswith(name))]
    if len(named) != 1:
        problem = f"'{name}' names {len(named)} releases" if named else f"there is no release '{name}'"
        raise UsageError(problem, mend="esclusa releases lists them")
    return named[0]


def previous(opened: Opened, environment: str) -> str:
    """The release that served an environment before the present one; empty if none is known."""
    served = opened.store.rollouts.served(environment)
    return served[1] if len(served) > 1 else ""
