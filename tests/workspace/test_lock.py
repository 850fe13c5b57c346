"""`esclusa lock`, and what a run says of it before it does anything."""

from datetime import timedelta
from pathlib import Path

import pytest

from esclusa.core.errors import UsageError
from esclusa.core.freeze import Lock
from esclusa.core.rollout import RolloutState
from esclusa.workspace.lock import Locked, lock, unlock
from tests.fakes import START
from tests.toy import Toy
from tests.workspace.projects import opened_project, roll_out


def test_a_lock_is_for_a_while_or_for_good_and_stops_nothing_that_is_under_way(tmp_path: Path) -> None:
    opened = opened_project(tmp_path)
    under_way = roll_out(opened, "a", RolloutState.BAKING)
    made = lock(opened, "production", by="ana", reason="moving", length="2h")
    until = START + timedelta(hours=2)
    fresh = Lock(environment="production", by="ana", reason="moving", since=START, until=until)
    assert made == Locked(lock=fresh, goes_on=under_way)
    with pytest.raises(UsageError, match=r"production is locked already, by ana since .*: moving"):
        lock(opened, "production", by="bo", reason="mine")
    assert unlock(opened, "production", by="bo") == fresh
    with pytest.raises(UsageError, match="production is not locked"):
        unlock(opened, "production", by="bo")


@pytest.mark.parametrize(
    ("environment", "more", "message"),
    [
        ("moon", {}, "there is no environment 'moon'"),
        ("production", {"reason": " "}, "a lock needs a reason"),
        ("production", {"length": "soon"}, "expected a time such as `2h` or `30m`, found `soon`"),
        ("production", {"length": "0"}, "expected a time"),
    ],
)
def test_a_lock_that_makes_no_sense_is_refused(
    tmp_path: Path, environment: str, more: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        lock(opened_project(tmp_path), environment, **{"by": "ana", "reason": "r", **more})


def test_a_run_that_would_end_at_a_lock_is_refused_before_it_does_anything(tmp_path: Path) -> None:
    toy = Toy(tmp_path / "toy", unit="false")
    toy.json("lock", "production", "--reason", "moving the database", "--by", "ana")
    for words in ((), ("--detach",)):
        done = toy.esclusa("run", *words)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "error: production is locked by ana: moving the database" in done.stderr
        assert "mend: esclusa unlock production, or deploy in spite of it" in done.stderr
    assert toy.json("history") == []
    assert not list((toy.root / ".esclusa" / "runs").glob("*"))
    assert toy.json("status")[1]["closed"] == "production is locked by ana: moving the database"
    # Asked to, and where it does not get that far, it runs; here its tests fail.
    assert toy.esclusa("run", "--until", "test").returncode == 1
    assert toy.esclusa("run", "--override", "customers cannot pay").returncode == 1
    toy.json("unlock", "production")
    assert toy.esclusa("run").returncode == 1
    assert [one["outcome"] for one in toy.json("history")] == ["failed"] * 3
