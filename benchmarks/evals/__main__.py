"""What a case costs: CPU, memory and start-up of the runner, beside a bare loop and pydantic-evals.

    python -m benchmarks.evals [--times N]

An agent that answers after 50 ms, 100 calls at once, 2 % wrong answers that must be found. The runner reads
its suite from a file and stores every case in SQLite, durably; the loop (asyncio and aiohttp) and
pydantic-evals store nothing. Each is a process of its own, in turns; medians. Ends with 1 when a target is
missed:

    at most 0.40 ms CPU for each added case, from 2,000 to 20,000
    peak memory at 20,000 cases at most 15 MB above 2,000, and 45 MB above the same imports
    a run of one case at most 0.35 s CPU above the loop's

CPU is what the machine needed for it just then: on a busy one everybody's is more, the loop's too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.evals.agent import WRONG
from benchmarks.evals.peers import peers

SIZES = (1, 2000, 20000)
SHORT = 5
"""Runs of one case for one of each other size: they are short, and a busy machine disturbs them most."""
PER_CASE = 0.40
ABOVE_2000 = 15.0
ABOVE_IMPORTS = 45.0
ABOVE_LOOP = 0.35
OURS = "esclusa, stored"
LOOP = "bare loop"
THEIRS = "pydantic-evals"


class Cost(NamedTuple):
    """Of a whole process: CPU seconds, and megabytes at its peak."""

    cpu: float
    memory: float


Costs = Mapping[tuple[str, int], Cost]


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evals")
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    other = str(peers() / "python")
    one, *others = SIZES
    turns = [size for _ in range(times) for size in (*[one] * SHORT, *others)]
    measured: dict[tuple[str, int], list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name, agent() as url:
        for turn, size in enumerate(turns):
            suite = suite_of(Path(name) / str(size), size)
            cases = str(suite.parent / "cases.jsonl")
            state = f"{name}/state-{turn}"
            programs = {
                LOOP: (sys.executable, "-m", "benchmarks.evals.loop", url, cases),
                OURS: (sys.executable, "-m", "benchmarks.evals.ours", url, str(suite), state),
                THEIRS: (other, "benchmarks/evals/theirs.py", url, cases),
            }
            for program, argv in programs.items():
                measured.setdefault((program, size), []).append(_cost(argv, _right(size)))
        imports = _cost((sys.executable, "-m", "benchmarks.evals.ours"), None)
        measured[OURS, 0] = [imports]
    return _judge(
        {
            key: Cost(*(statistics.median(one) for one in zip(*costs, strict=True)))
            for key, costs in measured.items()
        }
    )


@contextmanager
def agent(*argv: str) -> Iterator[str]:
    """The address of the agent, while it runs."""
    process = subprocess.Popen(
        (sys.executable, "-m", "benchmarks.evals.agent", *argv), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def suite_of(directory: Path, size: int) -> Path:
    """A suite of so many cases in a directory of its own."""
    directory.mkdir(exist_ok=True)
    rows = ({"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in range(1, size + 1))
    (directory / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = directory / "suite.yaml"
    path.write_text("dataset: cases.jsonl\nscorers: [exact]\nconcurrency: 100\n")
    return path


def _right(size: int) -> int:
    return size - size // WRONG


def _cost(argv: Sequence[str], right: int | None) -> Cost:
    """Of the process, which must have found so many right answers."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = process.stdout.read().decode().strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{argv[-3:]} ended with {process.returncode}"
    assert right is None or int(said) == right, f"{argv[-3:]} found {said} right answers, not {right}"
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def _judge(costs: Costs) -> int:
    one, few, many = SIZES
    print(
        f"{'':18}{'CPU s, 1 case':>14}{'2,000':>8}{'20,000':>8}{'ms/case':>9}{'MB, 2,000':>11}{'20,000':>8}"
    )
    for name in (LOOP, OURS, THEIRS):
        cpu = "".join(
            f"{costs[name, size].cpu:{width}.2f}" for size, width in zip(SIZES, (14, 8, 8), strict=True)
        )
        memory = f"{costs[name, few].memory:11.0f}{costs[name, many].memory:8.0f}"
        print(f"{name:18}{cpu}{_per_case(costs, name):9.3f}{memory}")
    ours = costs[OURS, many].memory
    targets = (
        ("ms CPU for each added case", _per_case(costs, OURS), PER_CASE),
        ("MB at 20,000 above 2,000", ours - costs[OURS, few].memory, ABOVE_2000),
        ("MB at 20,000 above the imports", ours - costs[OURS, 0].memory, ABOVE_IMPORTS),
        ("s CPU of one case above the loop", costs[OURS, one].cpu - costs[LOOP, one].cpu, ABOVE_LOOP),
    )
    missed = 0
    for what, found, most in targets:
        missed += found > most
        print(f"{found:8.2f} {what}, at most {most:.2f}: {'met' if found <= most else 'MISSED'}")
    return 1 if missed else 0


def _per_case(costs: Costs, name: str) -> float:
    _, few, many = SIZES
    return 1000 * (costs[name, many].cpu - costs[name, few].cpu) / (many - few)


if __name__ == "__main__":
    sys.exit(main())
