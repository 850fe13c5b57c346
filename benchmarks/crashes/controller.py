"""The controller of the scene as a program: what `esclusa controller` is, without a project's file.

python -m benchmarks.crashes.controller STATE
"""

import asyncio
import sys
from pathlib import Path

from benchmarks.crashes.parts import Parts
from esclusa import system
from esclusa.deploy.controller import aloud, drive
from esclusa.deploy.stops import Hook, never, stop_at
from esclusa.deploy.targets.local.keeper import Keeper

ORDER = "stop-at"
"""The file in the state directory that says where to stop: a controller need not be started anew for it."""


class Ordered:
    """A hook that does what the file says now; the points are counted from when the order was given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._order = ""
        self._hook: Hook = never

    def __call__(self, point: str) -> None:
        order = self._path.read_text() if self._path.exists() else ""
        if order != self._order:
            self._order, self._hook = order, stop_at(order) if order else never
        self._hook(point)


def main(state: Path) -> None:
    """Drive until killed."""
    hook = Ordered(state / ORDER)
    parts = Parts(state, hook)
    asyncio.run(
        drive(
            holder=system.holder(),
            log=parts.store.rollouts,
            journal=parts.store.journal,
            lease=parts.store.lease,
            target=lambda _: parts.target,
            traffic=parts.traffic,
            clock=system.SystemClock(),
            say=aloud,
            tend=Keeper(state),
            hook=hook,
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
