"""Tokens: secrets that are known by their form, as `tokens.toml` lists them."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
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


class Form(NamedTuple):
    """A token with one of its beginnings."""

    token: Token
    before: bytes
    behind: re.Pattern[bytes]
    """It, from its beginning on."""
    whole: re.Pattern[bytes]


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


def tokens(data: bytes) -> list[Found]:
    """Where tokens stand in some bytes, in the order of the table."""
    found = set()
    for number, at, first, last in _candidates(data):
        form = _forms()[number]
        if match := _match(form, data, at, first, last):
            start, end = match.span("value")
            if _could_be(form.token, data[start:end], form.before):
                found.add((number, start, end))
    return [Found(_forms()[number].token, start, end) for number, start, end in sorted(found)]


_RUN = re.compile(rb"[\w$%&+,./:=?@{}~|-]{16,}")
"""What all of a token stands in. An eighth of a usual text does, so that this is looked for first."""
_ANYWHERE = frozenset({b"FlyV1 ", b"npmAuthToken: ", b"otpauth://"})
"""Beginnings of what has other characters too."""


def _candidates(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Where beginnings stand: which form, where, and between what bytes all of it has to be."""
    forms, (beginnings, by_beginning) = _forms(), _beginnings()
    behind = dict.fromkeys(range(len(forms)), 0)
    for run in _RUN.finditer(data):
        first, last = run.span()
        for found in beginnings.finditer(data, first, last):
            at = found.start()
            for number in by_beginning[found[1]]:
                before = forms[number].before
                if at >= behind[number] and data.startswith(before, at):
                    behind[number] = at + len(before)
                    yield number, at, first, last
    for number, form in enumerate(forms):
        if form.before in _ANYWHERE:
            at = data.find(form.before)
            while at >= 0:
                yield number, at, 0, len(data)
                at = data.find(form.before, at + len(form.before))


_LEFT = 240
"""Bytes before the beginning in which `left` is looked for."""
_LONGEST, _JUDGED = 16_384, 512
"""Bytes of a token, and of what of it is asked whether it could be one. A megabyte of nothing but beginnings
would take hours without."""


def _match(form: Form, data: bytes, at: int, first: int, last: int) -> re.Match[bytes] | None:
    """The match around a beginning at `at`."""
    behind = form.behind.match(data, at, min(len(data), at + _LONGEST))
    if behind is None or not form.token.left:
        return behind
    for match in form.whole.finditer(data, max(first, at - _LEFT), min(last, at + 400)):
        if match.start("left") <= at < match.end():
            return match
    return None


def _could_be(token: Token, value: bytes, before: bytes) -> bool:
    text = value.decode(errors="replace")
    tail = (text.partition(before.decode())[2] or text)[:_JUDGED]
    if token.drawn:
        return is_drawn(tail, LEAST)
    return not stands_for_one(tail)


@cache
def _forms() -> tuple[Form, ...]:
    return tuple(
        Form(token, before.encode(), _pattern(token, before, ""), _pattern(token, before, token.left))
        for token in table()
        for before in token.before
    )


@cache
def _beginnings() -> tuple[re.Pattern[bytes], Mapping[bytes, Sequence[int]]]:
    """What finds the shortest beginning wherever there is one, and the forms that go on from each."""
    befores = [(number, form.before) for number, form in enumerate(_forms()) if form.before not in _ANYWHERE]
    numbers = {
        shortest: [number for number, before in befores if before.startswith(shortest)]
        for _, shortest in befores
    }
    return re.compile(b"(?=(%b))" % _one_of(numbers.keys())), numbers


def _one_of(words: AbstractSet[bytes]) -> bytes:
    """A pattern of any of the words, letter by letter: at most places it is done after the first.

    Of words that begin alike the shortest is found.
    """
    if b"" in words:
        return b""
    rests = {word[:1]: {other[1:] for other in words if other[:1] == word[:1]} for word in sorted(words)}
    return b"(?:%b)" % b"|".join(re.escape(letter) + _one_of(rest) for letter, rest in rests.items())


def _pattern(token: Token, before: str, left: str) -> re.Pattern[bytes]:
    fixed = re.escape(before)
    apart = token.apart and not token.left
    above = f"(?P<left>{left})" if left else r"(?<![A-Za-z0-9])" if apart else ""
    rest = token.rest
    if "(?P<value>" in rest:
        text = f"{above}{fixed}{rest}"
    elif token.value:
        text = f"{above}{fixed}(?P<value>{rest})"
    else:
        text = f"(?P<value>{above}{fixed}{rest})"
    return re.compile(text.encode())
