"""Refused calls: made again when they may be, never dropped, never the agent's fault."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.subjects.retries import none_left, retry_after, span
from tests.evals.fakes import FakeClock, ImpatientClock
from tests.evals.servers import Handler, completion, served

HELLO = Question(id="hello", input="Hello")


def asked(handler: Handler, clock: ImpatientClock, retries: int = 3) -> Answer:
    async def scene() -> Answer:
        async with served(handler) as url:
            settings = {"openai": {"path": "/", "url": url, "retries": retries}}
            async with build_subject(settings, Site(clock=clock)) as subject:
                return await subject.ask(HELLO, 5.0)

    return asyncio.run(scene())


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_is_waited_for_as_it_asks_and_the_case_is_not_dropped(status: int) -> None:
    calls = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=status, headers={"retry-after": "7"}) if calls < 3 else completion("Hi!")

    clock = ImpatientClock()
    assert asked(handler, clock).text == "Hi!"
    assert len(clock.slept) == 2
    assert all(6.9 < wait < 7 * 1.25 for wait in clock.slept)


@pytest.mark.parametrize("after", ["", "0", "soon"])
def test_a_refusal_that_does_not_end_is_outside(after: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"retry-after": after})

    clock = ImpatientClock()
    answer = asked(handler, clock, retries=2)
    assert (answer.error, answer.error_kind) == ("429 (rate limited), 3 times", "outside")
    first, second = clock.slept
    assert 1 <= first < 1.25
    assert second == 2 * first


def test_a_day_is_not_waited_for_and_nothing_more_is_sent() -> None:
    calls = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=429, headers={"retry-after": "86400"})

    clock = ImpatientClock()
    answer = asked(handler, clock)
    assert (answer.error, answer.error_kind) == ("rate limited: no call is wanted for 86400 s", "outside")
    assert (calls, clock.slept) == (1, [])


def test_a_503_that_names_no_time_is_the_agents_error() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=503, text="overloaded")

    answer = asked(handler, ImpatientClock())
    assert (answer.error, answer.error_kind) == ("the agent answered 503: overloaded", "agent")


def test_without_retries_a_refusal_is_told_as_it_comes() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"retry-after": "7"})

    clock = ImpatientClock()
    answer = asked(handler, clock, retries=0)
    assert (answer.error, answer.error_kind, clock.slept) == ("429 (rate limited), once", "outside", [])


def test_under_a_load_no_call_waits_for_another_ones_refusal() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"retry-after": "7"})

    async def scene() -> list[float]:
        clock = ImpatientClock()
        site = Site(clock=clock, patient=False)
        async with (
            served(handler) as url,
            build_subject({"openai": {"path": "/", "url": url}}, site) as subject,
        ):
            answers = [await subject.ask(HELLO, 5.0) for _ in range(2)]
        assert {answer.error for answer in answers} == {"429 (rate limited), once"}
        return clock.slept

    assert asyncio.run(scene()) == []


def test_when_no_requests_are_left_the_next_call_waits_until_there_are() -> None:
    async def handler(_: web.Request) -> web.Response:
        response = completion("Hi!")
        response.headers.update({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "5s"})
        return response

    async def scene() -> list[float]:
        clock = FakeClock()
        async with (
            served(handler) as url,
            build_subject({"openai": "/"}, Site(url=url, clock=clock)) as subject,
        ):
            await subject.ask(HELLO, 5.0)
            assert clock.slept == []
            await subject.ask(HELLO, 5.0)
            return clock.slept

    (wait,) = asyncio.run(scene())
    assert 5.0 <= wait < 5.0 * 1.25


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = "Mon, 23 Nov 2026 09:00:20 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "1", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "1", "retry-after-ms": "soon"}, 1.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": LATER}, 20.0),
        ({"retry-after": LATER, "date": "Mon, 23 Nov 2026 09:00:15 GMT"}, 5.0),
        ({"retry-after": LATER, "date": "Wed, 01 Jan 2031 00:00:00 GMT"}, 0.0),
        ({"retry-after": LATER, "date": "whenever"}, None),
    ],
)
def test_a_date_is_taken_by_the_clock_that_wrote_it(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"ratelimit-remaining": "3", "ratelimit-reset": "9"}, 0.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "9"}, 9.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s"}, 90.0),
        ({"x-ratelimit-remaining-requests": "0"}, 0.0),
    ],
)
def test_what_is_left_is_read_from_either_kind_of_header(headers: dict[str, str], seconds: float) -> None:
    assert none_left(headers) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("20ms", 0.02), ("6m0.5s", 360.5), ("1h", 3600.0), ("", 0.0), ("soon", 0.0), ("5 s", 0.0)],
)
def test_a_span_of_time_is_read(text: str, seconds: float) -> None:
    assert span(text) == pytest.approx(seconds)
