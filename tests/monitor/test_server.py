"""The servers of metrics and of flags, as they listen."""

import subprocess
import sys

import pytest

from tests.processes import LOOPBACK, listening

METRICS = """
from esclusa.monitor.server import serve
serve(0, lambda: None, lambda url: print(url, flush=True))
"""
FLAGS = """
import anyio
from esclusa.flags.server import serve
anyio.run(serve, None, 0, lambda url: print(url, flush=True))
"""


@pytest.mark.parametrize("program", [METRICS, FLAGS])
def test_it_listens_on_this_machine_only(program: str) -> None:
    with subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rpartition(":")[2].partition("/")[0])
            assert listening([server.pid]) == {(LOOPBACK, port)}
        finally:
            server.terminate()
