"""The keeper says when a supervisord is another one than before, and not when it is only the first."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from esclusa.core.events import Recovered
from esclusa.deploy.targets.local import ensure_supervisor, shut_down
from esclusa.deploy.targets.local.keeper import Keeper
from tests.processes import living, wait_until

pytestmark = pytest.mark.real

BACK = (Recovered(what="supervisord", how="had died; started again, and what ran was adopted"),)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    shut_down(tmp_path)


def kill(state: Path) -> None:
    pid = int((state / "supervisor" / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not living(pid))


def test_the_first_one_and_one_after_an_orderly_end_are_no_recoveries(state: Path) -> None:
    keeper = Keeper(state)
    assert keeper.keep() == ()
    assert keeper.keep() == ()
    shut_down(state)
    assert Keeper(state).keep() == ()


def test_one_that_died_is_started_again_and_said_so(state: Path) -> None:
    keeper = Keeper(state)
    keeper.keep()
    kill(state)
    assert keeper.keep() == BACK
    assert keeper.keep() == ()


def test_it_is_said_even_when_somebody_else_started_it_again(state: Path) -> None:
    keeper = Keeper(state)
    keeper.keep()
    kill(state)
    ensure_supervisor(state)
    assert keeper.keep() == BACK


def test_a_keeper_that_comes_later_knows_that_one_died(state: Path) -> None:
    Keeper(state).keep()
    kill(state)
    assert Keeper(state).keep() == BACK
