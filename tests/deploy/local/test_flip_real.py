"""The flip, with a real Envoy: what it moves at once, and every doubt on which it keeps its hands off."""

import asyncio
from pathlib import Path

import pytest

from esclusa.core.errors import Fenced
from esclusa.core.value import replace
from esclusa.deploy.stops import EFFECTS, Hook, never
from esclusa.deploy.targets.local import LocalTarget
from esclusa.deploy.targets.local.flip import flip
from esclusa.deploy.targets.local.site import Site
from esclusa.deploy.targets.local.supervisor import Supervisor
from esclusa.deploy.targets.local.vault import Vault
from esclusa.deploy.traffic.admin import Admin
from esclusa.system import SystemClock
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import ask

pytestmark = [pytest.mark.real, pytest.mark.anyio]


def site_of(place: Place, hook: Hook = never) -> Site:
    return Site(
        home=place.directory,
        environment="production",
        address="127.0.0.1",
        supervisor=Supervisor(place.directory),
        vault=Vault(place.directory, place.secrets),
        clock=SystemClock(),
        hook=hook,
    )


def on_disk(place: Place) -> tuple[bytes, bytes]:
    """The state and the routes."""
    environment = Path(place.directory, "targets", "production")
    return (environment / "state.json").read_bytes(), (environment / "router" / "routes.json").read_bytes()


async def test_routes_alone_move_at_once_and_what_comes_after_finds_them_in_force(place: Place) -> None:
    passed: list[str] = []
    target = LocalTarget(place.directory, SystemClock(), place.secrets, hook=passed.append)
    port = port_of(await target.apply(place.fleet(("new", 0.0), ("old", 1.0)), 1))
    assert (await ask(port)).release == "old"
    switched = place.fleet(("new", 1.0), ("old", 0.0))

    assert await flip(site_of(place), switched, 2)
    assert (await ask(port)).release == "new"
    written = on_disk(place)
    seen = await target.observe("production")
    assert (seen.generation, seen.router) == (2, "serving")
    assert await target.apply(switched, 2) == seen
    assert on_disk(place) == written

    # A release that goes away is drained and stopped after the flip; every stop point is passed once.
    passed.clear()
    gone = await target.apply(place.fleet(("old", 1.0)), 3)
    assert passed == list(EFFECTS)
    assert [(one.release, one.running) for one in gone.workloads] == [("old", 1)]
    assert [one.release for one in site_of(place).ledger.read().clusters] == ["old"]
    assert (await ask(port)).release == "old"


async def test_on_any_doubt_nothing_is_touched_and_the_ordinary_way_is_taken(place: Place) -> None:
    target, site = place.target(), site_of(place)
    port = port_of(await target.apply(place.fleet(("new", 1.0), ("old", 0.0)), 5))
    switched = place.fleet(("new", 0.5), ("old", 0.5))
    before = on_disk(place)

    with pytest.raises(Fenced, match="generation 4 of production is refused: 5 has begun"):
        await flip(site, switched, 4)
    assert not await flip(site, place.fleet(("more", 1.0), ("old", 0.0)), 6)
    state = site.ledger.read()
    site.supervisor.remove(next(one.program for one in state.replicas if one.of == "new"))
    admin = Admin(site.router(state).admin)
    for _ in range(500):  # until its health check has failed
        if not (await admin.healthy(state.clusters))[state.clusters[0].name]:
            break
        await asyncio.sleep(0.02)
    assert not await flip(site, switched, 6)
    site.supervisor.remove(state.router)
    to_old = place.fleet(("new", 0.0), ("old", 1.0))
    assert not await flip(site, to_old, 6)
    assert on_disk(place) == before

    assert (await target.apply(to_old, 6)).router == "serving"
    assert (await ask(port)).release == "old"


async def test_another_controller_that_begins_meanwhile_wins(place: Place) -> None:
    await place.target().apply(place.fleet(("new", 0.0), ("old", 1.0)), 1)
    site = site_of(place)
    switched = place.fleet(("new", 1.0), ("old", 0.0))

    def overtaken_at(moment: str, generation: int) -> Hook:
        def hook(point: str) -> None:
            if point == moment:
                with site.ledger.turn(generation) as turn:
                    turn.write(replace(turn.state, fence=generation))

        return hook

    routes = on_disk(place)[1]
    with pytest.raises(Fenced):
        await flip(site_of(place, overtaken_at("after-clusters", 3)), switched, 2)
    assert on_disk(place)[1] == routes
    with pytest.raises(Fenced):
        await flip(site_of(place, overtaken_at("after-routes", 5)), switched, 4)
    assert site.ledger.read().generation == 1


@pytest.mark.parametrize("torn", ["before the routes", "after the routes"])
async def test_a_flip_that_was_cut_off_is_finished_by_whoever_comes_next(
    place: Place, monkeypatch: pytest.MonkeyPatch, torn: str
) -> None:
    port = port_of(await place.target().apply(place.fleet(("new", 0.0), ("old", 1.0)), 1))
    switched = place.fleet(("new", 1.0), ("old", 0.0))

    def cut(*_: object, **__: object) -> None:
        raise InterruptedError

    name = "replace_file" if torn == "before the routes" else "confirm"
    with monkeypatch.context() as patch:
        patch.setattr(f"esclusa.deploy.targets.local.flip.{name}", cut)
        with pytest.raises(InterruptedError):
            await flip(site_of(place), switched, 2)
    assert site_of(place).ledger.read().generation == 1

    seen = await place.target().apply(switched, 2)

    assert (seen.generation, seen.router) == (2, "serving")
    assert (await ask(port)).release == "new"
