"""Crashes: kill -9 in mid-canary, at named points and at seeded random moments; prints a table.

    python -m benchmarks.crashes [--moments 10] [--seed 1]

Real Envoy, supervisord, SQLite and replicas; customers talk all the time. Every row is one canary in which
one thing died. It must end as if nothing had: the same end state, every operation done once, every replica
started once, no request taken by a lower generation, statistics equal to a recount of the log, no customer
without an answer. Exits 1 when a row has a complaint, or when anything is left after down.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.crashes.scene import CONTROLLER, Scene
from esclusa.core.rollout import RolloutState
from esclusa.deploy.stops import POINTS

NOBODY = "nobody"
OPERATIONS = 5
"""Of a healthy canary of three steps: prepare, three shares, promote."""
WHOLE = 9.0
"""Seconds within which a random moment lies: about as long as such a canary takes."""


def main(moments: int, seed: int) -> int:
    """Play every row; the number of complaints."""
    drawn = random.Random(seed)
    complaints = 0
    with tempfile.TemporaryDirectory(prefix="crashes-") as directory:
        scene = Scene(Path(directory), seed=seed)
        began = time.monotonic()
        try:
            scene.begin()
            print(f"{'died':<12} {'when':<26} {'ended':<12} {'s':>5} {'broken':>6}  said, or complaint")
            for number, (victim, when) in enumerate(_rows(moments, drawn), 1):
                complaints += _play(scene, f"r{number}", victim, when)
        finally:
            served, broken = scene.served, scene.broken
            left = scene.end()
    print(f"\n{served} requests answered, {broken} not, in {time.monotonic() - began:.0f} s")
    for line in left:
        print(line)
    print("nothing is left after down" if not left else f"{len(left)} complaints after down")
    return complaints + len(left)


def _rows(moments: int, drawn: random.Random) -> Iterator[tuple[str, str | float]]:
    yield NOBODY, 0.0
    for point in POINTS:
        for operation in range(1, OPERATIONS + 1):
            yield CONTROLLER, f"{point}#{operation}"
    for victim in ("cli", CONTROLLER, "supervisord"):
        for _ in range(moments):
            yield victim, drawn.uniform(0, WHOLE)


def _play(scene: Scene, rollout: str, victim: str, when: str | float) -> int:
    broken = scene.broken
    began = time.monotonic()
    scene.controller(*([when] if isinstance(when, str) else []))
    scene.deploy(rollout, rollout)
    moment = when
    if not isinstance(when, str):
        time.sleep(when)
        moment = f"{when:.1f} s, {scene.now(rollout).state.value}"
        if victim != NOBODY:
            scene.kill(victim)
    ended = scene.ended(rollout)
    complaints = scene.complaints(rollout)
    if ended.state is not RolloutState.PROMOTED:
        complaints.append(f"not promoted: {ended.reason}")
    if scene.broken > broken:
        complaints.append(f"{scene.broken - broken} customers without an answer")
    seconds = time.monotonic() - began
    said = "; ".join(complaints or scene.recovered(rollout)) or "-"
    mark = "COMPLAINT " if complaints else ""
    print(
        f"{victim:<12} {moment:<26} {ended.state.value:<12} {seconds:>5.1f} {scene.broken - broken:>6}"
        f"  {mark}{said}",
        flush=True,
    )
    return len(complaints)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.crashes")
    parser.add_argument("--moments", type=int, default=10, help="random moments for each victim")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sys.exit(1 if main(asked.moments, asked.seed) else 0)
