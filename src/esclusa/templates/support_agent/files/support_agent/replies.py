"""The reply: an opening the model writes in the customer's words, then facts from a template.

A small model must not be trusted with facts, so it only completes the opening ("I am sorry about
..."), and only with words the customer used. When it has no time or strays, the plain opening is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Template

from support_agent.intents import one_line
from support_agent.model import ModelServer, ModelUnavailable, Usage

LONGEST_OPENING = 14
SMALL_WORDS = frozenset(
    "about after before from have into that their they this when where which will with your yours "
    "aquello como cuando desde donde esta este para pero porque sobre todo tiene vuestra vuestro".split()
)


@dataclass(frozen=True)
class Phrases:
    """What the shop says about one intent in one language: openings, and facts by outcome."""

    opening: str
    plain: str
    facts: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """The text for the customer, who wrote its opening, why not the model, and the tokens it took."""

    text: str
    written_by: str
    fallback: str | None
    usage: Usage = Usage()


class ReplyWriter:
    """Writes replies in one language."""

    def __init__(
        self, phrases: dict[str, Phrases], prompt: Template, model: ModelServer, max_tokens: int
    ) -> None:
        self._phrases = phrases
        self._prompt = prompt
        self._model = model
        self._max_tokens = max_tokens

    def plain(self, intent: str, outcome: str, values: dict[str, object], why: str) -> Reply:
        """The reply without the model."""
        facts = self._facts(intent, outcome, values)
        return Reply(f"{self._phrases[intent].plain} {facts}", "template", why)

    async def write(
        self, message: str, intent: str, outcome: str, values: dict[str, object], seconds: float
    ) -> Reply:
        """The reply with an opening by the model, if it writes a usable one within `seconds`."""
        opening = self._phrases[intent].opening
        prompt = self._prompt.substitute(message=one_line(message), opening=opening)
        try:
            written = await self._model.complete(
                prompt, max_tokens=self._max_tokens, seconds=seconds
            )
        except ModelUnavailable as reason:
            return self.plain(intent, outcome, values, why=str(reason))
        if not is_usable(written.text, message):
            plain = self.plain(intent, outcome, values, why="unusable")
            return Reply(plain.text, plain.written_by, plain.fallback, written.usage)
        facts = self._facts(intent, outcome, values)
        return Reply(f"{opening} {written.text} {facts}", "model", None, written.usage)

    def _facts(self, intent: str, outcome: str, values: dict[str, object]) -> str:
        return self._phrases[intent].facts[outcome].format(**values)


def is_usable(opening: str, message: str) -> bool:
    """Whether the model's words are a finished phrase about things the customer named."""
    if not opening.endswith(".") or len(opening.split()) > LONGEST_OPENING:
        return False
    said = {_stem(word) for word in _words(message)}
    return all(
        len(word) < 4 and not word.isdigit() or word in SMALL_WORDS or _stem(word) in said
        for word in _words(opening)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _stem(word: str) -> str:
    return word if word.isdigit() else word[:4]
