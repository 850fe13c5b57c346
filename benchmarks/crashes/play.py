"""One cell, played for real: a rollout, a signal at its moment, and all that may be different for it."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.crashes import cells
from benchmarks.crashes.audit import Hurt, audit
from benchmarks.crashes.cells import BAKE, CONTROLLER, KILL, LEADER, NOBODY, REPLICAS, STOP, Cell
from benchmarks.crashes.scene import SECOND, Scene
from esclusa.core.events import ControllerStarted, OperationDone, OperationIntended, Recorded, Recovered
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.deploy.controller import LEASE_SECONDS
from esclusa.deploy.targets.local import launcher

STOPPED = LEASE_SECONDS + 1.0
"""Seconds for which a stopped process stands still: longer than a lease."""


class Outcome(msgspec.Struct, kw_only=True):
    """What became of a cell."""

    cell: Cell
    ended: str
    reason: str
    same: bool
    """Whether state, replicas, traffic and statistics are as if nothing had happened."""
    twice: int = 0
    """Operations intended or done more than once, and replicas started that nobody had killed."""
    lower: int = 0
    answered: int = 0
    failed: int = 0
    inherent: int = 0
    recovered: float = 0.0
    """Seconds from SIGKILL until there was another in its place; 0 where that was not measured."""
    took: float = 0.0
    said: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    disturbed: float = 0.0
    """The longest time in seconds for which the machine let the benchmark itself wait."""
    earlier: tuple[str, ...] = ()
    """What came out when the cell was played before, newest last: a better outcome hides no worse one."""


class Played(msgspec.Struct, kw_only=True):
    """An outcome whose requests have yet to be looked through: those of its end are still on their way."""

    outcome: Outcome
    began: float
    over: float
    hurt: Hurt


def play(scene: Scene, number: int, cell: Cell) -> Played:
    """Play a cell. AssertionError when it does not come to an end."""
    rollout, stable = f"r{number}", scene.serving
    if cell.process == LEADER:
        scene.controller(name=SECOND)
    began, starts, events = time.time(), len(scene.starts()), scene.events()[-1].sequence
    clock = time.monotonic()
    with _watched() as disturbed:
        hurt, recovered = _hurt(scene, cell, rollout, stable)
        ended = scene.ended(rollout)
        judged = _judged(ended, hurt)
        back = cell.ends_back or judged
        wanted = RolloutState.ROLLED_BACK if back else RolloutState.PROMOTED
        serving = stable if back else rollout
        extra = [] if judged else _extra(scene.starts()[starts:], cell, rollout, stable)
        twice = [*scene.done_twice(ended), *extra]
        complaints = [
            *_elsewhere(ended, wanted),
            *([] if ended.reason else ["no reason is named"]),
            *different(scene, serving),
            *twice,
            *scene.miscounted(ended),
        ]
    told = scene.events(after=events)
    if cell.process == LEADER:
        complaints += [*_not_fenced(scene, told)]
    outcome = Outcome(
        cell=cell,
        ended=ended.state.value,
        reason=ended.reason,
        same=not complaints and not judged,
        twice=len(twice),
        recovered=round(recovered, 1) if cell.signal == KILL and cell.process != cells.CLI else 0.0,
        took=round(time.monotonic() - clock, 1),
        said=tuple(
            f"{each.event.what}: {each.event.how}" for each in told if isinstance(each.event, Recovered)
        ),
        complaints=tuple(complaints),
        disturbed=round(max(disturbed), 1),
    )
    return Played(outcome=outcome, began=began, over=time.time(), hurt=hurt)


def looked_through(scene: Scene, played: Played) -> Outcome:
    """The outcome with every request of the cell looked through; to be asked a little later."""
    mine = [turn for turn in scene.turns if played.began <= turn.sent < played.over]
    scene.until(lambda: all(turn.ended for turn in mine), "a customer still waits", 90.0)
    time.sleep(0.6)
    seen = audit(mine, scene.log(played.began - 30), played.hurt)
    outcome = played.outcome
    outcome.answered, outcome.failed, outcome.inherent = seen.answered, seen.failed, seen.inherent
    outcome.lower = seen.lower
    outcome.complaints = (*outcome.complaints, *seen.complaints)
    return outcome


# The moment.


def _hurt(scene: Scene, cell: Cell, rollout: str, stable: str) -> tuple[Hurt, float]:
    marker = scene.order(*([f"hold@{cell.moment}#{cell.visit}"] if cell.moment != BAKE else []))
    scene.deploy(rollout, rollout, spec=cells.shape(cell.strategy))
    if cell.ends_back or cell.moment == BAKE:
        scene.until(lambda: scene.now(rollout).state is RolloutState.BAKING, f"{rollout} does not bake")
    if cell.ends_back:
        scene.wish(rollout, "abort")
    if cell.moment == BAKE:
        time.sleep(0.4)
    else:
        scene.until(marker.exists, f"{cell.moment} never came")
    if cell.process == NOBODY:
        return Hurt(), 0.0
    return _signalled(scene, cell, marker, rollout, stable)


def _signalled(scene: Scene, cell: Cell, marker: Path, rollout: str, stable: str) -> tuple[Hurt, float]:
    victim = Victim(scene, cell, rollout, stable)
    at = began = time.time()
    os.kill(victim.pid, signal.SIGKILL if cell.signal == KILL else signal.SIGSTOP)
    if cell.signal == KILL:
        scene.until(lambda: not launcher.started(victim.pid), f"{cell.process} does not die")
    if cell.process not in (CONTROLLER, LEADER) or cell.signal == STOP:
        scene.let_go(marker)
    if cell.signal == STOP:
        _stand_still(scene, cell)
        os.kill(victim.pid, signal.SIGCONT)
        began = time.time()
    scene.until(lambda: victim.back(at), f"{cell.process} does not come back", 120.0)
    hurt = Hurt(
        died=at,
        back=time.time(),
        router=cell.process == cells.ENVOY and cell.signal == KILL,
        port=victim.replica.port if victim.replica and cell.signal == KILL else 0,
        only=victim.only,
    )
    return hurt, time.time() - began


def _stand_still(scene: Scene, cell: Cell) -> None:
    time.sleep(STOPPED)
    if cell.process == LEADER:
        scene.until(lambda: scene.leads(SECOND), "nobody takes over")


class Victim:
    """The process that is hurt. AssertionError when there is none."""

    def __init__(self, scene: Scene, cell: Cell, rollout: str, stable: str) -> None:
        self._scene, self._cell, self._rollout = scene, cell, rollout
        release = {cells.CANDIDATE: rollout, cells.STABLE: stable}.get(cell.process, "")
        self.replica = next(iter(scene.replicas(release)), None)
        self.only = release if release and len(scene.replicas(release)) == 1 else ""
        self.pid = self._find()
        if not self.pid:
            raise AssertionError(f"there is no {cell.process}")

    def back(self, at: float) -> bool:
        """Whether it does its work again, or need not; `at` is when it was hurt."""
        if self._cell.signal == STOP:
            return not _standing(self.pid)
        if self._cell.process == cells.CLI:
            return True
        if self._cell.process == CONTROLLER:
            return self._find() != self.pid and self._scene.leads(CONTROLLER)
        if self._find() in (0, self.pid):
            return self.replica is not None and self._scene.now(self._rollout).final
        served = any(turn.release for turn in self._scene.turns[-50:] if turn.sent > at)
        return served or self._cell.process != cells.ENVOY

    def _find(self) -> int:
        return self._scene.replica_pid(self.replica) if self.replica else self._scene.pid(self._cell.process)


def _standing(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] == b"T"
    except OSError:
        return False


# What may be different.


def _judged(ended: Rollout, hurt: Hurt) -> bool:
    """Whether the candidate's only replica died, and a rule took it back for what its customers met."""
    return bool(hurt.only) and ended.state is RolloutState.ROLLED_BACK and "is violated" in ended.reason


def _elsewhere(ended: Rollout, wanted: RolloutState) -> Iterator[str]:
    if ended.state is not wanted:
        yield f"{ended.state.value} instead of {wanted.value}: {ended.reason}"


def different(scene: Scene, serving: str) -> list[str]:
    """Replicas and traffic that are not what the fleet says, even after a while."""
    wanted = {serving: (REPLICAS, REPLICAS, REPLICAS, 1.0)}
    seen: list[str] = []

    def so() -> bool:
        now = scene.observed()
        there = {one.release: (one.wanted, one.running, one.healthy, one.weight) for one in now.workloads}
        seen[:] = [] if (there, now.router) == (wanted, "serving") else [f"{there}, router {now.router}"]
        return not seen

    try:
        scene.until(so, "never as it should be", 60.0)
    except AssertionError:
        return [f"the environment is {seen[0]} instead of {wanted}"]
    return []


def _extra(starts: list[str], cell: Cell, rollout: str, stable: str) -> list[str]:
    """Replicas that were started although nobody had killed one, or too few."""
    killed = (
        {cells.CANDIDATE: rollout, cells.STABLE: stable}.get(cell.process) if cell.signal == KILL else None
    )
    counts = Counter({rollout: 0, stable: 0})
    counts.update(starts)
    found = []
    for release, count in counts.items():
        least = REPLICAS if release == rollout else 0
        if not least <= count <= least + (release == killed):
            found.append(f"{release} was started {count} times")
    return found


def _not_fenced(scene: Scene, told: list[Recorded]) -> Iterator[str]:
    """A leader that was paused has found itself fenced off, and nothing of an older epoch was written."""
    newest = 0
    for each in (recorded.event for recorded in told):
        if isinstance(each, ControllerStarted):
            newest = max(newest, each.epoch)
        if isinstance(each, (OperationIntended, OperationDone)) and each.epoch < newest:
            yield f"epoch {each.epoch} wrote operation {each.generation} after epoch {newest} had begun"
    if "Fenced" not in scene.said(last=60):
        yield "the leader that was paused does not say that it was fenced off"
    scene.parts.programs.remove(SECOND)
    scene.until(lambda: scene.leads(CONTROLLER), "nobody leads when the second one is gone")


@contextmanager
def _watched() -> Iterator[list[float]]:
    """How long this very process was kept waiting for its turn, at the worst."""
    late, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.is_set():
            before = time.monotonic()
            over.wait(0.05)
            late.append(time.monotonic() - before - 0.05)
            late[:] = [max(late)]

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield late
    finally:
        over.set()
        watcher.join()
