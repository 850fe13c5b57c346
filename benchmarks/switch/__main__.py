"""Switches under load: blue-green switches, aborts in mid-phase, rolling replacement, restarts, ramps, flips.

    python -m benchmarks.switch [--switches N] [--aborts N] [--rolls N] [--restarts N] [--talks N] [--flips N]
                                [--streams N] [--longest SECONDS]

Targets: no client error, and no broken stream (one that the drain's deadline cut is broken); over ramps of
5/25/50/100 % and an abort no conversation comes back to a release that it had left; from change to effect p95
at most 20 ms. The effect is that the last request was routed by the old routes; the change is the call that
asks for it, or the new routes on disk. A switch takes as long as the longest stream it waits for.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.switch.load import Load, load, speak
from esclusa.config.secrets import Secrets
from esclusa.core.fleet import Fleet, Health, Program, Route, Workload
from esclusa.core.project import StrategySpec
from esclusa.core.value import replace
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.rolling import rolling
from esclusa.deploy.targets.local import LocalTarget, renew, shut_down
from esclusa.deploy.targets.local.ports import free_ports
from esclusa.system import SystemClock

AGENT = Path(__file__).with_name("agent.py")
SPEC = StrategySpec(name="blue-green", uses="blue-green", sticky="x-conversation-id")
REPLICAS = 2
ROLLED = 10
FLIP_LIMIT = 0.020


def main() -> None:
    """Measure, and print a line for each kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.switch")
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--aborts", type=int, default=20)
    parser.add_argument("--rolls", type=int, default=2)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--talks", type=int, default=10_000)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--longest", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        state = Path(scratch) / "state"
        try:
            asyncio.run(Bench(state, arguments).run())
        finally:
            shut_down(state)


class Flip(NamedTuple):
    """When it was asked for and was written, in monotonic seconds, and who was to get all the rest."""

    asked: float
    written: float
    to: str


class Bench:
    """One environment, and whoever talks to it."""

    def __init__(self, state: Path, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._state = state
        self._clock = SystemClock()
        self._target = LocalTarget(state, self._clock, Secrets({}, state.parent))
        self._port = next(free_ports(7))
        self._url = f"http://127.0.0.1:{self._port}/"
        self._generation = 0
        self._chance = random.Random(20260101)

    async def run(self) -> None:
        """All of them, one after the other."""
        await self._apply(self._alone("r0"))
        print(f"{self._arguments.streams} open streams of up to {self._arguments.longest:g} s, and POSTs")
        print(f"{'what':<22}{'n':>6}{'posts':>9}{'errors':>8}{'streams':>9}{'broken':>8}")
        serving = await self._switches(self._arguments.switches)
        await self._aborts(serving, self._arguments.aborts)
        await self._rolls(serving, self._arguments.rolls)
        await self._restarts(self._arguments.restarts)
        await self._ramps(serving, self._arguments.talks)
        await self._flips(serving, self._arguments.flips)

    async def _switches(self, number: int) -> str:
        """Green up, routes flipped, blue drained and stopped."""
        serving, began = "r0", time.monotonic()
        with self._loaded() as met:
            for one in range(1, number + 1):
                for phase in blue_green(self._alone(serving), self._alone(f"r{one}"), SPEC):
                    await self._apply(phase.fleet)
                serving = f"r{one}"
        self._say("full switches", number, met)
        print(f"  {(time.monotonic() - began) / max(number, 1):.1f} s each")
        return serving

    async def _aborts(self, serving: str, number: int) -> None:
        """A rollout that is given up somewhere in mid-phase: what it was doing is cancelled and overtaken."""
        with self._loaded() as met:
            for one in range(number):
                phases = blue_green(self._alone(serving), self._alone(f"a{one}"), SPEC)
                for phase in phases[: self._chance.randint(1, len(phases) - 1)]:
                    doing = asyncio.create_task(self._apply(phase.fleet))
                    await asyncio.wait({doing}, timeout=self._chance.uniform(0.0, 1.5))
                    if not doing.done():
                        doing.cancel()
                        await asyncio.gather(doing, return_exceptions=True)
                        break
                await self._apply(self._alone(serving))
        self._say("aborts in mid-phase", number, met)

    async def _rolls(self, serving: str, number: int) -> None:
        """Ten replicas, replaced one by one; and back to as many as before."""
        spec = replace(SPEC, name="rolling", uses="rolling", min_samples=0)
        old = self._alone(serving, ROLLED)
        await self._apply(old)
        with self._loaded() as met:
            for one in range(number):
                new = self._alone(f"n{one}", ROLLED)
                for phase in rolling(old, new, spec):
                    await self._apply(phase.fleet)
                old = new
        self._say(f"{ROLLED} replicas rolled", number, met)
        await self._apply(self._alone(serving))

    async def _restarts(self, number: int) -> None:
        """The supervisor, every replica and the router are started anew."""
        began = time.monotonic()
        with self._loaded() as met:
            for _ in range(number):
                await asyncio.to_thread(renew, self._state)
                await self._target.restart("production")
        self._say("restarts of everything", number, met)
        print(f"  {(time.monotonic() - began) / max(number, 1):.1f} s each")

    async def _ramps(self, serving: str, talks: int) -> None:
        """Conversations that begin at some step of a ramp and go on to the end, through an abort."""
        spec = replace(SPEC, name="canary", uses="canary", steps=(0.05, 0.25, 0.5, 1.0))
        ramp = canary(self._alone(serving), self._alone("ramped"), spec)[1:-1]
        heard: dict[str, list[str]] = {}
        shares = []
        with self._loaded(posters=2, pause=0.2) as met:
            for step, fleet in enumerate([*(phase.fleet for phase in ramp), self._alone(serving)]):
                await self._apply(fleet)
                begun = [f"talk-{step}-{one}" for one in range(talks // len(ramp))]
                for name, release in (await speak(self._url, [*heard, *begun])).items():
                    heard.setdefault(name, []).append(release)
                shares.append(sum(heard[name][-1] == "ramped" for name in begun) / max(len(begun), 1))
        self._say("ramps and an abort", 1, met)
        flipped = sum(_came_back(releases) for releases in heard.values())
        new = ", ".join(f"{share:.1%}" for share in shares)
        print(f"  {len(heard)} conversations; of those that began at each step on the new release: {new}")
        print(f"  back on a release that they had left, target 0: {flipped}")

    async def _flips(self, serving: str, number: int) -> None:
        """Two releases stand there, and all new conversations go to the one or the other."""
        fleets = [phase.fleet for phase in blue_green(self._alone(serving), self._alone("other"), SPEC)[:2]]
        await self._apply(fleets[0])
        flips: list[Flip] = []
        routes = self._state / "targets" / "production" / "router" / "routes.json"
        offset = time.time() - time.monotonic()
        with self._loaded(posters=2, pause=0.001) as met:
            for one in range(number):
                began = time.monotonic()
                await self._apply(fleets[1 - one % 2])
                written = routes.stat().st_mtime - offset
                flips.append(Flip(began, written, "other" if one % 2 == 0 else serving))
                await asyncio.sleep(0.1)
        self._say("route flips", number, met)
        await self._apply(self._alone(serving))
        effects = [_effect(met, one, following.asked) for one, following in pairwise(flips)]
        if len(effects) > 1:
            self._say_seconds(
                "from the call", [at - one.asked for at, one in zip(effects, flips, strict=False)]
            )
            self._say_seconds(
                "from the routes on disk", [at - one.written for at, one in zip(effects, flips, strict=False)]
            )

    def _say_seconds(self, name: str, seconds: list[float]) -> None:
        cuts = statistics.quantiles(seconds, n=100)
        verdict = "held" if cuts[94] <= FLIP_LIMIT else "MISSED"
        print(
            f"  {name:<30}median {cuts[49] * 1e3:6.1f} ms   p95 {cuts[94] * 1e3:6.1f} ms   "
            f"max {max(seconds) * 1e3:6.1f} ms   p95 limit {FLIP_LIMIT * 1e3:.0f} ms: {verdict}"
        )

    def _say(self, name: str, number: int, met: Load) -> None:
        print(
            f"{name:<22}{number:>6}{met.posted:>9}{len(met.errors):>8}{met.streamed:>9}{len(met.broken):>8}"
        )
        for words, count in Counter([*met.errors, *met.broken]).most_common(5):
            print(f"  {count} x {words}")
        sys.stdout.flush()

    def _loaded(self, posters: int = 8, pause: float = 0.05) -> AbstractContextManager[Load]:
        return load(
            self._url,
            posters=posters,
            pause=pause,
            streams=self._arguments.streams,
            longest=self._arguments.longest,
        )

    async def _apply(self, fleet: Fleet) -> None:
        self._generation += 1
        await self._target.apply(fleet, self._generation)

    def _alone(self, release: str, replicas: int = REPLICAS) -> Fleet:
        program = Program(
            argv=(sys.executable, str(AGENT), "{port}", release),
            directory=str(AGENT.parent),
            health=Health(start=60.0, timeout=5.0),
        )
        alone = Fleet(
            environment="production",
            port=self._port,
            workloads=(Workload(release=release, program=program, replicas=replicas),),
            route=Route(weights=((release, 1.0),), sticky=SPEC.sticky),
        )
        return replace(alone, drain=self._arguments.longest + 30)


def _came_back(releases: Sequence[str]) -> bool:
    """Whether a conversation was on a release again that it had left."""
    stays = [one for one, _ in groupby(releases)]
    return len(stays) != len(set(stays))


def _effect(met: Load, flip: Flip, until: float) -> float:
    """When the last post was sent that the old release answered."""
    old = [at for at, release in met.seen if flip.asked <= at < until and release != flip.to]
    return max(old, default=flip.written)


if __name__ == "__main__":
    main()
