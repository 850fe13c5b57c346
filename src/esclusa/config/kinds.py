"""Kinds: what one scalar of `esclusa.yaml` can be, how it is read and how it is asked for.

A kind is a phrase for the message and a function from text to value that raises ValueError.
"""

import re
import shlex
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from esclusa.config import quantities, windows

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_NOTICES = (
    *("started", "waiting_approval", "paused", "watching", "promoted", "rolled_back", "failed"),
    *("superseded", "needs_human"),
)
_HEADER_VALUE = re.compile(rf"({_HEADER.pattern}):\s*(\S(?:.*\S)?)")
_COOKIE_VALUE = re.compile(rf"({_HEADER.pattern})=([^\s;,\"]+)")
_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


class Kind(NamedTuple):
    """One kind of scalar."""

    expected: str
    read: Callable[[str], Any]


def kind(name: str) -> Kind:
    """The kind of that name in the reference's language; KeyError if there is none."""
    if name in _KINDS:
        return _KINDS[name]
    word, _, rest = name.partition(" from ")
    if rest:
        return _from(word, rest)
    if name.startswith("one of "):
        return _one_of(name.removeprefix("one of ").split("/"))
    raise KeyError(name)


def words(text: str) -> tuple[str, ...]:
    """A command's words, as a shell splits them; ValueError for none, or an open quote."""
    found = tuple(shlex.split(text))
    if not found:
        raise ValueError(text)
    return found


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return read


def _pair(pattern: re.Pattern[str], between: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = pattern.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return between.join(found.groups())

    return read


def _path(text: str) -> str:
    parts = text.split("/")
    if not text or text.startswith("/") or ".." in parts or "\0" in text:
        raise ValueError(text)
    return text


def _url_path(text: str) -> str:
    if not text.startswith("/") or any(character.isspace() for character in text):
        raise ValueError(text)
    return text


def _web_address(text: str) -> str:
    address = urlsplit(text)
    if address.scheme not in ("http", "https") or not address.hostname or any(map(str.isspace, text)):
        raise ValueError(text)
    return text


def _port(text: str) -> int:
    value = _integer(text)
    if not 1 <= value <= 65535:
        raise ValueError(text)
    return value


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", text):
        raise ValueError(text)
    return float(text)


def _url_or_secret(text: str) -> str:
    if not _URL.fullmatch(text) and not _SECRET.fullmatch(text):
        raise ValueError(text)
    return text


def _notice(text: str) -> str:
    if text not in _NOTICES:
        raise ValueError(text)
    return text


def _phase(text: str) -> str:
    """A phase's name; a share is spelled as a strategy spells it."""
    if not text.strip():
        raise ValueError(text)
    try:
        return f"{quantities.share(text) * 100:.6g} %" if text.strip().endswith("%") else text
    except ValueError:
        return text


def _truth(text: str) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _duration_or_none(text: str) -> float | None:
    return None if text == "none" else quantities.duration(text)


def _from(word: str, least: str) -> Kind:
    number: Callable[[str], float] = _integer if word == "integer" else _number

    def read(text: str) -> float:
        value = number(text)
        if value < float(least):
            raise ValueError(text)
        return value

    return Kind(f"{'a whole number' if word == 'integer' else 'a number'} from {least}", read)


def _one_of(choices: list[str]) -> Kind:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    *most, last = (f"`{choice}`" for choice in choices)
    return Kind(f"{', '.join(most)} or {last}", read)


_DURATION = "a duration such as `60 s`, `200 ms`, `10m` or `1h30m`"
_KINDS = {
    "text": Kind("a text", str),
    "name": Kind("a name of letters, digits, `-` and `_`", _matching(NAME)),
    "variable": Kind("the name of an environment variable, such as `MODEL_URL`", _matching(VARIABLE)),
    "command": Kind("a command such as `python -m agent --port {port}`", words),
    "phase": Kind("`traffic`, `promotion`, or a phase such as `50%`", _phase),
    "path": Kind("a path inside the repository, such as `evals/smoke.yaml`", _path),
    "url path": Kind("a path that begins with `/`, such as `/health`", _url_path),
    "web address": Kind("an address such as `http://127.0.0.1:9090`", _web_address),
    "duration": Kind(_DURATION, quantities.duration),
    "duration or none": Kind(f"{_DURATION}, or `none`", _duration_or_none),
    "share": Kind("a share from 0 to 1, such as `5%` or `0.05`", quantities.share),
    "port": Kind("a port from 1 to 65535", _port),
    "true or false": Kind("`true` or `false`", _truth),
    "header": Kind("the name of an HTTP header, such as `x-conversation-id`", _matching(_HEADER)),
    "url or secret": Kind("an address such as `https://chat.example/hook`, or `env:NAME`", _url_or_secret),
    "notice": Kind(f"one of {', '.join(f'`{each}`' for each in _NOTICES)}", _notice),
    "weekly window": Kind(
        "days and times such as `fri 16:00-24:00`, `mon-thu 22:00-06:00`, `sat-sun`", windows.weekly
    ),
    "days": Kind("a date such as `2026-12-24`, or `2026-12-20 to 2027-01-06`", windows.dates),
    "time zone": Kind("a time zone that is known here, such as `Europe/Madrid`", windows.zone),
    "header and value": Kind(
        "an HTTP header and its value, such as `x-cohort: b`", _pair(_HEADER_VALUE, ": ")
    ),
    "cookie and value": Kind("a cookie and its value, such as `cohort=b`", _pair(_COOKIE_VALUE, "=")),
    "secret": Kind("a reference to the secret, `env:NAME` or `file:PATH`", _matching(_SECRET)),
}
