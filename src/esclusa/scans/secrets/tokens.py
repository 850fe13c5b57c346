"""Tokens: secrets that are known by their form, as `tokens.toml` lists them."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec

from esclusa.scans.secrets.values import is_drawn, stands_for_one

LEAST = 20
"""Characters of a value that has to look drawn."""


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the table."""

    id: str
    what: str
    before: tuple[str, ...]
    rest: str
    good: tuple[str, ...]
    left: str = ""
    """What stands before `before` and belongs to it."""
    apart: bool = False
    """Whether no letter or digit may stand before it."""
    drawn: bool = False
    """Whether what follows has to look drawn at random, for the beginning is not telling enough."""
    value: bool = False
    """Whether only what follows is the secret."""
    severity: Literal["medium", "high", "critical"] = "high"
    mend: str = ""


class Found(NamedTuple):
    """Where a token stands."""

    token: Token
    start: int
    end: int


@cache
def table() -> tuple[Token, ...]:
    """All entries."""
    text = (files("esclusa.scans.secrets") / "tokens.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["token"], tuple[Token, ...])


def tokens(data: bytes) -> Iterator[Found]:
    """Where tokens stand in some bytes. The beginnings are looked for first: that costs next to nothing."""
    for token, before, pattern in _compiled():
        at = data.find(before)
        while at >= 0:
            if match := _match(pattern, data, at):
                start, end = match.span("value")
                if _could_be(token, data[start:end], before):
                    yield Found(token, start, end)
            at = data.find(before, at + len(before))


_LEFT = 240
"""Bytes before the beginning in which `left` is looked for."""


def _match(pattern: re.Pattern[bytes], data: bytes, at: int) -> re.Match[bytes] | None:
    """The match around a beginning at `at`."""
    if pattern.groupindex.get("left") is None:
        return pattern.match(data, at)
    for match in pattern.finditer(data, max(0, at - _LEFT), min(len(data), at + 400)):
        if match.start("left") <= at < match.end():
            return match
    return None


def _could_be(token: Token, value: bytes, before: bytes) -> bool:
    text = value.decode(errors="replace")
    tail = text.partition(before.decode())[2] or text
    if token.drawn:
        return is_drawn(tail, LEAST)
    return not stands_for_one(tail)


@cache
def _compiled() -> tuple[tuple[Token, bytes, re.Pattern[bytes]], ...]:
    found = []
    for token in table():
        for before in token.before:
            found.append((token, before.encode(), re.compile(_written(token, before).encode())))
    return tuple(found)


def _written(token: Token, before: str) -> str:
    fixed = re.escape(before)
    left = f"(?P<left>{token.left})" if token.left else r"(?<![A-Za-z0-9])" if token.apart else ""
    rest = token.rest
    if "(?P<value>" in rest:
        return f"{left}{fixed}{rest}"
    if token.value:
        return f"{left}{fixed}(?P<value>{rest})"
    return f"(?P<value>{left}{fixed}{rest})"
