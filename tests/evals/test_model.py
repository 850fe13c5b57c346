"""A model that judges: the schema it is sent, and answers that do not fit it."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.errors import ConfigurationError
from esclusa.evals.endpoint import EndpointFailed
from esclusa.evals.model import Model, Said
from tests.evals.fakes import ImpatientClock
from tests.evals.models import SaidModel, said_model
from tests.evals.servers import completion

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def asked(*replies: Any, **settings: Any) -> tuple[Said | str, SaidModel]:
    async def scene() -> tuple[Said | str, SaidModel]:
        async with said_model(*replies) as server:
            model = Model({"url": server.url, "model": "m", **settings}, clock=ImpatientClock())
            try:
                return await model.ask([{"role": "user", "content": "hi"}], SCHEMA), server
            except EndpointFailed as failed:
                return str(failed), server

    return asyncio.run(scene())


def test_it_is_sent_the_schema_and_its_answer_is_read_with_what_it_took() -> None:
    said, server = asked({"n": 3})
    assert said == Said(value={"n": 3}, model="judge-1", tokens_in=50, tokens_out=5)
    assert server.asked == [
        {
            "path": "/v1/chat/completions",
            "model": "m",
            "temperature": 0,
            "messages": [{"role": "user", "content": "hi"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA},
            },
        }
    ]


def test_parameters_of_the_suite_replace_the_temperature() -> None:
    assert "temperature" not in asked({"n": 3}, parameters={"seed": 1})[1].asked[0]


def test_an_answer_in_a_fence_is_read() -> None:
    found = asked('```json\n{"n": 4}\n```')[0]
    assert isinstance(found, Said)
    assert found.value == {"n": 4}


def test_nonsense_is_tried_again() -> None:
    found, server = asked("I would say three", {"n": "3"}, {"n": 3})
    assert isinstance(found, Said)
    assert (found.value, len(server.asked)) == ({"n": 3}, 3)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("three", "m: expected an answer in JSON, found 'three', 2 times"),
        ({"n": "3"}, "m: expected an answer that fits the schema: '3' is not of type 'integer', 2 times"),
        (lambda _: web.json_response({"choices": []}), "m: expected a chat completion, 2 times"),
        (
            lambda _: web.json_response(
                {"choices": [{"message": {"content": None, "refusal": "I may not"}}]}
            ),
            "m: it refused: I may not, 2 times",
        ),
    ],
)
def test_nonsense_to_the_end_is_a_failure_that_shows_it(reply: Any, said: str) -> None:
    assert asked(reply, retries=1)[0] == said


def test_counts_that_are_none_are_left_out() -> None:
    found = asked(lambda _: completion('{"n": 1}', usage={"prompt_tokens": "many"}))[0]
    assert found == Said(value={"n": 1}, model="", tokens_in=None, tokens_out=None)


def test_mistakes_stand_at_their_key() -> None:
    with pytest.raises(ConfigurationError, match=r"^model\.modle: unknown key 'modle'; did you mean 'model'"):
        Model({"url": "http://x", "modle": "m"})
    with pytest.raises(ConfigurationError, match=r"^judge\.key: the environment variable NO_KEY is not set"):
        Model({"url": "http://x", "model": "m", "key": "NO_KEY"}, key="judge", environment={}).check()
