"""openai: an OpenAI-compatible chat endpoint.

    ask: {openai: /v1/chat/completions}
    ask: {openai: {path: /v1/chat/completions, model: support, parameters: {temperature: 0}}}

Tokens are taken from the response's `usage`, the model from its `model`. The whole response is kept for
scorers, so an agent may add what it likes (`metadata.intent`).
"""

from types import TracebackType
from typing import Annotated, Any, Self

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer, read_json, walk
from esclusa.evals.question import Message, Question
from esclusa.evals.settings import read_settings
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.call import Call, Header, address, asks, read_reply


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`parameters` go into every request's body, `model` too; `url` stands in for the served release's.

    `conversation` is the header that names a conversation: each case is one, the same in every run.
    """

    path: str = "/v1/chat/completions"
    url: str = ""
    model: str = "agent"
    parameters: dict[str, Any] = {}
    headers: dict[str, str] = {}
    conversation: Header = ""
    retries: Annotated[int, msgspec.Meta(ge=0)] = 3


class OpenAI:
    """Asks one chat completion for each question, without streaming."""

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
        )

    async def __aenter__(self) -> Self:
        await self._call.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._call.__aexit__(kind, error, trace)

    async def ask(self, question: Question, timeout: float) -> Answer:
        body = {"model": self._settings.model, **self._settings.parameters, "messages": question.messages}
        reply = await self._call.send(msgspec.json.encode(body), timeout, case=question.id)
        return reply if isinstance(reply, Answer) else read_completion(reply.data, reply.text, reply.seconds)

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
        data = _joined(reply.text) if asked.stream else reply.data
        return question, read_completion(data, reply.text, 0.0)


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


def _joined(stream: str) -> dict[str, Any] | None:
    """The completion that a stream of server-sent events adds up to; None when nothing came."""
    chunks = [
        chunk
        for line in stream.splitlines()
        if line.startswith("data:") and isinstance(chunk := read_json(line[5:].strip()), dict)
    ]
    if not chunks:
        return None
    said = [walk(chunk, "choices.0.delta.content") for chunk in chunks]
    text = "".join(part for part in said if isinstance(part, str))
    last = {key: value for chunk in chunks for key, value in chunk.items() if value is not None}
    return {**last, "choices": [{"message": {"content": text}}]}


def read_completion(data: Any, raw: str, seconds: float) -> Answer:
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
    )


def count(value: Any) -> int | None:
    """A number of tokens, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
