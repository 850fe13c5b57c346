"""http: any HTTP endpoint, by a template of the request and paths into the response.

ask:
  http:
    path: /answer
    body: {question: "{input}"}       # what the user says; `{turn}`: its last; "{messages}" alone: the chat
    text: reply.text                  # where the answer stands in a JSON response; the whole body without it
    model: meta.model
    tokens_in: meta.usage.in
    tokens_out: meta.usage.out
    tool_calls: meta.calls            # a list of {name, arguments}, or in OpenAI's form
"""

import re
from types import TracebackType
from typing import Annotated, Any, Literal, Self

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer, read_json
from esclusa.evals.question import Message, Question
from esclusa.evals.settings import read_settings
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.call import Call, Header, address, asks, read_reply
from esclusa.evals.subjects.openai import messages_of
from esclusa.evals.subjects.places import Places, read_at


class Settings(Places, frozen=True, kw_only=True):
    """A request's shape, and where in the response things stand.

    `conversation` is the header that names a conversation: each case is one, the same in every run.
    """

    path: str
    url: str = ""
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    conversation: Header = ""
    body: Any = "{input}"
    retries: Annotated[int, msgspec.Meta(ge=0)] = 3


class Http:
    """Sends the filled template as JSON; a template that is a text is sent as it is."""

    def __init__(self, settings: Any, site: Site) -> None:
        given = {"path": settings} if isinstance(settings, str) else settings
        if not isinstance(given, dict):
            raise ConfigurationError(f"expected a path or a mapping of settings, found {given!r}")
        self._settings = read_settings(Settings, given)
        kind = "text/plain; charset=utf-8" if isinstance(self._settings.body, str) else "application/json"
        self._call = Call(
            address(self._settings.url, self._settings.path, site),
            site,
            method=self._settings.method,
            headers={"content-type": kind, **self._settings.headers},
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
        body = fill(self._settings.body, question)
        data = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
        reply = await self._call.send(data, timeout, case=question.id)
        return reply if isinstance(reply, Answer) else read_at(self._settings, reply)

    def overhear(self, path: str, request: bytes, response: bytes) -> tuple[Question, Answer] | None:
        if not asks(path, self._settings.path):
            return None
        text = request.decode(errors="replace")
        sent = text if isinstance(self._settings.body, str) else read_json(text)
        asked = found_in(self._settings.body, sent)
        if asked is None:
            return None
        reply = read_reply(response, 0.0)
        return Question(id="", input=asked), reply if isinstance(reply, Answer) else read_at(
            self._settings, reply
        )


def fill(template: Any, question: Question) -> Any:
    """The template with the question in it."""
    if isinstance(template, str):
        return question.messages if template == "{messages}" else _filled(template, question)
    if isinstance(template, list):
        return [fill(item, question) for item in template]
    if isinstance(template, dict):
        return {key: fill(value, question) for key, value in template.items()}
    return template


def _filled(template: str, question: Question) -> str:
    values = {"{input}": question.text, "{turn}": question.turn}
    return re.sub(r"\{input\}|\{turn\}", lambda match: values[match[0]], template)


def found_in(template: Any, sent: Any) -> str | tuple[Message, ...] | None:
    """What stands where the template has its question: `fill` the other way round. None if nothing does."""
    if template == "{messages}":
        whole = isinstance(sent, list) and all(isinstance(one, dict) for one in sent)
        return messages_of(sent) if whole else None
    place = re.search(r"\{input\}|\{turn\}", template) if isinstance(template, str) else None
    if isinstance(template, str) and place and isinstance(sent, str):
        before, after = re.escape(template[: place.start()]), re.escape(template[place.end() :])
        match = re.fullmatch(f"{before}(.*){after}", sent, re.DOTALL)
        return match[1] if match else None
    if isinstance(template, list) and isinstance(sent, list):
        parts = list(zip(template, sent, strict=False))
    elif isinstance(template, dict) and isinstance(sent, dict):
        parts = [(value, sent.get(key)) for key, value in template.items()]
    else:
        return None
    return next((found for one, other in parts if (found := found_in(one, other)) is not None), None)
