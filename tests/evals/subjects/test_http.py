"""http: a template of the request, and paths into the response."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import ToolCall
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Overhears, Site, build_subject
from esclusa.evals.subjects.http import fill, found_in
from esclusa.system import SystemClock
from tests.evals.servers import served

CHAT = Question(id="a", input=(Message(role="user", content="Hi"), Message(role="user", content="there")))


def asked(settings: Any, response: web.Response) -> tuple[Answer, list[str]]:
    """The answer, and the bodies that were sent."""
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.path} {await request.text()}")
        return response

    async def scene() -> Answer:
        async with (
            served(handler) as url,
            build_subject({"http": settings}, Site(url=url, clock=SystemClock())) as subject,
        ):
            return replace(await subject.ask(Question(id="a", input="Hello"), 5.0), seconds=0.0)

    return asyncio.run(scene()), seen


def test_the_template_is_filled_and_the_paths_are_read() -> None:
    settings = {
        "path": "/answer",
        "method": "PUT",
        "body": {"question": "Q: {input}", "more": [1, "{messages}"]},
        "text": "reply.text",
        "model": "meta.model",
        "tokens_in": "meta.in",
        "tokens_out": "meta.out",
    }
    data = {"reply": {"text": "Hi!"}, "meta": {"model": "m", "in": 2, "out": 1}}
    answer, seen = asked(settings, web.json_response(data))
    assert answer == Answer(text="Hi!", data=data, model="m", tokens_in=2, tokens_out=1)
    assert seen == ['PUT /answer {"question":"Q: Hello","more":[1,[{"role":"user","content":"Hello"}]]}']


def test_a_path_alone_sends_the_text_and_takes_the_whole_body() -> None:
    answer, seen = asked("/echo", web.Response(text="Hi!"))
    assert answer == Answer(text="Hi!")
    assert seen == ["POST /echo Hello"]


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (web.json_response({"text": 3}), "expected a text at text in the response, found 3"),
        (web.Response(text="Hi!"), "expected a text at text in the response, found nothing"),
        (web.Response(status=500), "the agent answered 500: nothing more"),
    ],
)
def test_a_response_without_the_text_is_the_agents_error(response: web.Response, error: str) -> None:
    answer, _ = asked({"path": "/", "text": "text"}, response)
    assert (answer.error, answer.error_kind) == (error, "agent")


def test_a_chat_fills_the_template_with_what_the_user_says() -> None:
    assert fill({"q": "{input}", "n": None}, CHAT) == {"q": "Hi\nthere", "n": None}
    assert fill("{turn} of {input}", CHAT) == "there of Hi\nthere"
    assert fill("{turn}", Question(id="a", input="{input}")) == "{input}"


@pytest.mark.parametrize(
    ("template", "sent", "asked"),
    [
        ({"question": "Q: {input}", "n": 1}, {"question": "Q: where is it?", "n": 2}, "where is it?"),
        ({"question": "{turn}!"}, {"question": "where is it?!"}, "where is it?"),
        ({"deep": [0, {"q": "{input}"}]}, {"deep": [5, {"q": "a\nb"}]}, "a\nb"),
        ("{messages}", [{"role": "user", "content": "Hi"}], (Message(role="user", content="Hi"),)),
        ({"question": "{input}"}, {"query": "Hi"}, None),
        ({"question": "Q: {input}"}, {"question": "Hi"}, None),
        ({"question": "{input}"}, [1], None),
        ({"m": "{messages}"}, {"m": "Hi"}, None),
    ],
)
def test_what_was_asked_is_found_where_the_template_has_it(template: Any, sent: Any, asked: Any) -> None:
    assert found_in(template, sent) == asked


def test_what_somebody_else_asked_is_read_with_what_it_was_answered() -> None:
    settings = {"path": "/answer", "body": {"q": "{input}"}, "text": "reply"}
    subject = build_subject({"http": settings}, Site(clock=SystemClock()))
    assert isinstance(subject, Overhears)
    question, answer = subject.overhear("/answer?x=1", b'{"q": "Hi"}', b'{"reply": "Hello"}') or (None, None)
    assert (question, answer) == (Question(id="", input="Hi"), Answer(text="Hello", data={"reply": "Hello"}))
    assert subject.overhear("/health", b"", b"") is None
    assert subject.overhear("/answer", b"not json", b"") is None


def test_tool_calls_are_read_from_their_path() -> None:
    settings = {"path": "/", "text": "text", "tool_calls": "calls"}
    answer, _ = asked(
        settings, web.json_response({"text": "Hi", "calls": [{"name": "find", "arguments": {}}]})
    )
    assert answer.tool_calls == (ToolCall(name="find", arguments={}),)
    broken, _ = asked(settings, web.json_response({"text": "Hi", "calls": "find"}))
    assert (broken.error, broken.error_kind) == ("expected a list of tool calls, found find", "agent")
