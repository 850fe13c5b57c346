"""python: a function in this very process, for trying out; a release is asked the way production asks it.

    ask: {python: support_agent.answer:reply}

The function gets the question's `input` (a text, or a list of messages) and returns a text, or a mapping in
the shape of a chat completion. It may be async. One that is not runs in a thread; Python cannot stop a
thread, so after a timeout it goes on unheard.
"""

import asyncio
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.strangers import failure, imported
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.call import LARGEST
from esclusa.evals.subjects.openai import read_completion


class Python:
    """Calls `module:function`, imported from the site's directory when the subject is entered."""

    def __init__(self, settings: Any, site: Site) -> None:
        module, _, name = settings.partition(":") if isinstance(settings, str) else ("", "", "")
        if not module or not name:
            raise ConfigurationError(f"expected `module:function`, found {settings!r}")
        self._named: str = settings
        self._site = site
        self._function: Callable[[Any], Any] | None = None

    async def __aenter__(self) -> Self:
        self._function = imported(self._named, self._site.directory, "ask.python")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._function = None

    async def ask(self, question: Question, timeout: float) -> Answer:
        began = self._site.clock.monotonic()
        try:
            async with asyncio.timeout(timeout):
                found = await self._run(question)
        except TimeoutError:
            taken = max(timeout, self._site.clock.monotonic() - began)
            return Answer(error=f"no answer within {timeout:g} s", error_kind="agent", seconds=taken)
        except Exception:  # a stranger's failure is a value
            taken = self._site.clock.monotonic() - began
            return Answer(error=failure(), error_kind="agent", seconds=taken)
        taken = self._site.clock.monotonic() - began
        if isinstance(found, str):
            # Half of a surrogate pair is a text in Python only.
            text = found.encode("utf-8", "backslashreplace").decode()
            if len(text) > LARGEST:
                error = f"the answer is longer than {LARGEST // 1_000_000} MB"
                return Answer(error=error, error_kind="agent", seconds=taken)
            return Answer(text=text, data=text, seconds=taken)
        return read_completion(found, repr(found), taken)

    async def _run(self, question: Question) -> Any:
        assert self._function is not None, "a subject is asked only while it is entered"
        given = question.input if isinstance(question.input, str) else question.messages
        if inspect.iscoroutinefunction(self._function):
            return await self._function(given)
        found = await asyncio.to_thread(self._function, given)
        return await found if inspect.isawaitable(found) else found
