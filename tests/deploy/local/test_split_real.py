"""Who says himself which release he wants gets it, through a real Envoy."""

import asyncio

import pytest

from esclusa.core.fleet import Fleet, Match
from esclusa.core.value import replace
from tests.deploy.local.conftest import Place, port_of
from tests.deploy.local.load import ask

pytestmark = [pytest.mark.real, pytest.mark.anyio]


def split(place: Place, *matches: Match) -> Fleet:
    """Those who match get the new release, everybody else the old one."""
    fleet = place.fleet(("new", 0.0), ("old", 1.0))
    assert fleet.route is not None
    return replace(fleet, route=replace(fleet.route, matches=matches))


async def test_a_header_or_a_cookie_decides_exactly_and_before_what_a_conversation_was_pinned_to(
    place: Place,
) -> None:
    target = place.target()
    port = port_of(await target.apply(place.fleet(("old", 1.0)), 1))
    assert (await ask(port, "pinned")).release == "old"
    header = Match(release="new", header="X-Cohort", value="b")
    cookie = Match(release="new", cookie="plan", value="a.b+1")
    await target.apply(split(place, header, cookie), 2)

    async def served(*headers: str, conversation: str = "") -> str:
        return (await ask(port, conversation, headers=headers)).release

    gets_b = ["x-cohort: b", "cookie: plan=a.b+1", "cookie: x=1; plan=a.b+1;y=2", "cookie: plan=a.b+1 ; y=2"]
    gets_a = [
        "x-cohort: bb",
        "x-cohort: a",
        "cookie: plan=aXb+1",
        "cookie: myplan=a.b+1",
        "cookie: plan=a.b+12",
    ]
    for number in range(5):
        assert {await served(said, conversation=f"b{number}{said[-4:]}") for said in gets_b} == {"new"}
        assert {await served(said, conversation=f"a{number}{said[-4:]}") for said in gets_a} == {"old"}
        assert await served() == "old"
    assert await served("cookie: x=1", "cookie: plan=a.b+1") == "new"
    assert await served("x-cohort: b", conversation="pinned") == "new"
    assert await served(conversation="pinned") == "new", "a conversation that has changed over stays there"
    assert {await served(said) for said in gets_b} == {"new"}

    answers = await asyncio.gather(*(ask(port, f"late-{n}", headers=["x-cohort: b"]) for n in range(20)))
    assert {answer.release for answer in answers} == {"new"}
    await target.apply(place.fleet(("old", 1.0)), 3)
    assert await served("x-cohort: b", conversation="late-1") == "old"
