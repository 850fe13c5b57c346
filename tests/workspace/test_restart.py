"""`esclusa restart`: when it is refused, before anything is touched."""

from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.rollout import RolloutState
from esclusa.pipeline.exclusive import RUN
from esclusa.system import holder
from esclusa.workspace.lock import lock
from esclusa.workspace.opened import Opened
from esclusa.workspace.restart import restart
from tests.workspace.projects import opened_project, roll_out


def restarted(opened: Opened, environment: str = "production") -> None:
    async def scene() -> None:
        await restart(opened, environment, by="ana", say=print)

    anyio.run(scene)


def test_it_is_refused_where_there_is_nothing_to_restart(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    with pytest.raises(UsageError, match="there is no environment 'moon'"):
        restarted(opened, "moon")
    with pytest.raises(UsageError, match="nothing serves"):
        restarted(opened, "")
    with pytest.raises(UsageError, match="nothing serves in production"):
        restarted(opened)


def test_it_is_refused_while_somebody_else_is_at_work(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    lock(opened, "production", by="bo", reason="moving")
    with pytest.raises(UsageError, match=r"production is locked by bo: moving\n.*esclusa unlock production"):
        restarted(opened)
    roll_out(opened, "a", RolloutState.BAKING)
    with pytest.raises(UsageError, match=r"rollout to-a is at work on production\n.*esclusa abort to-a"):
        restarted(opened)
    assert opened.store.lease.take(RUN, holder(), 60.0)
    with pytest.raises(UsageError, match="a run is under way, by process"):
        restarted(opened, "")
