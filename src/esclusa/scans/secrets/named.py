"""Named values: what stands behind a name that says it is a secret, in any syntax.

`DB_PASSWORD=...`, `"api_key": "..."`, `<SigningPassword>...</SigningPassword>`, `--token ...`, `clave: ...`,
and `password` in a sentence. Only names are looked for; what stands behind them is asked whether it could be
a secret (`values`). A value without quotes counts where files of that kind have them: in no program's source.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from esclusa.scans.secrets.names import LOOKED_FOR, VERBS, Sort, sort_of
from esclusa.scans.secrets.values import is_chosen, is_drawn

_NAME = re.compile(rb"[A-Za-z0-9_.:$/\xb1\xc3-]{0,60}\Z")
_REST = re.compile(rb"[A-Za-z0-9_.\xb1\xc3-]{0,40}")
_QUOTED = rb"""[rbuf@$]?(?P<q>\\?["'])(?P<value>[^\n"'`]{6,2000}?)(?P=q)"""
_BARE = rb"""(?P<value>[^\s"'`<>,;&|\\(){}\[\]]{6,2000})(?=[\s"'`<,;&|\\]|\Z)"""
_END = rb"""\\?["'`]?[\])]{0,2}"""
_BY = rb"""[ \t]{0,40}(?:=>|:=|=(?![=~])|:(?![:/=]))[ \t]{0,20}"""


class Way(NamedTuple):
    """A way in which a value can stand behind its name."""

    pattern: re.Pattern[bytes]
    where: Literal["anywhere", "outside programs", "in sentences"]


def _way(pattern: bytes, where: Literal["anywhere", "outside programs", "in sentences"] = "anywhere") -> Way:
    return Way(re.compile(pattern), where)


WAYS = (
    # name = "value", "name": "value", name: str = "value", environ["name"] = "value"
    _way(_END + rb"(?:\s?:\s?[A-Za-z_][\w.\[\] |?]{0,30})?" + _BY + rb"(?:[\w.]{1,30}\(\s?)?" + _QUOTED),
    # ("name", "value"), header("name", "value")
    _way(rb"""\\?["'],\s{0,5}""" + _QUOTED),
    # set_basic_auth("user", "value"), auth=("user", "value")
    _way(rb"""\s?=?\s?\(\s{0,3}["'][^"'\n]{1,80}["'],\s{0,5}""" + _QUOTED),
    # name="..." value="value"
    _way(rb"""["']\s{1,3}value\s?=\s?""" + _QUOTED),
    # a, b = "value", "another"
    _way(rb"(?:, ?\w{1,30}){1,3} = " + _QUOTED),
    # <name>value</name>
    _way(rb">(?P<value>[^\s<]{6,300})</"),
    # - name: NAME, and below it value: value
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _QUOTED, "outside programs"),
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _BARE, "outside programs"),
    # name=value, name: value
    _way(_END + _BY + rb"(?:(?:Bearer|Basic|Token|token|ApiKey|SSWS)\s)?" + _BARE, "outside programs"),
    # --name value, PASSWORD 'value', password value
    _way(rb"[ \t]{1,3}(?:-p ?|-w ?)?" + _QUOTED, "in sentences"),
    _way(
        rb"[ \t](?:(?:is|es|to|was)[ \t]){0,2}[`'\"]?"
        rb"(?P<value>[^\s`'\"<>]{6,80}?)(?=[`'\"]|[.,;:]?(?:\s|\Z))",
        "in sentences",
    ),
)
"""Tried in this order; the first that fits says what the value is."""


class Named(NamedTuple):
    """A value, by where it stands, and what its name says it is."""

    name: str
    sort: Sort
    start: int
    end: int


def named(data: bytes, program: bool) -> Iterator[Named]:
    """The values behind names. `program`: whether it is the source of one."""
    seen = -1
    for begin, end in _names(data):
        if end <= seen:
            continue
        seen = end
        name = data[begin:end].decode(errors="replace").strip(".:-$/")
        sort = sort_of(name)
        if sort is None:
            continue
        found = _value(data, end, program, sort, name.lower() in VERBS)
        if found is not None:
            yield Named(name, sort, *found)


def _names(data: bytes) -> Iterator[tuple[int, int]]:
    """Where names stand that have one of the parts, in the order of the bytes."""
    low = data.lower()
    places = set()
    for part in LOOKED_FOR:
        at = low.find(part)
        while at >= 0:
            places.add(at)
            at = low.find(part, at + len(part))
    for at in sorted(places):
        before = _NAME.search(data, max(0, at - 60), at)
        behind = _REST.match(data, at)
        if before and behind:
            yield before.start(), behind.end()


def _is_one(value: str, sort: Sort, sentence: bool, program: bool) -> bool:
    if sort == "key":
        return is_drawn(value) and not (sentence and program)
    if not sentence:
        return is_chosen(value)
    signs = sum(not letter.isalnum() for letter in value)
    return (
        is_chosen(value)
        and any(map(str.isdigit, value))
        and (not program or (_WRITTEN.search(value) is None and signs > 0))
    )


_WRITTEN = re.compile(r"[(){}\[\]=<>,;]")
"""What an expression has, and a password in a sentence seldom."""


def _value(data: bytes, at: int, program: bool, sort: Sort, verb: bool) -> tuple[int, int] | None:
    for pattern, where in WAYS:
        if (program and where == "outside programs") or (verb and where == "in sentences"):
            continue
        match = pattern.match(data, at, min(len(data), at + 2500))
        if match is None:
            continue
        start, end = match.span("value")
        value = data[start:end].decode(errors="replace").strip()
        if _is_one(value, sort, where == "in sentences", program):
            return start, end
        if where == "anywhere":
            return None
    return None
