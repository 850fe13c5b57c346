"""command: a program that is started for each question, in the source's directory.

    ask: {command: python -m support_agent.once}
    ask: {command: {run: [./agent, --json], text: reply.text, tokens_in: usage.in, tokens_out: usage.out}}

It gets one JSON object on its standard input: `id`, `input` (what the user says), `turn` (the last of it) and
`messages` (the chat). It writes its answer to its standard output: a text, a chat completion in JSON, or any
other JSON of which `text` and the other paths say where things stand, as for `http`.

Ending with anything but 0, or not in time, is an error of the agent; what it left running is ended with it.
"""

import shlex
from types import TracebackType
from typing import Any, Self

import msgspec

from esclusa import shell
from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.settings import placed, read_settings
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.call import LARGEST, read_reply
from esclusa.evals.subjects.openai import read_completion
from esclusa.evals.subjects.places import Places, read_at


class Settings(Places, frozen=True, kw_only=True):
    """`run` is a line, cut into words as a shell does it, or the words; no shell is started."""

    run: str | list[str]


class Command:
    """Starts the program for each question. OutsideError when it cannot be started at all."""

    def __init__(self, settings: Any, site: Site) -> None:
        given = settings if isinstance(settings, dict) else {"run": settings}
        self._settings = read_settings(Settings, given)
        self._argv = _words(self._settings.run)
        self._site = site

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def ask(self, question: Question, timeout: float) -> Answer:
        given = {
            "id": question.id,
            "input": question.text,
            "turn": question.turn,
            "messages": question.messages,
        }
        began = self._site.clock.monotonic()
        ended = await shell.capture(
            self._argv,
            directory=self._site.directory,
            stdin=msgspec.json.encode(given),
            timeout=timeout,
            largest=LARGEST,
        )
        taken = self._site.clock.monotonic() - began
        if problem := _problem(ended, timeout):
            return Answer(
                error=problem, error_kind="agent", seconds=max(timeout, taken) if ended.timed_out else taken
            )
        reply = read_reply(ended.output, taken)
        if isinstance(reply, Answer):
            return reply
        if not self._settings.text and isinstance(reply.data, dict) and "choices" in reply.data:
            return read_completion(reply.data, reply.text, taken, self._settings.tool_calls)
        return read_at(self._settings, reply)


def _words(run: str | list[str]) -> tuple[str, ...]:
    try:
        words = shlex.split(run) if isinstance(run, str) else run
    except ValueError as error:
        raise placed(
            ConfigurationError(f"expected a command, found {run!r}: {error}"), "", 0, "run"
        ) from None
    if not words or not words[0]:
        raise ConfigurationError(f"expected a command, found {run!r}", key="run")
    return tuple(words)


def _problem(ended: shell.Captured, timeout: float) -> str:
    """How the program failed; empty if it did not."""
    if ended.timed_out:
        return f"no answer within {timeout:g} s"
    if ended.overflowed:
        return f"the answer is longer than {LARGEST // 1_000_000} MB"
    if ended.code == 0:
        return ""
    how = f"ended with {ended.code}" if ended.code > 0 else f"was ended by signal {-ended.code}"
    said = " ".join(ended.errors.split())
    return f"the command {how}: {said[-300:] or 'it said nothing on its standard error'}"
