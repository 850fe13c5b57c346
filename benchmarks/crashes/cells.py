"""Cells: what dies or stands still, at which moment of which operation, under which strategy."""

from collections.abc import Iterator
from functools import cache

import msgspec

from esclusa.core.gate import Absolute, Relative, Rule
from esclusa.core.project import StrategySpec
from esclusa.core.strategy import Strategy
from esclusa.deploy.stops import EFFECTS, POINTS
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.rolling import rolling

CONTROLLER, LEADER, SUPERVISOR, ENVOY = "controller", "leader of two", "supervisord", "Envoy"
CANDIDATE, STABLE, CLI = "candidate replica", "stable replica", "command line"
PROCESSES = (CONTROLLER, LEADER, SUPERVISOR, ENVOY, CANDIDATE, STABLE, CLI)
KILL, STOP, NOTHING = "SIGKILL", "SIGSTOP", "none"
NOBODY = "nobody"
BAKE = "in bake"
MOMENTS = (*POINTS[:2], *EFFECTS, *POINTS[2:])
"""In the order in which one operation comes by them."""
RESTORE = "restore"
OPERATIONS = {
    "canary": ("prepare", "shift", "promote"),
    "blue-green": ("prepare", "switch", "retire"),
    "rolling": ("replace one", "replace the other"),
}
"""What each strategy does in these cells, in order; `restore` is the canary's third, when it is aborted."""
REPLICAS = 2

_RULE = Rule(
    text="error_rate <= baseline + 30%",
    metric="error_rate",
    operator="<=",
    limit=Relative(plus=0.3),
    estimator="mean",
)
_LIMIT = Rule(
    text="error_rate <= 30%", metric="error_rate", operator="<=", limit=Absolute(value=0.3), estimator="mean"
)
STRATEGIES: dict[str, Strategy] = {"canary": canary, "blue-green": blue_green, "rolling": rolling}


class Cell(msgspec.Struct, frozen=True):
    """One rollout in which one process gets one signal at one moment."""

    strategy: str
    operation: str
    moment: str
    process: str = NOBODY
    signal: str = NOTHING

    @property
    def key(self) -> tuple[str, ...]:
        """What it is known by in the stored result."""
        return (self.strategy, self.operation, self.moment, self.process, self.signal)

    @property
    def visit(self) -> int:
        """The how manyth operation it is in."""
        names = OPERATIONS[self.strategy]
        if self.moment == BAKE:
            return 0
        return len(names) if self.operation == RESTORE else names.index(self.operation) + 1

    @property
    def first(self) -> bool:
        """Whether it is in the operation that starts the candidate."""
        return self.operation == OPERATIONS[self.strategy][0]

    @property
    def ends_back(self) -> bool:
        """Whether the rollout is taken back on purpose."""
        return self.operation == RESTORE


@cache
def shape(strategy: str) -> StrategySpec:
    """As short as a rollout can be in which every kind of phase comes."""
    common = StrategySpec(
        name=strategy,
        uses=strategy,
        sticky="x-conversation-id",
        bake=1.0,
        min_samples=3,
        guard=(_RULE if strategy == "canary" else _LIMIT,),
        deadline=20.0,
        timeout=90.0,
    )
    return msgspec.structs.replace(common, steps=(0.5,)) if strategy == "canary" else common


def matrix() -> Iterator[Cell]:
    """Every cell. A canary has them all; the others those operations that it has not, and kills alone."""
    yield from (Cell(strategy, BAKE, BAKE) for strategy in STRATEGIES)
    for operation in (*OPERATIONS["canary"], RESTORE):
        for moment in MOMENTS:
            yield from _signals(Cell("canary", operation, moment), (KILL, STOP))
    yield from _signals(Cell("canary", BAKE, BAKE), (KILL, STOP))
    for strategy, operation in (("blue-green", "switch"), ("rolling", "replace one")):
        for moment in MOMENTS:
            yield from _signals(Cell(strategy, operation, moment), (KILL,))


def _signals(at: Cell, signals: tuple[str, ...]) -> Iterator[Cell]:
    for process in PROCESSES:
        for signal in signals:
            cell = msgspec.structs.replace(at, process=process, signal=signal)
            if _makes_sense(cell):
                yield cell


def _makes_sense(cell: Cell) -> bool:
    """Whether the process is there at that moment, and has not been hurt in the same way elsewhere.

    A leader that is killed is the controller again; a command line only follows, whatever is done.
    """
    begun = MOMENTS.index(cell.moment) if cell.moment in MOMENTS else -1
    up, gone = MOMENTS.index("after-programs"), MOMENTS.index("after-effect")
    if cell.process == LEADER:
        return cell.signal == STOP
    if cell.process == CLI:
        return cell.operation in ("shift", RESTORE, BAKE)
    if cell.process == CANDIDATE and cell.first and 0 <= begun < up:
        return False
    if cell.process == CANDIDATE and cell.operation == RESTORE and begun >= gone:
        return False
    return not (cell.process == STABLE and cell.operation == "promote" and begun >= gone)
