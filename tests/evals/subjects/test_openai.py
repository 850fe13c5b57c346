"""openai: what is sent, what is read, and every way a call can fail, over real connections."""

import asyncio
import json
import socket
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Overhears, Site, build_subject
from esclusa.system import SystemClock
from tests.evals.fakes import ImpatientClock
from tests.evals.servers import Handler, Talk, completion, served, talking

HELLO = Question(id="a", input="Hello")


async def ask(url: str, settings: Any = "/v1/chat/completions", timeout: float = 5.0) -> Answer:
    async with build_subject({"openai": settings}, Site(url=url, clock=ImpatientClock())) as subject:
        return await subject.ask(HELLO, timeout)


def asked(handler: Handler, settings: Any = "/v1/chat/completions", timeout: float = 5.0) -> Answer:
    """The answer of a server with this handler."""

    async def scene() -> Answer:
        async with served(handler) as url:
            return await ask(url, settings, timeout)

    return asyncio.run(scene())


def talked(talk: Talk, timeout: float = 5.0) -> Answer:
    """The answer of a server that talks so."""

    async def scene() -> Answer:
        async with talking(talk) as url:
            return await ask(url, timeout=timeout)

    return asyncio.run(scene())


def said(data: bytes) -> Answer:
    """The answer of a server that sends these bytes and closes."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return talked(talk)


def piece(**delta: Any) -> dict[str, Any]:
    return {"model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


END = {"model": "m-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USED = {"model": "m-1", "choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 2}}


def streamed(*pieces: dict[str, Any] | str, pause: float = 0.0) -> Answer:
    """The answer of a server that streams these, with a pause before the last but one."""

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for number, one in enumerate(pieces):
            if number == len(pieces) - 2:
                await asyncio.sleep(pause)
            text = one if isinstance(one, str) else json.dumps(one)
            await response.write(f"data: {text}\n\n".encode())
        return response

    async def scene() -> Answer:
        settings = {"openai": {"stream": True}}
        async with served(handler) as url, build_subject(settings, Site(url=url, clock=SystemClock())) as one:
            return await one.ask(HELLO, 5.0)

    return asyncio.run(scene())


def test_a_stream_is_put_together_and_when_it_began_is_known() -> None:
    first = piece(role="assistant", content="")
    answer = streamed(first, piece(content="Good "), piece(content="day"), END, USED, "[DONE]", pause=0.3)
    assert (answer.text, answer.model, answer.tokens_in, answer.tokens_out) == ("Good day", "m-1", 12, 2)
    assert answer.error == ""
    assert answer.first_token is not None
    assert answer.first_token < answer.seconds - 0.2


def test_a_tool_call_that_comes_in_pieces_is_put_together() -> None:
    calls = [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "refund", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"order"'}},
        {"index": 0, "function": {"arguments": ": 7}"}},
    ]
    answer = streamed(*(piece(tool_calls=[call]) for call in calls), END, "[DONE]")
    assert answer.tool_calls == (ToolCall(name="refund", arguments={"order": 7}),)
    assert answer.text == ""


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ((piece(content="Go"), piece(content="od")), "the stream broke off after 2 pieces"),
        ((piece(content="Go"), "{torn"), "a piece of the stream cannot be read: {torn"),
        (
            (piece(content="Go"), {"error": {"message": "oom"}}),
            "the stream ended in an error: {'message': 'oom'}",
        ),
        ((), "expected a chat completion with choices[0].message.content, found nothing"),
    ],
)
def test_a_stream_that_is_not_whole_is_an_error_of_the_agent(pieces: Any, error: str) -> None:
    answer = streamed(*pieces)
    assert (answer.error, answer.error_kind, answer.first_token) == (error, "agent", None)


def test_an_agent_that_does_not_stream_is_read_all_the_same() -> None:
    async def handler(_: web.Request) -> web.Response:
        return completion("whole")

    answer = asked(handler, {"stream": True})
    assert (answer.text, answer.first_token, answer.error) == ("whole", None, "")


def test_tool_calls_are_read_from_the_message_or_from_where_the_settings_say() -> None:
    called = {"function": {"name": "look_up", "arguments": '{"id": 1}'}}

    async def handler(_: web.Request) -> web.Response:
        message = {"role": "assistant", "content": None, "tool_calls": [called]}
        told = {"tool_calls": [{"name": "refund", "arguments": {"order": 7}}]}
        return web.json_response({"choices": [{"message": message}], "metadata": told})

    assert asked(handler).tool_calls == (ToolCall(name="look_up", arguments={"id": 1}),)
    told = asked(handler, {"tool_calls": "metadata.tool_calls"})
    assert told.tool_calls == (ToolCall(name="refund", arguments={"order": 7}),)


def test_what_is_no_tool_call_is_an_error_of_the_agent() -> None:
    async def handler(_: web.Request) -> web.Response:
        return completion("x", calls=[{"arguments": {}}])

    answer = asked(handler, {"tool_calls": "calls"})
    assert (answer.error, answer.error_kind) == (
        "expected a tool call with a `name`, found {'arguments': {}}",
        "agent",
    )


def test_the_answer_its_model_its_tokens_and_the_whole_response_are_read() -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}

    async def handler(_: web.Request) -> web.Response:
        return completion("Hi!", model="m-1", usage=usage, metadata={"intent": "greeting"})

    answer = asked(handler)
    assert answer.seconds > 0
    assert replace(answer, seconds=0.0) == Answer(
        text="Hi!",
        data={
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi!"}}],
            "model": "m-1",
            "usage": usage,
            "metadata": {"intent": "greeting"},
        },
        model="m-1",
        tokens_in=12,
        tokens_out=3,
    )


def test_what_is_sent_is_a_chat_with_the_parameters_and_headers_of_the_settings() -> None:
    seen: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.method, request.path, request.headers["x-team"], await request.json()))
        return completion("Hi!")

    settings = {"path": "chat", "model": "m", "parameters": {"temperature": 0}, "headers": {"x-team": "a"}}
    asked(handler, settings)
    assert seen == [
        (
            "POST",
            "/chat",
            "a",
            {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "Hello"}]},
        )
    ]


def test_chat_messages_are_sent_as_they_are() -> None:
    question = Question(
        id="a", input=(Message(role="system", content="Be kind"), Message(role="user", content="Hi"))
    )
    assert question.messages == [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}]
    assert question.text == "Hi"


CALL = {"id": "1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}


def test_a_message_with_tool_calls_only_has_an_empty_text() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response({"choices": [{"message": {"content": None, "tool_calls": [CALL]}}]})

    answer = asked(handler)
    assert (answer.text, answer.error, answer.at("choices.0.message.tool_calls.0.id")) == ("", "", "1")


@pytest.mark.parametrize(
    "usage", [None, 3, {}, {"prompt_tokens": "many", "completion_tokens": -1}, {"prompt_tokens": True}]
)
def test_usage_that_says_nothing_is_no_tokens(usage: Any) -> None:
    async def handler(_: web.Request) -> web.Response:
        return completion("Hi!", usage=usage, model=7)

    answer = asked(handler)
    assert (answer.tokens_in, answer.tokens_out, answer.model, answer.error) == (None, None, "", "")


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ((500, "boom  at\nline 1"), "the agent answered 500: boom at line 1"),
        ((503, ""), "the agent answered 503: nothing more"),
        ((404, "no such route"), "the agent answered 404: no such route"),
        ((302, ""), "the agent answered 302: nothing more"),
        ((200, ""), "expected a chat completion with choices[0].message.content, found nothing"),
        ((200, "<html>"), "expected a chat completion with choices[0].message.content, found <html>"),
        ((200, "[1]"), "expected a chat completion with choices[0].message.content, found [1]"),
        (
            (200, '{"choices": []}'),
            'expected a chat completion with choices[0].message.content, found {"choices": []}',
        ),
        (
            (200, '{"choices": [{"message": {"content": 3}}]}'),
            "expected a chat completion with choices[0].message.content, found"
            ' {"choices": [{"message": {"content": 3}}]}',
        ),
    ],
)
def test_a_response_that_is_no_answer_is_the_agents_error(response: tuple[int, str], error: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=response[0], text=response[1], headers={"location": "/"})

    answer = asked(handler)
    assert (answer.error, answer.error_kind, answer.text) == (error, "agent", "")


def test_bytes_that_are_no_text_are_the_agents_error() -> None:
    answer = said(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe")
    assert answer.error_kind == "agent"
    assert answer.error.startswith("the answer is not UTF-8: ")


def test_a_hanging_agent_is_its_error_after_the_timeout_of_one_call() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    answer = talked(talk, timeout=0.2)
    assert (answer.error, answer.error_kind) == ("no answer within 0.2 s", "agent")
    assert answer.seconds >= 0.2


def test_an_answer_that_trickles_for_ever_is_stopped_by_the_timeout() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert talked(talk, timeout=0.2).error == "no answer within 0.2 s"


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_of_50_mb_is_not_read_to_its_end(announced: bool) -> None:
    sent = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        length = b"content-length: 50000000\r\n" if announced else b""
        writer.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        for _part in range(50):
            writer.write(b"x" * 1_000_000)
            sent += 1_000_000
            await writer.drain()

    answer = talked(talk, timeout=20)
    assert (answer.error, answer.error_kind) == ("the answer is longer than 10 MB", "agent")
    assert sent < 50_000_000


def test_a_connection_that_is_reset_is_the_agents_error() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        linger = bytes([1, 0, 0, 0, 0, 0, 0, 0])
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    answer = talked(talk)
    assert answer.error_kind == "agent"
    assert answer.error.startswith("the connection broke off: ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "garbage", "truncated", "torn chunk", "bad chunk", "bad gzip", "endless header"],
)
def test_a_broken_response_is_the_agents_error(data: bytes) -> None:
    answer = said(data)
    assert answer.error_kind == "agent"
    assert answer.error.startswith("the connection broke off: ")


def test_nobody_listening_is_the_agents_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = asyncio.run(ask(f"http://127.0.0.1:{free.getsockname()[1]}"))
    assert answer.error_kind == "agent"
    assert answer.error.startswith("cannot connect to the agent: ")


def test_an_agent_may_say_that_the_cause_is_outside() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=503, headers={"x-esclusa-outside": "the model server is down"})

    answer = asked(handler)
    assert (answer.error, answer.error_kind) == ("the model server is down", "outside")


def test_an_agent_cannot_say_so_of_an_answer() -> None:
    async def handler(_: web.Request) -> web.Response:
        response = completion("Hi!")
        response.headers["x-esclusa-outside"] = "the model server is down"
        return response

    assert asked(handler).error_kind == ""


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        ({}, "ask: expected one way to ask, such as `openai: /v1/chat/completions`"),
        ({"opnai": "/"}, "ask.opnai: unknown subject 'opnai'; did you mean 'openai'?"),
        ({"openai": 3}, "ask.openai: expected a path or a mapping of settings, found 3"),
        ({"openai": {"pth": "/"}}, "ask.openai.pth: unknown key 'pth'; did you mean 'path'?"),
        ({"openai": {"retries": -1}}, "ask.openai.retries: expected a whole number >= 0"),
        (
            {"openai": {"url": "localhost:1"}},
            "ask.openai.url: expected an address that begins with http:// or https://, found 'localhost:1'",
        ),
    ],
)
def test_wrong_settings_are_named(ask: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        build_subject(ask, Site(clock=SystemClock()))
    assert str(raised.value).splitlines()[0] == error


def test_there_is_nothing_to_ask_without_a_release_or_a_url() -> None:
    with pytest.raises(UsageError, match=r"^there is no release served to ask"):
        asyncio.run(ask(""))


def overheard(request: Any, response: bytes, path: str = "/v1/chat/completions") -> Any:
    subject = build_subject({"openai": "/v1/chat/completions"}, Site(clock=SystemClock()))
    assert isinstance(subject, Overhears)
    return subject.overhear(path, json.dumps(request).encode(), response)


def test_what_somebody_else_asked_is_read_with_what_it_was_answered() -> None:
    request = {
        "messages": [
            {"role": "system", "content": "Be kind"},
            {"role": "user", "content": "Hi", "name": "Ana"},
            {"role": "assistant", "content": None, "tool_calls": []},
        ]
    }
    answer = {
        "model": "m",
        "choices": [{"message": {"content": "Hello"}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
    question, said = overheard(request, json.dumps(answer).encode())
    assert (question.text, len(question.messages)) == ("Hi", 2)
    assert (said.text, said.model, said.tokens_in, said.tokens_out) == ("Hello", "m", 3, 1)


def test_a_stream_adds_up_to_its_answer() -> None:
    chunks = [
        {"model": "m", "choices": [{"delta": {"role": "assistant"}}]},
        {"model": "m", "choices": [{"delta": {"content": "Hel"}}]},
        {"model": "m", "choices": [{"delta": {"content": "lo"}}], "usage": None},
        {"model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    ]
    stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    request = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    _, said = overheard(request, stream.encode())
    assert (said.text, said.error, said.tokens_in, said.tokens_out) == ("Hello", "", 3, 2)
    _, broken = overheard(request, b"oops")
    assert broken.error_kind == "agent"


def test_what_asks_nothing_is_not_read() -> None:
    assert overheard({"messages": []}, b"", path="/v1/models") is None
    assert overheard([1], b"") is None


def test_each_case_is_a_conversation_of_its_own_and_the_same_in_every_run() -> None:
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("x-talk"))
        return completion("Hi")

    async def scene() -> None:
        async with served(handler) as url:
            for settings in ({"conversation": "X-Talk"}, {"conversation": "X-Talk"}, {}):
                site = Site(url=url, clock=SystemClock())
                async with build_subject({"openai": settings}, site) as subject:
                    for name in ("a", "ñ\n"):
                        await subject.ask(Question(id=name, input="Hello"), 5.0)

    asyncio.run(scene())
    first, second = seen[:2]
    assert first != second
    assert seen == [first, second] * 2 + [None, None]
    with pytest.raises(ConfigurationError) as caught:
        build_subject({"openai": {"conversation": "x talk"}}, Site(url="", clock=SystemClock()))
    assert caught.value.key.endswith("conversation")
