"""One passage through a suite in a process of its own, so that it can be killed: cases in a store on disk.

python -m tests.evals.passage URL SUITE STATE
"""

import asyncio
import sys
from pathlib import Path

from esclusa.core.value import encode
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.store import open_store
from esclusa.system import SystemClock

RUN, STEP = "run-1", "eval.quality"


async def main(url: str, suite: str, state: str) -> None:
    """Print the evidence."""
    clock = SystemClock()
    store = open_store("", Path(state), clock)
    evidence = await run_suite(
        load_suite(Path(suite)),
        build_subject({"openai": "/"}, Site(url=url, clock=clock)),
        clock=clock,
        log=store.cases,
        run=RUN,
        step=STEP,
        release="r1",
        asked=Path(state) / "asked",
    )
    print(encode(evidence).decode())
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
