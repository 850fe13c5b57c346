"""The runner as a run uses it: a suite from a file, every case in a store on disk.

python -m benchmarks.evals.ours URL SUITE STATE
python -m benchmarks.evals.ours             imports the same, and asks nothing
"""

import asyncio
import sys
from pathlib import Path

from esclusa.core.evidence import Rate
from esclusa.core.ports import Clock
from esclusa.core.project import Price
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, Subject, build_subject
from esclusa.evals.subjects.openai import OpenAI
from esclusa.evals.suite import Suite, load_suite
from esclusa.store import Store, open_store
from esclusa.system import SystemClock

__all__ = ["OpenAI"]


def main(url: str, path: str, state: str) -> int:
    """How many were right."""
    clock = SystemClock()
    suite = load_suite(Path(path))
    store = open_store("", Path(state), clock)
    subject = build_subject({"openai": "/"}, Site(url=url, clock=clock))
    return asyncio.run(hits(suite, subject, clock, store, Path(state)))


async def hits(suite: Suite, subject: Subject, clock: Clock, store: Store, state: Path) -> int:
    """A number and not the evidence: as `asyncio.run` ends, it makes a text of whatever it returns."""
    evidence = await run_suite(
        suite,
        subject,
        clock=clock,
        prices={"bench": Price(input=0.15, output=0.6)},
        log=store.cases,
        run="r",
        step="eval.quality",
        asked=state / "asked",
    )
    accuracy = evidence.measurements["accuracy"]
    assert isinstance(accuracy, Rate)
    assert accuracy.n == len(suite.dataset.questions)
    return accuracy.hits


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(main(*sys.argv[1:]))
