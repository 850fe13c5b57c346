"""What stands for the command line: sets a rollout going, and follows the journal until it is over.

    python -m benchmarks.crashes.cli STATE ROLLOUT FLEETS

FLEETS is a file with the fleet that serves, the one that is to serve, and the shape between them.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from benchmarks.crashes.cells import STRATEGIES
from benchmarks.crashes.parts import Parts
from esclusa import system
from esclusa.core.events import RolloutMoved
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import FINAL
from esclusa.deploy.engine import created, set_out


class Order(msgspec.Struct, frozen=True):
    """What is to be deployed."""

    old: Fleet | None
    new: Fleet
    spec: StrategySpec


def main(state: Path, name: str, order: Order) -> None:
    """Create the rollout and follow it."""
    parts = Parts(state)
    rollout = set_out(
        rollout=name,
        project="crashes",
        run="",
        spec=order.spec,
        strategy=STRATEGIES[order.spec.uses],
        old=order.old,
        new=order.new,
        now=system.SystemClock().now(),
    )
    parts.store.rollouts.create(rollout, created(rollout))
    asyncio.run(_follow(parts, name))


async def _follow(parts: Parts, name: str) -> None:
    async for recorded in parts.store.journal.follow(rollout=name):
        if isinstance(recorded.event, RolloutMoved):
            print(recorded.event.state.value, recorded.event.reason, flush=True)
            if recorded.event.state in FINAL:
                return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], msgspec.json.decode(Path(sys.argv[3]).read_bytes(), type=Order))
