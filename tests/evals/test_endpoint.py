"""An endpoint: what is sent, what is tried again, and a key that is never said."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.errors import ConfigurationError
from esclusa.evals.endpoint import Endpoint, EndpointFailed, EndpointSettings, Useless
from tests.evals.fakes import FakeClock, ImpatientClock
from tests.evals.models import SaidModel, said_model
from tests.evals.servers import talking

KEY = {"JUDGE_KEY": "sk-very-secret-key"}


def posted(
    *replies: Any, clock: Any = None, read: Any = lambda data: data["said"], **settings: Any
) -> tuple[Any, SaidModel]:
    """What came of one call, an exception included, and the server it was made to."""

    async def scene() -> tuple[Any, SaidModel]:
        async with said_model(*replies) as model:
            given = EndpointSettings(url=model.url, model="m", **settings)
            endpoint = Endpoint(given, clock=clock or ImpatientClock(), environment=KEY)
            try:
                return await endpoint.post("embeddings", {"input": ["a"]}, read), model
            except EndpointFailed as failed:
                return str(failed), model

    return asyncio.run(scene())


def test_what_is_posted_has_the_model_the_parameters_and_the_key() -> None:
    found, model = posted(web.json_response({"said": 1}), key="JUDGE_KEY", parameters={"seed": 7})
    assert found == 1
    assert model.asked == [{"path": "/v1/embeddings", "model": "m", "seed": 7, "input": ["a"]}]
    assert model.headers[0]["authorization"] == "Bearer sk-very-secret-key"


def test_without_a_key_none_is_sent() -> None:
    assert "authorization" not in posted(web.json_response({"said": 1}))[1].headers[0]


def useless(data: Any) -> Any:
    if data["said"] == 0:
        raise Useless("zero is no use")
    return data["said"]


@pytest.mark.parametrize(
    "first",
    [
        lambda: web.json_response({"said": 0}),
        lambda: web.Response(text="{torn"),
        lambda: web.Response(status=503, text="busy"),
        lambda: web.Response(status=429, headers={"retry-after": "7"}),
    ],
)
def test_what_may_pass_is_tried_again(first: Any) -> None:
    clock = FakeClock()
    found, model = posted(first(), web.json_response({"said": 2}), read=useless, clock=clock)
    assert (found, len(model.asked), len(clock.slept)) == (2, 2, 1)


def test_nonsense_is_asked_again_at_once() -> None:
    clock = FakeClock()
    posted(lambda _: web.json_response({"said": 0}), read=useless, clock=clock, retries=2)
    assert clock.slept == [0.0, 0.0]


def test_it_waits_as_long_as_it_is_told_and_else_longer_each_time() -> None:
    clock = FakeClock()
    posted(lambda _: web.Response(status=429, headers={"retry-after": "7"}), clock=clock, retries=1)
    told = FakeClock()
    posted(
        lambda _: web.Response(
            status=429,
            headers={
                "date": "Mon, 23 Nov 2026 09:00:00 GMT",
                "retry-after": "Mon, 23 Nov 2026 09:00:03 GMT",
            },
        ),
        clock=told,
        retries=1,
    )
    untold = FakeClock()
    posted(lambda _: web.Response(status=500), clock=untold, retries=3)
    assert (clock.slept, told.slept) == ([7.0], [3.0])
    assert all(0.5 * 2**n <= slept <= 2**n for n, slept in enumerate(untold.slept))
    assert len(untold.slept) == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (lambda _: web.Response(status=500, text="no  luck"), "m: it answered 500: no luck, 2 times"),
        (lambda _: web.Response(text="{torn"), "m: expected JSON: {torn, 2 times"),
        (lambda _: web.json_response({"said": 0}), "m: zero is no use, 2 times"),
        (
            lambda _: web.Response(status=401, text="bad key sk-very-secret-key"),
            "m: it answered 401: bad key ***",
        ),
        (lambda _: web.Response(status=302, headers={"location": "/x"}), "m: it answered 302"),
        (
            lambda _: web.Response(text="x" * 10_000_001),
            "m: its answer is longer than anybody reads, 2 times",
        ),
    ],
)
def test_a_failure_is_said_in_words_that_never_hold_the_key(reply: Any, said: str) -> None:
    found, model = posted(reply, read=useless, retries=1, key="JUDGE_KEY")
    assert found == said
    assert len(model.asked) == (2 if "2 times" in said else 1)


def test_one_that_hangs_and_one_that_is_not_there_fail_too() -> None:
    async def absent(url: str, timeout: str) -> str:
        endpoint = Endpoint(EndpointSettings(url=url, model="m", timeout=timeout, retries=0))
        with pytest.raises(EndpointFailed) as failed:
            await endpoint.post("x", {}, lambda data: data)
        return str(failed.value)

    async def until_they_leave(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def scene() -> tuple[str, str]:
        async with talking(until_they_leave) as url:
            hung = await absent(url, "50 ms")
        return hung, await absent(url, "5 s")

    hung, refused = asyncio.run(scene())
    assert hung == "m: no answer within 0.05 s"
    assert refused.startswith("m: the connection failed: Cannot connect to host 127.0.0.1:")


def test_a_key_that_is_not_there_and_an_address_that_is_none_are_mistakes() -> None:
    with pytest.raises(ConfigurationError, match=r"^key: the environment variable NO_KEY is not set"):
        Endpoint(EndpointSettings(url="http://x", model="m", key="NO_KEY"), environment={}).check()
    with pytest.raises(ConfigurationError, match=r"^url: expected an address such as"):
        Endpoint(EndpointSettings(url="api.openai.com", model="m"))
