"""Applies a fleet in a process of its own, so that it can be killed: DIRECTORY FLEET GENERATION."""

import asyncio
import sys
from pathlib import Path

from esclusa.core.fleet import Fleet
from esclusa.core.value import decode
from tests.deploy.local.conftest import Place

if __name__ == "__main__":
    print("begins", flush=True)
    asyncio.run(Place(Path(sys.argv[1])).target().apply(decode(Fleet, sys.argv[2]), int(sys.argv[3])))
