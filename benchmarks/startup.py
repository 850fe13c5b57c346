"""What a command costs before it does anything: CPU seconds of whole processes, beside the bare interpreter.

    python -m benchmarks.startup [--runs N]

Targets: `esclusa --help` at most 0.30 s CPU, `esclusa check` on the sample at most 0.8 s.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ESCLUSA = (sys.executable, "-m", "esclusa")
REFERENCES: dict[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "python -c 'import sqlalchemy'": (sys.executable, "-c", "import sqlalchemy"),
}
LIMITS = {"esclusa --help": 0.30, "esclusa check": 0.80}


def main() -> None:
    """Measure, and print a line for each command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup")
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        sample = Path(scratch) / "sample"
        subprocess.run(
            (*ESCLUSA, "init", str(sample), "--template", "support-agent"), check=True, capture_output=True
        )
        commands = {
            **REFERENCES,
            "esclusa --help": (*ESCLUSA, "--help"),
            "esclusa check": (*ESCLUSA, "-C", str(sample), "check"),
            "esclusa history": (*ESCLUSA, "-C", str(sample), "history"),
        }
        print(f"CPU seconds (user + system) of the whole process, {runs} runs after one warm-up")
        print(f"{'command':<32}{'min':>8}{'median':>8}{'max':>8}{'limit':>8}")
        for name, argv in commands.items():
            print(_line(name, [_seconds(argv) for _ in range(runs + 1)][1:]))


def _seconds(argv: Sequence[str]) -> float:
    before = os.times()
    subprocess.run(argv, check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def _line(name: str, seconds: list[float]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    limit = LIMITS.get(name)
    held = "" if limit is None else f"{limit:>8.2f}  {'held' if middle <= limit else 'MISSED'}"
    return f"{name:<32}{low:>8.2f}{middle:>8.2f}{high:>8.2f}{held}"


if __name__ == "__main__":
    main()
