"""What a step costs that does nothing: (T(200) - T(1)) / 199, ten side by side, beside ninja and doit.

    python -m benchmarks.pipeline

Every step runs `: > out/N` through a shell and depends on the content of `in/N`. Ours is the real runner,
journal and cache on a real disk, a log for each step, masking on; cached means that a second run finds every
result by content. ninja and doit do the same work in the same minutes. Median of five, wall and CPU (the
runner's and the steps' own together), in milliseconds. Ends with 1 when a target is missed: cold at most
ninja's plus 5 ms, cached at most 2 ms.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import anyio

from esclusa.core.evidence import Evidence
from esclusa.core.project import Stage, Step
from esclusa.core.run import Outcome
from esclusa.core.secret import Secret
from esclusa.core.value import digest
from esclusa.masking import Masker
from esclusa.pipeline.runner import Plan, run_stages
from esclusa.plugins import load
from esclusa.store import open_store
from esclusa.system import SystemClock

MANY = 200
WIDTH = 10
TIMES = 5
COLD_OVER_NINJA = 5.0
CACHED = 2.0
BIN = Path(sys.executable).parent


class Cost(NamedTuple):
    """Milliseconds."""

    wall: float
    cpu: float


class Case(NamedTuple):
    """Something that runs steps: it is made ready in an empty directory, and then run twice."""

    name: str
    prepare: Callable[[Path, int], Callable[[str], None]]


def main() -> int:
    """Measure, print, judge."""
    cases = (
        Case("esclusa", _esclusa),
        Case("ninja", _ninja),
        Case("doit", _doit),
    )
    measured: dict[tuple[str, str], list[Cost]] = {}
    for _ in range(TIMES):
        for case in cases:  # in turns, so that a busy minute is everybody's
            one, many = _run(case, 1), _run(case, MANY)
            for kind in ("cold", "cached"):
                measured.setdefault((case.name, kind), []).append(_per_step(one[kind], many[kind]))
    medians = {
        key: Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))
        for key, costs in measured.items()
    }
    _print(medians)
    return _judge(medians)


def _run(case: Case, steps: int) -> Mapping[str, Cost]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for folder in ("in", "out"):
            (directory / folder).mkdir()
        for number in range(steps):
            (directory / "in" / str(number)).write_text(f"input {number}\n")
        run = case.prepare(directory, steps)
        return {"cold": _timed(partial(run, "cold")), "cached": _timed(partial(run, "cached"))}


def _timed(run: Callable[[], None]) -> Cost:
    cpu, wall = _cpu(), time.perf_counter()
    run()
    return Cost(1000 * (time.perf_counter() - wall), 1000 * (_cpu() - cpu))


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _per_step(one: Cost, many: Cost) -> Cost:
    return Cost((many.wall - one.wall) / (MANY - 1), (many.cpu - one.cpu) / (MANY - 1))


def _esclusa(directory: Path, steps: int) -> Callable[[str], None]:
    clock = SystemClock()
    store = open_store("", directory / "state", clock)
    secrets = [
        Secret("correct horse battery staple"),
        Secret("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END"),
    ]
    variables = {**os.environ, "TOKEN": secrets[0].reveal()}
    command = load("actions", "command")
    stage = Stage(
        name="test",
        steps=tuple(
            Step(
                id=f"test.{number}",
                stage="test",
                uses="command",
                settings={"run": f": > {directory}/out/{number}"},
                inputs=(f"in/{number}",),
            )
            for number in range(steps)
        ),
    )

    def content(step: Step, needs: Mapping[str, Evidence]) -> str:
        files = [sha256((directory / path).read_bytes()).hexdigest() for path in step.inputs or ()]
        return digest([step.uses, step.settings, files, list(needs)])

    def run(name: str) -> None:
        plan = Plan(
            run=name,
            commit="0" * 40,
            stages=(stage,),
            state=directory / "state",
            build=lambda step: command(None, step),
            variables=lambda _: variables,
            fingerprint=content,
            judge=lambda _stage, _evidence: (),
            width=WIDTH,
        )
        masker = Masker(secrets)
        ended = anyio.run(
            partial(run_stages, plan, journal=store.journal, cache=store.cache, clock=clock, masker=masker)
        )
        assert ended.outcome is Outcome.PASSED, ended.reason
        assert len(store.journal.read(run=name)) >= steps

    return run


def _ninja(directory: Path, steps: int) -> Callable[[str], None]:
    rules = ["rule step", "  command = : > $out"]
    builds = [f"build out/{number}: step in/{number}" for number in range(steps)]
    (directory / "build.ninja").write_text("\n".join([*rules, *builds, ""]))
    return _program([str(BIN / "ninja"), "--quiet", f"-j{WIDTH}"], directory)


def _doit(directory: Path, steps: int) -> Callable[[str], None]:
    (directory / "dodo.py").write_text(
        f"""
def task_step():
    for number in range({steps}):
        yield {{
            "name": str(number),
            "actions": [f": > out/{{number}}"],
            "file_dep": [f"in/{{number}}"],
            "targets": [f"out/{{number}}"],
        }}
"""
    )
    return _program([str(BIN / "doit"), "run", "-v0", f"-n{WIDTH}", "-Pthread", "-rzero"], directory)


def _program(argv: list[str], directory: Path) -> Callable[[str], None]:
    def run(_: str) -> None:
        subprocess.run(argv, cwd=directory, check=True, stdout=subprocess.DEVNULL)

    return run


def _print(medians: Mapping[tuple[str, str], Cost]) -> None:
    print(f"ms for each of {MANY} steps, {WIDTH} side by side, median of {TIMES}")
    print(f"{'':10} {'cold wall':>10} {'cold CPU':>10} {'cached wall':>12} {'cached CPU':>11}")
    for name in dict.fromkeys(name for name, _ in medians):
        cold, cached = medians[name, "cold"], medians[name, "cached"]
        print(f"{name:10} {cold.wall:10.2f} {cold.cpu:10.2f} {cached.wall:12.2f} {cached.cpu:11.2f}")


def _judge(medians: Mapping[tuple[str, str], Cost]) -> int:
    missed = 0
    limits = {
        "cold": Cost(*(cost + COLD_OVER_NINJA for cost in medians["ninja", "cold"])),
        "cached": Cost(CACHED, CACHED),
    }
    for kind, limit in limits.items():
        for unit, ours, most in zip(Cost._fields, medians["esclusa", kind], limit, strict=True):
            verdict = "met" if ours <= most else "MISSED"
            missed += ours > most
            print(f"{kind} {unit}: {ours:.2f} ms, at most {most:.2f}: {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
