"""One run at a time on one project: a lease that is kept alive while the run goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from esclusa.core.errors import Fenced, UsageError
from esclusa.core.ports import Clock, Lease

RUN = "run"
"""The lease of whoever takes a commit through the stages."""
SECONDS = 30.0
"""How long a lease is worth something without being renewed. One whose process is gone is worth nothing."""


@asynccontextmanager
async def sole_run(
    lease: Lease, clock: Clock, holder: str, *, name: str = RUN, seconds: float = SECONDS
) -> AsyncIterator[int]:
    """Hold the lease while entered; the epoch it was taken with.

    UsageError when another process runs; Fenced, with the body cancelled, when somebody took over because
    this process was away for longer than the lease.
    """
    epoch = lease.take(name, holder, seconds)
    if epoch is None:
        raise UsageError(
            f"another run is under way on this project, by process {lease.holder(name)}",
            mend="wait for it, or interrupt it; `esclusa status` shows it",
        )
    lost = False

    async def keep() -> None:
        nonlocal lost
        while lease.renew(name, epoch, seconds):
            await clock.sleep(seconds / 3)
        lost = True
        group.cancel_scope.cancel()

    failure: Exception | None = None
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(keep)
            try:
                yield epoch
            except Exception as error:  # the group would wrap it
                failure = error
            group.cancel_scope.cancel()
    finally:
        lease.release(name, epoch)
    if failure is not None:
        raise failure
    if lost:
        raise Fenced(
            "this run was away for too long, and another one has taken its place",
            mend="`esclusa run --resume`, once that one is over",
        )
