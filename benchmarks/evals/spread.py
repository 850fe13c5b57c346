"""A suite asked by the workers of a Ray cluster, every case in a store on disk.

    python -m benchmarks.evals.spread URL SUITE STATE [ADDRESS]

Without an address by this process. Prints how far it is and what is said, one line each.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from esclusa.core.project import Price
from esclusa.evals.panel import missing
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.evals.workers.cluster import Cluster
from esclusa.evals.workers.hand import Job
from esclusa.evals.workers.spread import Spread
from esclusa.store import open_store
from esclusa.system import SystemClock

RUN, STEP = "r", "eval.quality"
ASK = {"openai": "/"}


def main(url: str, path: str, state: str, address: str = "") -> None:
    """To the end of the suite."""
    clock = SystemClock()
    suite = load_suite(Path(path))
    store = open_store("", Path(state), clock)
    crew = None
    if address:
        job = Job(suite=suite, ask=ASK, url=url, directory=state, missing=missing(suite))
        crew = Spread(Cluster(address, job), [spec.name for spec in suite.scorers], _say)
    asyncio.run(
        run_suite(
            suite,
            build_subject(ASK, Site(url=url, clock=clock)),
            clock=clock,
            prices={"bench": Price(input=0.15, output=0.6)},
            log=store.cases,
            run=RUN,
            step=STEP,
            asked=Path(state) / "asked",
            tell=_tell,
            say=_say,
            crew=crew,
        )
    )
    store.close()


def _say(line: str) -> None:
    print(line, flush=True)


def _tell(numbers: Mapping[str, str]) -> None:
    print(numbers["cases"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
