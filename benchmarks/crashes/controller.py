"""The controller of the scene as a program: what `esclusa controller` is, without a project's file.

python -m benchmarks.crashes.controller STATE
"""

import asyncio
import os
import sys
from pathlib import Path

from benchmarks.crashes.parts import Parts
from esclusa import system
from esclusa.deploy.controller import drive
from esclusa.deploy.stops import VARIABLE, never, stop_at
from esclusa.deploy.targets.local.keeper import Keeper


def main(state: Path) -> None:
    """Drive until killed."""
    parts = Parts(state)

    asyncio.run(
        drive(
            holder=system.holder(),
            log=parts.store.rollouts,
            journal=parts.store.journal,
            lease=parts.store.lease,
            target=lambda _: parts.target,
            traffic=parts.traffic,
            clock=system.SystemClock(),
            say=lambda line: print(line, flush=True),
            tend=Keeper(state),
            hook=stop_at(os.environ[VARIABLE]) if VARIABLE in os.environ else never,
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
