"""The scene: one environment with customers, and a look for everything that a crash may not leave behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from benchmarks.crashes import cells
from benchmarks.crashes.audit import lower
from benchmarks.crashes.cells import CONTROLLER, REPLICAS
from benchmarks.crashes.cli import Order
from benchmarks.crashes.controller import ORDER
from benchmarks.crashes.customers import Customers, Turn
from benchmarks.crashes.log import Line, lines
from benchmarks.crashes.parts import Parts
from esclusa.core.events import OperationDone, OperationIntended, Recorded, Recovered
from esclusa.core.fleet import Fleet, Health, Observation, Program, Route, Workload
from esclusa.core.gate import Relative, Rule
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Rollout, RolloutState, Wish
from esclusa.deploy.controller import LEASE
from esclusa.deploy.recount import recorded, recount
from esclusa.deploy.targets.local import ensure_supervisor, shut_down
from esclusa.deploy.targets.local.files import replace_file
from esclusa.deploy.targets.local.ports import free_ports
from esclusa.deploy.targets.local.state import Ledger, Replica
from esclusa.deploy.targets.local.supervisor import Supervisor

ENVIRONMENT = "production"
SECOND = "second"
"""The controller that waits for the first one's lease."""
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
        self.state = root / "state"
        self._starts = root / "starts"
        (self.state / "stops").mkdir(parents=True)
        self.parts = Parts(self.state)
        self.port = next(free_ports(os.getpid()))
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
        self._customers = Customers(f"http://127.0.0.1:{self.port}/", rate=self._rate, seed=self._seed)
        self._customers.start()

    def controller(self, *stops: str, name: str = CONTROLLER, variables: Mapping[str, str] = {}) -> None:
        """A fresh controller that dies at each of the stops, `after-intent#2`, once."""
        self.order(*stops)
        self.parts.programs.remove(name)
        self.parts.programs.put(
            name,
            (sys.executable, "-m", "benchmarks.crashes.controller", str(self.state)),
            cwd=REPOSITORY,
            variables=variables,
        )

    def order(self, *stops: str) -> Path:
        """From now on, die or be held (`hold@after-intent#2`) at each of the stops; the last one's marker."""
        markers = [self.state / "stops" / f"{time.time_ns()}-{number}" for number in range(len(stops))]
        text = ",".join(f"{stop}:{marker}" for stop, marker in zip(stops, markers, strict=True))
        replace_file(self.state / ORDER, text.encode())
        return markers[-1] if markers else self.state

    def let_go(self, marker: Path) -> None:
        """Let a controller that is held go on; one that comes after it is not held any more."""
        if marker.parent.name == "stops":
            replace_file(self.state / ORDER, b"")
            marker.unlink(missing_ok=True)

    def deploy(
        self,
        rollout: str,
        release: str,
        *,
        failing: float = 0.0,
        spec: StrategySpec = SHAPE,
        **changes: object,
    ) -> None:
        """Somebody at a command line sets a rollout going; it is on its way when this returns."""
        new = msgspec.structs.replace(self._fleet(release, failing), **changes)
        order = self.state / f"{rollout}.json"
        order.write_bytes(msgspec.json.encode(Order(old=self._serving, new=new, spec=spec)))
        with (self.state / "cli.log").open("ab") as log:
            self._cli = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.crashes.cli", str(self.state), rollout, str(order)],
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )
        self.until(lambda: self.parts.store.rollouts.load(rollout) is not None, f"{rollout} was not created")

    def wish(self, rollout: str, verb: str) -> None:
        """Somebody asks something of a rollout."""
        self.parts.store.rollouts.wish(rollout, Wish(verb=verb, by="ana"))  # type: ignore[arg-type]

    def now(self, rollout: str) -> Rollout:
        """The rollout as it was last written."""
        found = self.parts.store.rollouts.load(rollout)
        if found is None:
            raise AssertionError(f"{rollout} is gone from the store")
        return found

    def ended(self, rollout: str, patience: float = 180.0) -> Rollout:
        """The rollout, once it is over."""
        self.until(lambda: self.now(rollout).final, f"{rollout} does not end", patience)
        if self._cli:
            with suppress(subprocess.TimeoutExpired):
                self._cli.wait(patience)
        known = self.now(rollout)
        if known.state is RolloutState.PROMOTED:
            self._serving = known.phases[-1].fleet
        return known

    def kill(self, *victims: str) -> int:
        """kill -9 of cli, controller or supervisord, at once; how many of them were alive."""
        pids = list(filter(None, map(self.pid, victims)))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def verb(self) -> bool:
        """What every verb does first: see that there is a supervisor. Whether it had to be started."""
        return ensure_supervisor(self.state)

    def end(self) -> list[str]:
        """Take everything down; what is left all the same, and what customers had to complain of."""
        turns = self._customers.stop() if self._customers else []
        self.dismantle()
        left = [f"still there after down: {pid} {words[:150]}" for pid, words in self._commands()]
        broken = Counter(turn.words for turn in turns if turn.broken)
        return left + [f"{count} customers were told: {words}" for words, count in broken.items()]

    def dismantle(self) -> list[str]:
        """Take everything down, whatever state it is in; the processes that are left all the same."""
        if self._customers:
            self._customers.stop()
        self.kill("cli")
        for name in (CONTROLLER, SECOND):
            self.parts.programs.remove(name)
        nothing = Fleet(environment=ENVIRONMENT, port=self.port)
        generation = self.parts.store.rollouts.generation(ENVIRONMENT) + 1
        with suppress(Exception):
            asyncio.run(self.parts.target.apply(nothing, generation))
        shut_down(self.state)
        self.parts.store.close()
        return [f"still there after down: {pid} {words[:150]}" for pid, words in self._commands()]

    # --- who is there

    @property
    def serving(self) -> str:
        """The release that serves."""
        return self._serving.workloads[0].release if self._serving else ""

    def leads(self, name: str) -> bool:
        """Whether a controller holds the lease."""
        pid = self._program(name)
        return bool(pid) and self.parts.store.lease.holder(LEASE).startswith(f"{pid}@")

    def pid(self, victim: str) -> int:
        """The process, or 0 when there is none."""
        match victim:
            case "cli" | cells.CLI:
                return self._cli.pid if self._cli and self._cli.poll() is None else 0
            case cells.CONTROLLER | cells.LEADER:
                return self._program(CONTROLLER)
            case cells.ENVOY:
                return self._envoy()
            case cells.CANDIDATE | cells.STABLE:
                raise ValueError("ask for a replica by its release")
        try:
            return int((self.state / "supervisor" / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return 0

    def replicas(self, release: str) -> list[Replica]:
        """The replicas of a release."""
        return [one for one in self._ledger.read().replicas if one.of == release]

    def replica_pid(self, replica: Replica) -> int:
        """Its process, or 0."""
        return self._program(replica.program)

    def observed(self) -> Observation:
        """The environment, as the target sees it."""
        return asyncio.run(self.parts.target.observe(ENVIRONMENT))

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.state / "targets" / ENVIRONMENT, ENVIRONMENT)

    def _program(self, name: str) -> int:
        seen = self.parts.programs.seen(name)
        return seen.pid if seen else 0

    def _envoy(self) -> int:
        launcher = self._program(self._ledger.read().router or "none")
        with suppress(OSError, IndexError):
            return int(Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()[0])
        return 0

    # --- what to look for

    @property
    def turns(self) -> list[Turn]:
        """Every request so far, as its customer saw it."""
        return self._customers.turns if self._customers else []

    def log(self, since: float) -> list[Line]:
        """The router's log since a moment."""
        return list(lines(self.state / "targets" / ENVIRONMENT / "router" / "log", since))

    def starts(self) -> list[str]:
        """The releases whose replicas were started, in order."""
        return [line.split()[0] for line in self._starts.read_text().splitlines()]

    def events(self, after: int = 0) -> list[Recorded]:
        """The journal since an entry."""
        return list(self.parts.store.journal.read(after=after))

    def recovered(self, rollout: str) -> list[str]:
        """What was said of recoveries since a rollout began."""
        began = self.now(rollout).started
        events = [each for each in self.events() if each.at >= began]
        return [
            f"{each.event.what}: {each.event.how}" for each in events if isinstance(each.event, Recovered)
        ]

    def complaints(self, rollout: str) -> list[str]:
        """Everything that is not as if nothing had died."""
        known = self.now(rollout)
        return [*self.done_twice(known), *self._started_twice(), *self._went_back(), *self.miscounted(known)]

    def done_twice(self, rollout: Rollout) -> list[str]:
        """Operations that were not intended once and done once, in order."""
        events = [each.event for each in self.parts.store.journal.read(rollout=rollout.id)]
        intended = [each.generation for each in events if isinstance(each, OperationIntended)]
        done = [each.generation for each in events if isinstance(each, OperationDone)]
        left = set(intended) - set(done)
        once = intended == sorted(set(intended)) and done == sorted(set(done)) and set(done) <= set(intended)
        # A violation overtakes the change that is under way; the last change is never overtaken.
        if once and intended[-1:] == done[-1:] and len(left) <= (rollout.state is not RolloutState.PROMOTED):
            return []
        return [f"intended {intended}, done {done}"]

    def miscounted(self, rollout: Rollout) -> list[str]:
        """Statistics that are not what one look at the whole log gives."""
        kept, again = recorded(rollout), recount(rollout, self.parts.traffic(ENVIRONMENT))
        if kept.late:  # lines that came too late to be betted on: of all else only the exposure is the same
            same = (kept.exposed, kept.harmed) == (again.exposed, again.harmed)
        else:
            same = kept == again
        return [] if same else [f"recorded {kept}, recounted {again}"]

    def _started_twice(self) -> list[str]:
        return [
            f"{release} was started {count} times for {REPLICAS} replicas"
            for release, count in Counter(self.starts()).items()
            if count != REPLICAS
        ]

    def _went_back(self) -> list[str]:
        return list(lower(self.log(0.0)))[:3]

    def _commands(self) -> Iterator[tuple[int, str]]:
        """Every process whose command line names our state directory, or that of our sockets."""
        ours = (str(self.state), str(Supervisor(self.state).private))
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
            directory=str(self.state),
            health=Health(start=60.0),
        )
        return Fleet(
            environment=ENVIRONMENT,
            port=self.port,
            workloads=(Workload(release=release, program=program, replicas=REPLICAS),),
            route=Route(weights=((release, 1.0),), sticky=SHAPE.sticky),
            drain=8.0,
        )

    def until(self, so: Callable[[], bool], otherwise: str, patience: float = 60.0) -> None:
        """Wait until something is so; AssertionError with the controller's last words if it never is."""
        end = time.monotonic() + patience
        while not so():
            if time.monotonic() > end:
                raise AssertionError(f"{otherwise}; the controller said:\n{self.said()}")
            time.sleep(0.03)

    def said(self, name: str = CONTROLLER, last: int = 20) -> str:
        """What a controller wrote last."""
        log = self.parts.programs.log(name)
        return "\n".join(log.read_text().splitlines()[-last:]) if log.exists() else ""
