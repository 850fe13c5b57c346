"""A suite of 20,000 cases on a Ray cluster of two nodes, beside the same in one process.

    python -m benchmarks.workers [--cases N]

An agent that answers after 50 ms, 100 calls at once, 2 % wrong answers. On the cluster it is asked twice: as
it is, and with one worker killed in the middle. Prints seconds, and the CPU seconds of the process that keeps
the cases. Ends with 1 when a target is missed:

    every case is there once, and says and scores what it does in one process, whatever happened
    what was lost with the killed worker is asked again, and it is said how many

Both nodes, the agent and the process that keeps the cases are on this machine and share its cores, so that
nothing becomes faster by it here.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.evals.__main__ import agent, suite_of
from benchmarks.evals.nodes import two_nodes
from benchmarks.evals.spread import RUN, STEP
from esclusa.core.case import Case
from esclusa.core.value import replace
from esclusa.store import open_store
from esclusa.system import SystemClock


class Passage(NamedTuple):
    """What one passage came to: every case without its times, and what it took."""

    cases: Mapping[str, Case]
    written: int
    seconds: float
    cpu: float
    twice: str


def main() -> int:
    """Ask, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers")
    parser.add_argument("--cases", type=int, default=20_000)
    number = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as name, agent() as url, two_nodes() as address:
        directory = Path(name)
        suite = suite_of(directory / "suite", number)
        found = {
            "one process": _passage(url, suite, directory / "one"),
            "two nodes": _passage(url, suite, directory / "two", address),
            "two nodes, a worker killed": _passage(
                url, suite, directory / "lost", address, kill_at=number // 2
            ),
        }
    alone = found["one process"]
    missed = 0
    print(f"{'':28}{'cases':>8}{'seconds':>9}{'CPU s':>8}{'ms/case':>9}  as in one process")
    for what, one in found.items():
        same = one.cases == alone.cases and len(one.cases) == one.written == number
        missed += not same
        print(
            f"{what:28}{one.written:8}{one.seconds:9.1f}{one.cpu:8.1f}{1000 * one.cpu / number:9.3f}"
            f"  {'yes' if same else 'NO'}{f'; {one.twice}' if one.twice else ''}"
        )
    if not found["two nodes, a worker killed"].twice:
        print("no worker was lost: MISSED")
        missed += 1
    return 1 if missed else 0


def _passage(url: str, suite: Path, state: Path, address: str = "", kill_at: int = 0) -> Passage:
    argv = (sys.executable, "-m", "benchmarks.evals.spread", url, str(suite), str(state), address)
    began, twice = time.monotonic(), ""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        asked = line.partition("/")[0]
        if kill_at and asked.isdecimal() and int(asked) >= kill_at:
            os.kill(next(_workers()), signal.SIGKILL)
            kill_at = 0
        if "asked twice" in line:
            twice = line.strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{argv[-3:]} ended with {process.returncode}"
    store = open_store("", state, SystemClock())
    written = store.cases.read(RUN, STEP)
    store.close()
    return Passage(
        cases={case.id: replace(case, seconds=0.0) for case in written},
        written=len(written),
        seconds=time.monotonic() - began,
        cpu=usage.ru_utime + usage.ru_stime,
        twice=twice,
    )


def _workers() -> Iterator[int]:
    """The processes of the cluster's workers, of those that this process has started."""
    parents: dict[int, int] = {}
    named: list[int] = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if (path / "cmdline").read_bytes().startswith(b"ray::Hand"):
                named.append(int(path.name))
        except OSError:
            continue  # it has just ended
    for pid in named:
        above = pid
        while above and above != os.getpid():
            above = parents.get(above, 0)
        if above:
            yield pid


if __name__ == "__main__":
    sys.exit(main())
