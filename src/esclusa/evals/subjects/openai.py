"""openai: an OpenAI-compatible chat endpoint.

    ask: {openai: /v1/chat/completions}
    ask: {openai: {path: /v1/chat/completions, model: support, parameters: {temperature: 0}}}
    ask: {openai: {stream: true, tool_calls: metadata.tool_calls}}

Tokens are taken from the response's `usage`, the model from its `model`, tool calls from its message or, for
an agent that makes them by itself and tells of them, from where `tool_calls` says. The whole response is kept
for scorers, so an agent may add what it likes (`metadata.intent`).

With `stream` the answer is asked for in pieces, and `time_to_first_token` is measured. A stream that breaks
off is an error of the agent.
"""

from types import TracebackType
from typing import Annotated, Any, Self

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import replace
from esclusa.evals.answer import Answer, walk
from esclusa.evals.question import Message, Question
from esclusa.evals.settings import read_settings
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.call import Call, Header, Reply, address, asks, read_reply
from esclusa.evals.subjects.stream import joined
from esclusa.evals.subjects.tools import read_tool_calls


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`parameters` go into every request's body, `model` too; `url` stands in for the served release's.

    `conversation` is the header that names a conversation: each case is one, the same in every run.
    """

    path: str = "/v1/chat/completions"
    url: str = ""
    model: str = "agent"
    stream: bool = False
    tool_calls: str = ""
    parameters: dict[str, Any] = {}
    headers: dict[str, str] = {}
    conversation: Header = ""
    retries: Annotated[int, msgspec.Meta(ge=0)] = 3


class OpenAI:
    """Asks one chat completion for each question, whole or as a stream."""

    def __init__(self, settings: Any, site: Site) -> None:
        given = {"path": settings} if isinstance(settings, str) else settings or {}
        if not isinstance(given, dict):
            raise ConfigurationError(f"expected a path or a mapping of settings, found {given!r}")
        self._settings = read_settings(Settings, given)
        self._call = Call(
            address(self._settings.url, self._settings.path, site),
            site,
            method="POST",
            headers={"content-type": "application/json", **self._settings.headers},
            retries=self._settings.retries,
            conversation=self._settings.conversation,
            stream=self._settings.stream,
        )

    async def __aenter__(self) -> Self:
        await self._call.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._call.__aexit__(kind, error, trace)

    async def ask(self, question: Question, timeout: float) -> Answer:
        pieces = {"stream": True, "stream_options": {"include_usage": True}} if self._settings.stream else {}
        body = {
            "model": self._settings.model,
            **pieces,
            **self._settings.parameters,
            "messages": question.messages,
        }
        reply = await self._call.send(msgspec.json.encode(body), timeout, case=question.id)
        return reply if isinstance(reply, Answer) else self._read(reply, stream=self._settings.stream)

    def overhear(self, path: str, request: bytes, response: bytes) -> tuple[Question, Answer] | None:
        if not asks(path, self._settings.path):
            return None
        try:
            asked = msgspec.json.decode(request, type=_Asked)
        except msgspec.DecodeError:
            return None
        question = Question(id="", input=messages_of(asked.messages))
        reply = read_reply(response, 0.0)
        if isinstance(reply, Answer):
            return question, reply
        return question, self._read(reply, stream=asked.stream)

    def _read(self, reply: Reply, *, stream: bool) -> Answer:
        """The answer. One that was asked for as a stream may come whole all the same."""
        if not stream or reply.data is not None:
            return read_completion(reply.data, reply.text, reply.seconds, self._settings.tool_calls)
        data, problem = joined(reply.text)
        if problem:
            return Answer(error=problem, error_kind="agent", seconds=reply.seconds)
        answer = read_completion(data, reply.text, reply.seconds, self._settings.tool_calls)
        return replace(answer, first_token=reply.first_token)


class _Asked(msgspec.Struct, frozen=True):
    messages: list[dict[str, Any]]
    stream: bool = False


def messages_of(sent: list[dict[str, Any]]) -> tuple[Message, ...]:
    """Those with something to read; what else the format has (tool calls, names) is left out."""
    return tuple(
        Message(role=str(one.get("role", "")), content=one["content"])
        for one in sent
        if isinstance(one.get("content"), str | list)
    )


def read_completion(data: Any, raw: str, seconds: float, tool_calls: str = "") -> Answer:
    """The answer in a chat completion; a message without content (tool calls) has an empty text."""
    try:
        content = data["choices"][0]["message"]["content"]
    except (TypeError, KeyError, IndexError):
        content = 0
    if content is not None and not isinstance(content, str):
        said = " ".join(raw[:2000].split())[:200]
        return Answer(
            error=f"expected a chat completion with choices[0].message.content, found {said or 'nothing'}",
            error_kind="agent",
            seconds=seconds,
        )
    try:
        calls = read_tool_calls(walk(data, tool_calls or "choices.0.message.tool_calls"))
    except ValueError as error:
        return Answer(error=str(error), error_kind="agent", seconds=seconds)
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    model = data.get("model")
    return Answer(
        text=content or "",
        data=data,
        model=model if isinstance(model, str) else "",
        tokens_in=count(usage.get("prompt_tokens")),
        tokens_out=count(usage.get("completion_tokens")),
        seconds=seconds,
        tool_calls=calls,
    )


def count(value: Any) -> int | None:
    """A number of tokens, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
