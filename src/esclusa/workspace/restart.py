"""`esclusa restart [ENVIRONMENT]`: all that serves is started anew while it serves, nothing cut short."""

from collections.abc import Callable

import anyio.to_thread

from esclusa.core.errors import UsageError
from esclusa.core.events import EnvironmentRestarted
from esclusa.core.target import Restarted, Restarts
from esclusa.deploy.targets.local import renew
from esclusa.pipeline.exclusive import RUN
from esclusa.workspace.controller import ensure_controller, renew_controller
from esclusa.workspace.opened import Opened
from esclusa.workspace.rollback import known_environment


async def restart(
    opened: Opened,
    environment: str = "",
    *,
    by: str,
    reason: str = "",
    say: Callable[[str], None],
) -> dict[str, Restarted]:
    """Start one environment anew; or all that serve, after the supervisor and before the controller.

    UsageError, before anything is touched, when nothing serves, a rollout is at work or a person has locked
    one of them, or a run is under way while all are wanted.
    """
    at_work = opened.store.lease.holder(RUN)
    if at_work and not environment:
        raise UsageError(
            f"a run is under way, by process {at_work}",
            mend="wait for it, or restart one environment: esclusa restart ENVIRONMENT",
        )
    names = (known_environment(opened, environment),) if environment else await _serving(opened)
    if not names:
        raise UsageError("nothing serves", mend="esclusa run")
    for name in names:
        _refuse(opened, name)
    if not environment:
        await anyio.to_thread.run_sync(renew, opened.state)
        say("the supervisor was started anew; all that runs was adopted")
    found = {}
    for name in names:
        say(f"{name}: starting anew, replica by replica and then the router, as soon as each is idle")
        found[name] = await _one(opened, name, by, reason)
    if environment:
        await ensure_controller(opened)
    else:
        await renew_controller(opened)
        say("the controller was started anew")
    return found


async def _serving(opened: Opened) -> tuple[str, ...]:
    seen = {
        name: await opened.target(opened.target_of(name)).observe(name) for name in opened.environments_ever
    }
    return tuple(name for name, one in seen.items() if one.endpoint is not None)


def _refuse(opened: Opened, name: str) -> None:
    latest = opened.store.rollouts.latest(name)
    if latest is not None and not latest.final:
        raise UsageError(
            f"rollout {latest.id} is at work on {name}",
            mend=f"wait for it, or end it: esclusa abort {latest.id}",
        )
    lock = opened.store.locks.get(name)
    if lock is not None and lock.holds(opened.clock.now()):
        raise UsageError(f"{name} is locked by {lock.by}: {lock.reason}", mend=f"esclusa unlock {name}")
    if not isinstance(opened.target(opened.target_of(name)), Restarts):
        raise UsageError(
            f"the target `{opened.target_of(name)}` of {name} cannot start anew what serves",
            mend="deploy again, or restart it with the target's own tools",
        )


async def _one(opened: Opened, name: str, by: str, reason: str) -> Restarted:
    target = opened.target(opened.target_of(name))
    assert isinstance(target, Restarts)
    found = await target.restart(name)
    opened.store.journal.append(
        EnvironmentRestarted(
            environment=name, by=by, reason=reason, replicas=found.replicas, router=found.router
        )
    )
    return found
