"""`esclusa down`: stops what serves. Nothing else does: neither Ctrl-C nor the end of a run."""

import anyio.to_thread

from esclusa.core.errors import UsageError
from esclusa.core.events import RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.rollout import RolloutState
from esclusa.core.value import replace
from esclusa.deploy.controller import LEASE
from esclusa.deploy.targets.local import shut_down
from esclusa.pipeline.exclusive import RUN
from esclusa.system import holder
from esclusa.workspace.opened import Opened
from esclusa.workspace.rollback import known_environment


async def down(opened: Opened, environment: str = "") -> tuple[str, ...]:
    """Stop one environment, or all of them and the supervisor; the names of what was running.

    UsageError for an environment that is not there, or that a rollout is at work on; and for all of them
    while a run is under way, whose evals are served by the same supervisor.
    """
    at_work = opened.store.lease.holder(RUN)
    if at_work and not environment:
        raise UsageError(
            f"a run is under way, by process {at_work}",
            mend="interrupt it first, or stop one environment: esclusa down ENVIRONMENT",
        )
    names = (known_environment(opened, environment),) if environment else opened.environments
    running = tuple([name for name in names if await _runs(opened, name)])
    if environment:
        await _one(opened, environment)
    else:
        await anyio.to_thread.run_sync(shut_down, opened.state)
        _end_rollouts(opened)
    return running


async def _one(opened: Opened, environment: str) -> None:
    latest = opened.store.rollouts.latest(environment)
    if latest is not None and not latest.final:
        raise UsageError(
            f"rollout {latest.id} is at work on {environment}",
            mend=f"end it first: esclusa abort {latest.id}",
        )
    generation = opened.store.rollouts.generation(environment)
    target = opened.target(opened.target_of(environment))
    seen = await target.observe(environment)
    await target.apply(Fleet(environment=environment, port=0), max(generation, seen.generation))


def _end_rollouts(opened: Opened) -> None:
    """What was under way is over: the next run starts from what was stable."""
    store = opened.store
    under_way = store.rollouts.open()
    epoch = store.lease.take(LEASE, holder(), 10.0) if under_way else None
    for rollout in under_way if epoch is not None else ():
        ended = replace(
            rollout,
            state=RolloutState.FAILED,
            since=opened.clock.now(),
            reason="stopped by `esclusa down`",
            epoch=epoch,
            awaits=None,
        )
        store.rollouts.record(
            ended,
            RolloutMoved(
                rollout=ended.id,
                state=ended.state,
                position=ended.position,
                share=0.0,
                reason=ended.reason,
                exposed=ended.exposed,
                harmed=ended.harmed,
            ),
        )
    if epoch is not None:
        store.lease.release(LEASE, epoch)


async def _runs(opened: Opened, environment: str) -> bool:
    seen = await opened.target(opened.target_of(environment)).observe(environment)
    return bool(seen.processes)
