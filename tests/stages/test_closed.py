"""A closed environment: nothing new sets out, but for a reason that is recorded; the way back is open."""

from datetime import date, timedelta
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import StepFailed
from esclusa.core.events import RolloutCreated, RolloutSteered
from esclusa.core.evidence import Evidence
from esclusa.core.fleet import Observation
from esclusa.core.freeze import Dates, Freeze, Lock
from esclusa.core.project import Environment, Step, StrategySpec
from esclusa.core.release import Manifest, Release
from esclusa.core.rollout import Decision
from esclusa.core.value import encode, replace
from esclusa.releases.build import Served
from esclusa.stages.closed import Closed, closed
from esclusa.stages.deploy import Deploy
from esclusa.stages.rollouts import begin_rollout, let_in
from esclusa.stages.workshop import Workshop
from tests.fakes import START
from tests.stages.workshops import task, workshop

DAY = Dates(written="2026-01-01", first=date(2026, 1, 1), last=date(2026, 1, 1))
FROZEN = Environment(name="production", freeze=Freeze(zone="Europe/Madrid", dates=(DAY,)))
OPEN = Environment(name="production")
LOCK = Lock(environment="production", by="ana", reason="moving the database", since=START)
HURRY = Decision(verb="override", by="bo", reason="customers cannot pay")
DIRECT = StrategySpec(name="direct", uses="direct")


def shop(root: Path, environment: Environment) -> Workshop:
    made = workshop(root)
    (root / "served.json").write_bytes(encode(Served(agent=made.project.agent)))
    (root / "release.json").write_bytes(encode(Manifest(parts={})))
    made.releases.add(Release(id="a" * 64, project="p", commit="c", artifact=str(root)))
    return replaced(made, environment)


def replaced(made: Workshop, environment: Environment, override: Decision | None = None) -> Workshop:
    project = replace(made.project, environments=(environment,), strategies={"direct": DIRECT})
    changed = {**vars(made), "project": project, "override": override, "target": lambda _: Nowhere()}
    return Workshop(**changed)  # type: ignore[arg-type]


class Nowhere:
    """A target where nothing is."""

    async def observe(self, environment: str) -> Observation:
        return Observation(environment=environment)


def test_a_lock_and_a_freeze_close_an_environment_and_say_until_when(tmp_path: Path) -> None:
    locks = workshop(tmp_path).locks
    assert closed(OPEN, locks, START) is None
    assert closed(FROZEN, locks, START) == Closed(
        why="production is frozen until Fri 2026-01-02 00:00 CET (`2026-01-01`)",
        mend="wait, or deploy in spite of it, which is recorded: --override REASON",
    )
    assert closed(FROZEN, locks, START + timedelta(days=1)) is None
    locks.lock(LOCK)
    found = closed(FROZEN, locks, START)
    assert found is not None
    assert found.why == "production is locked by ana: moving the database"
    assert found.mend.startswith("esclusa unlock production, or deploy in spite of it")


def test_a_deployment_into_a_closed_environment_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    made = shop(tmp_path, FROZEN)
    step = Step(id="deploy.production", stage="deploy", uses="deploy", settings={"environment": "production"})
    given = task(step, tmp_path)
    given.needs["build.artifact"] = Evidence(outputs={"release": "a" * 64})  # type: ignore[index]

    async def deployed() -> None:
        await Deploy(made, step).run(given)

    with pytest.raises(StepFailed, match="production is frozen until"):
        anyio.run(deployed)
    assert made.rollouts.latest("production") is None


def test_who_goes_on_in_spite_of_it_is_recorded_with_what_was_in_the_way(tmp_path: Path) -> None:
    made = replaced(shop(tmp_path, FROZEN), FROZEN, HURRY)
    decision = let_in(made, FROZEN)
    assert decision == replace(
        HURRY, although="production is frozen until Fri 2026-01-02 00:00 CET (`2026-01-01`)"
    )
    begun = begin_rollout(made, FROZEN, "a" * 64, run="r", override=decision)
    assert begun.decisions == (decision,)
    events = [each.event for each in made.journal.read()]
    assert [type(event) for event in events] == [RolloutCreated, RolloutSteered]
    assert events[1] == RolloutSteered(rollout="r.production", decision=decision)


def test_an_override_where_nothing_is_closed_is_nothing(tmp_path: Path) -> None:
    assert let_in(replaced(workshop(tmp_path), OPEN, HURRY), OPEN) is None


def test_the_way_back_is_never_closed(tmp_path: Path) -> None:
    made = shop(tmp_path, FROZEN)
    made.locks.lock(LOCK)
    back = begin_rollout(made, FROZEN, "a" * 64, run="", name="rollback-1", spec=DIRECT)
    assert (back.candidate, back.decisions) == ("a" * 64, ())
