"""Subjects: how an agent is asked. One file each; found by name through the entry points.

A subject is entered once for a suite, asked many times at once, and left. Whatever the agent does wrong is
part of the answer; only our own bugs are raised.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import msgspec

from esclusa import plugins
from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.settings import placed, unknown

GROUP: plugins.Group = "subjects"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What a subject is given beside its settings."""

    url: str = ""
    """Where the served release answers, `http://127.0.0.1:8080`; empty if none is served."""
    directory: Path = Path()
    """The source, for subjects that are not reached over HTTP."""
    clock: Clock
    patient: bool = True
    """Whether a call that is refused is waited for and made again; under a load none is."""


class Subject(Protocol):
    """An agent that can be asked."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def ask(self, question: Question, timeout: float) -> Answer:
        """The answer, or how the call failed, within about `timeout` seconds for each attempt."""
        ...


@runtime_checkable
class Overhears(Protocol):
    """A subject that can read what others asked the agent, and what it answered them."""

    def overhear(self, path: str, request: bytes, response: bytes) -> tuple[Question, Answer] | None:
        """The question and the answer (an agent's error when it cannot be read); None when this request asked
        nothing of the agent. Their bodies are those of a 2xx response to a request for `path`.
        """
        ...


SubjectFactory = Callable[[Any, Site], Subject]
"""`(settings, site) -> subject`. Touches nothing outside; ConfigurationError for bad settings."""


def build_subject(ask: Mapping[str, Any], site: Site) -> Subject:
    """The subject that `agent.ask` or a suite's `ask` names; ConfigurationError if it cannot be made."""
    if len(ask) != 1:
        raise ConfigurationError("expected one way to ask, such as `openai: /v1/chat/completions`", key="ask")
    ((name, settings),) = ask.items()
    if name not in plugins.names(GROUP):
        raise unknown("subject", name, plugins.names(GROUP), key=f"ask.{name}")
    factory: SubjectFactory = plugins.load(GROUP, name)
    try:
        return factory(settings, site)
    except ConfigurationError as error:
        raise placed(error, error.file, error.line, "ask", name) from None
