"""Ray as where workers come from: a real cluster on this machine, and one that runs already."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from benchmarks.evals.nodes import two_nodes

from esclusa.core.case import Case
from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.value import replace
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite
from esclusa.evals.workers.cluster import LOCAL, Cluster, check_workers, host_of
from esclusa.evals.workers.hand import Hello, Job
from esclusa.evals.workers.spread import Spread
from esclusa.system import SystemClock
from tests.evals.fakes import MemoryLog
from tests.evals.files import made_suite

AGENT = """
import os, signal
from pathlib import Path

ONCE = Path(__file__).parent / "once"

async def reply(text):
    number = int(text.split()[-1])
    if number == 100 and ONCE.exists():
        ONCE.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return "wrong" if number % 7 == 0 else f"right, {number}"
"""
CASES = 300
ASK = {"python": "spread_agent:reply"}


def suite_in(directory: Path) -> Suite:
    (directory / "spread_agent.py").write_text(AGENT)
    rows = [{"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in range(CASES)]
    return made_suite(directory, rows, "scorers: [contains]\nconcurrency: 20\nseed: 5\n")


def asked(suite: Suite, workers: str = "", **more: Any) -> dict[str, Case]:
    """Every case that came of it, without the times."""
    log = MemoryLog()
    clock = SystemClock()
    subject = build_subject(ASK, Site(directory=suite.directory, clock=clock))
    crew = None
    if workers:
        job = Job(suite=suite, ask=ASK, url="", directory=str(suite.directory))
        crew = Spread(Cluster(workers, job), ["contains"], more.get("say", print))
    asyncio.run(run_suite(suite, subject, clock=clock, log=log, crew=crew, **more))
    return {case.id: replace(case, seconds=0.0) for case in log.read("", "")}


@pytest.mark.real
def test_a_cluster_on_this_machine_comes_to_the_same_though_a_worker_is_killed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = suite_in(tmp_path)
    alone = asked(suite)
    (tmp_path / "once").touch()
    made: list[str] = []
    mkdtemp = tempfile.mkdtemp

    def noted(**where: str) -> str:
        made.append(mkdtemp(**where))
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", noted)
    said: list[str] = []
    spread = asked(suite, LOCAL, say=said.append, asked=tmp_path / "asked")
    assert spread == alone
    assert len(spread) == CASES
    [lost] = [line for line in said if "cases that are asked again" in line]
    [twice] = [line for line in said if "asked twice" in line]
    assert twice.split()[0] == lost.split()[-1]
    assert capfd.readouterr() == ("", "")
    [cluster] = [path for path in made if "/esclusa-ray-" in path]
    assert not Path(cluster).exists()


@pytest.mark.real
def test_a_cluster_of_two_nodes_that_runs_already_comes_to_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    suite = suite_in(tmp_path)
    alone = asked(suite)
    with two_nodes() as address:
        assert asked(suite, address, say=lambda _: None) == alone
    assert capfd.readouterr() == ("", "")


class Begins:
    """An actor that says this when it is to begin."""

    def __init__(self, hello: Hello) -> None:
        self.begin = self
        self._hello = hello

    async def remote(self) -> Hello:
        return self._hello


def test_a_worker_that_lacks_something_says_which_it_is_and_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Cluster("ray://head:10001", Job(suite=suite_in(tmp_path), ask=ASK, url="", directory=""))
    hello = Hello(pid=7, host="node-b", refused="it has esclusa 1, and here is 2")
    monkeypatch.setattr(pool, "_started", lambda: Begins(hello))
    with pytest.raises(UsageError) as found:
        asyncio.run(pool.hire(3))
    assert str(found.value) == (
        "worker 3 (pid 7 on node-b) cannot ask: it has esclusa 1, and here is 2\n"
        "  mend: give every node what this machine has: esclusa, its extras, the project"
    )


def test_an_address_where_nobody_listens_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"ray://127\.0\.0\.1:1 cannot be reached"):
        asked(suite_in(tmp_path), "ray://127.0.0.1:1")


def test_an_address_has_a_host_and_a_port() -> None:
    assert host_of("ray://head.example:10001") == ("head.example", 10001)


@pytest.mark.parametrize(
    "address",
    ["rays", "ray:", "ray://", "ray://head", "ray://:10001", "ray://a:b", "ray://a:1/x", "ray://u@a:1"],
)
def test_any_other_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="names no workers"):
        check_workers(address, suite_in(tmp_path))


def test_a_load_is_not_spread(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, [{"id": "a", "input": "x"}], "load: {users: 1, duration: 1 s}\n")
    with pytest.raises(UsageError, match="a load is not spread"):
        check_workers(LOCAL, suite)


def test_without_ray_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match="ray is not installed") as found:
        check_workers(LOCAL, suite_in(tmp_path))
    assert found.value.mend == "pip install 'esclusa[ray]'"
