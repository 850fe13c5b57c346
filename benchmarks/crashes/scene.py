"""The scene: one environment with customers, and a look for everything that a crash may not leave behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.crashes.cli import Order
from benchmarks.crashes.customers import Customers
from benchmarks.crashes.parts import Parts
from esclusa.core.events import OperationDone, OperationIntended, Recovered
from esclusa.core.fleet import Fleet, Health, Program, Route, Workload
from esclusa.core.gate import Relative, Rule
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Rollout, RolloutState
from esclusa.deploy.recount import recorded, recount
from esclusa.deploy.stops import VARIABLE
from esclusa.deploy.targets.local import ensure_supervisor, shut_down
from esclusa.deploy.targets.local.ports import free_ports
from esclusa.deploy.targets.local.supervisor import Supervisor

ENVIRONMENT = "production"
CONTROLLER = "controller"
REPLICAS = 2
HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

GUARD = Rule(
    text="error_rate <= baseline + 5%",
    metric="error_rate",
    operator="<=",
    limit=Relative(plus=0.05),
    estimator="mean",
)
SHAPE = StrategySpec(
    name="canary",
    uses="canary",
    steps=(0.2, 0.5, 1.0),
    sticky="x-conversation-id",
    bake=1.5,
    min_samples=5,
    holdback=0.1,
    guard=(GUARD,),
    deadline=10.0,
    timeout=90.0,
)


class Scene:
    """One project in a directory of its own. `begin` starts everything, `end` says what it could not stop."""

    def __init__(self, root: Path, *, rate: float = 25.0, seed: int = 1) -> None:
        self._state = root / "state"
        self._starts = root / "starts"
        self._state.mkdir(parents=True)
        self._parts = Parts(self._state)
        self._port = next(free_ports(os.getpid()))
        self._rate = rate
        self._seed = seed
        self._serving: Fleet | None = None
        self._customers: Customers | None = None
        self._cli: subprocess.Popen[bytes] | None = None

    # --- the story

    def begin(self) -> None:
        """A controller, a first release, and customers."""
        self.controller()
        self.deploy("first", "v0")
        self.ended("first")
        self._customers = Customers(f"http://127.0.0.1:{self._port}/", rate=self._rate, seed=self._seed)
        self._customers.start()

    def controller(self, *stops: str) -> None:
        """A fresh controller that dies at each of the stops, `after-intent#2`, once."""
        markers = ",".join(
            f"{stop}:{self._state / f'stop-{time.time_ns()}-{i}'}" for i, stop in enumerate(stops)
        )
        self._parts.programs.remove(CONTROLLER)
        self._parts.programs.put(
            CONTROLLER,
            (sys.executable, "-m", "benchmarks.crashes.controller", str(self._state)),
            cwd=REPOSITORY,
            variables={VARIABLE: markers} if markers else {},
        )

    def deploy(self, rollout: str, release: str, *, failing: float = 0.0) -> None:
        """Somebody at a command line sets a canary going; it is on its way when this returns."""
        order = self._state / f"{rollout}.json"
        order.write_bytes(
            msgspec.json.encode(Order(old=self._serving, new=self._fleet(release, failing), spec=SHAPE))
        )
        with (self._state / "cli.log").open("ab") as log:
            self._cli = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.crashes.cli", str(self._state), rollout, str(order)],
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )
        self.until(lambda: self._parts.store.rollouts.load(rollout) is not None, f"{rollout} was not created")

    def now(self, rollout: str) -> Rollout:
        """The rollout as it was last written."""
        found = self._parts.store.rollouts.load(rollout)
        if found is None:
            raise AssertionError(f"{rollout} is gone from the store")
        return found

    def ended(self, rollout: str, patience: float = 120.0) -> Rollout:
        """The rollout, once it is over."""
        self.until(lambda: self.now(rollout).final, f"{rollout} does not end", patience)
        if self._cli:
            self._cli.wait(patience)
        known = self.now(rollout)
        if known.state is RolloutState.PROMOTED:
            self._serving = known.phases[-1].fleet
        return known

    def kill(self, *victims: str) -> int:
        """kill -9 of cli, controller or supervisord, at once; how many of them were alive."""
        pids = list(filter(None, map(self._pid, victims)))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def verb(self) -> bool:
        """What every verb does first: see that there is a supervisor. Whether it had to be started."""
        return ensure_supervisor(self._state)

    def end(self) -> list[str]:
        """Take everything down; what is left all the same, and what customers had to complain of."""
        answers = self._customers.stop() if self._customers else None
        self._parts.programs.remove(CONTROLLER)
        nothing = Fleet(environment=ENVIRONMENT, port=self._port)
        generation = self._parts.store.rollouts.generation(ENVIRONMENT) + 1
        asyncio.run(self._parts.target.apply(nothing, generation))
        shut_down(self._state)
        self._parts.store.close()
        left = [f"still there after down: {pid} {words[:150]}" for pid, words in self._commands()]
        broken = Counter(answers.broken if answers else [])
        return left + [f"{count} customers were told: {words}" for words, count in broken.items()]

    # --- what to look for

    @property
    def served(self) -> int:
        """How many requests have been answered by a release."""
        return sum(self._customers.answers.served.values()) if self._customers else 0

    @property
    def broken(self) -> int:
        """How many requests no release answered."""
        return len(self._customers.answers.broken) if self._customers else 0

    def recovered(self, rollout: str) -> list[str]:
        """What was said of recoveries since a rollout began."""
        began = self.now(rollout).started
        events = [each for each in self._parts.store.journal.read() if each.at >= began]
        return [
            f"{each.event.what}: {each.event.how}" for each in events if isinstance(each.event, Recovered)
        ]

    def complaints(self, rollout: str) -> list[str]:
        """Everything that is not as if nothing had died."""
        known = self.now(rollout)
        return [
            *self._done_twice(known),
            *self._started_twice(),
            *self._went_back(),
            *self._counted_wrong(known),
        ]

    def _done_twice(self, rollout: Rollout) -> list[str]:
        events = [each.event for each in self._parts.store.journal.read(rollout=rollout.id)]
        intended = [each.generation for each in events if isinstance(each, OperationIntended)]
        done = [each.generation for each in events if isinstance(each, OperationDone)]
        left = set(intended) - set(done)
        once = intended == sorted(set(intended)) and done == sorted(set(done)) and set(done) <= set(intended)
        # A violation overtakes the change that is under way; the last change is never overtaken.
        if once and intended[-1:] == done[-1:] and len(left) <= (rollout.state is not RolloutState.PROMOTED):
            return []
        return [f"intended {intended}, done {done}"]

    def _started_twice(self) -> list[str]:
        starts = Counter(line.split()[0] for line in self._starts.read_text().splitlines())
        return [
            f"{release} was started {count} times for {REPLICAS} replicas"
            for release, count in starts.items()
            if count != REPLICAS
        ]

    def _went_back(self) -> list[str]:
        """A request that a lower generation took well after a higher one had been in force."""
        taken: list[tuple[float, int]] = []
        for part in (self._state / "targets" / ENVIRONMENT).rglob("access.[0-9]*.log"):
            for line in part.read_text().splitlines():
                entry = json.loads(line) if line.startswith("{") else {}
                if entry.get("kind") == "start":
                    taken.append((float(entry["started"]), int(entry["generation"])))
        highest, since, back = 0, 0.0, []
        for at, generation in sorted(taken):
            if generation > highest:
                highest, since = generation, at
            elif generation < highest and at > since + 2.0:
                back.append(f"generation {generation} took a request {at - since:.1f} s after {highest}")
        return back[:3]

    def _counted_wrong(self, rollout: Rollout) -> list[str]:
        kept, again = recorded(rollout), recount(rollout, self._parts.traffic(ENVIRONMENT))
        if kept.late:  # lines that came too late to be betted on: of all else only the exposure is the same
            same = (kept.exposed, kept.harmed) == (again.exposed, again.harmed)
        else:
            same = kept == again
        return [] if same else [f"recorded {kept}, recounted {again}"]

    def _pid(self, victim: str) -> int:
        if victim == "cli":
            return self._cli.pid if self._cli and self._cli.poll() is None else 0
        if victim == CONTROLLER:
            seen = self._parts.programs.seen(CONTROLLER)
            return seen.pid if seen else 0
        try:
            return int((self._state / "supervisor" / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return 0

    def _commands(self) -> Iterator[tuple[int, str]]:
        """Every process whose command line names our state directory, or that of our sockets."""
        ours = (str(self._state), str(Supervisor(self._state).private))
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                try:
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                except OSError:
                    continue
                if any(place in words for place in ours):
                    yield int(entry.name), words.strip()

    def _fleet(self, release: str, failing: float) -> Fleet:
        program = Program(
            argv=(
                sys.executable,
                "-I",
                "-S",
                str(HERE / "agent.py"),
                "{port}",
                release,
                str(self._starts),
                f"{failing}",
            ),
            directory=str(self._state),
            health=Health(start=30.0),
        )
        return Fleet(
            environment=ENVIRONMENT,
            port=self._port,
            workloads=(Workload(release=release, program=program, replicas=REPLICAS),),
            route=Route(weights=((release, 1.0),), sticky=SHAPE.sticky),
            drain=3.0,
        )

    def until(self, so: Callable[[], bool], otherwise: str, patience: float = 60.0) -> None:
        """Wait until something is so; AssertionError with the controller's last words if it never is."""
        end = time.monotonic() + patience
        while not so():
            if time.monotonic() > end:
                raise AssertionError(f"{otherwise}; the controller said:\n{self._said()}")
            time.sleep(0.05)

    def _said(self) -> str:
        log = self._parts.programs.log(CONTROLLER)
        return "\n".join(log.read_text().splitlines()[-20:]) if log.exists() else ""
