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
_SCHEME = rb"(?:(?:Bearer|Basic|Token|token|ApiKey|apikey|Key|SSWS|GenieKey|Discogs)[ =]{1,2})?"
_QUOTED = rb"""[rbuf@$]?(?P<q>\\?["'])""" + _SCHEME + rb"""(?P<value>[^\n"'`]{6,2000}?)(?P=q)"""
_BARE = rb"""(?P<value>[^\s"'`<>,;&|\\(){}\[\]]{6,2000})(?=[\s"'`<,;&|\\]|\Z)"""
_END = rb"""\\?["'`]?[\])]{0,2}"""
_BY = rb"""[ \t]{0,40}(?:=>|:=|=(?![=~])|:(?![:/=]))[ \t]{0,20}"""


Where = Literal["anywhere", "in programs", "outside programs", "in sentences"]


class Way(NamedTuple):
    """A way in which a value can stand behind its name."""

    pattern: re.Pattern[bytes]
    where: Where


def _way(pattern: bytes, where: Where = "anywhere") -> Way:
    return Way(re.compile(pattern), where)


WAYS = (
    # name = "value", "name": "value", name: str = "value", environ["name"] = "value", name = f("value")
    _way(_END + rb"(?:\s?:\s?[A-Za-z_][\w.\[\] |?]{0,30})?" + _BY + rb"(?:[\w.]{1,30}\(\s?)?" + _QUOTED),
    # ("name", "value"), header("name", "value")
    _way(rb"""\\?["'],\s{0,5}""" + _QUOTED),
    # {"name": "NAME", "value": "value"}
    _way(rb"""["'],\s{0,20}["'](?:value|Value|initialValue|defaultValue)["']\s?:\s?""" + _QUOTED),
    # set_name("value")
    _way(rb"\(\s{0,3}" + _QUOTED + rb"\s?[,)]"),
    # set_basic_auth("user", "value"), auth=("user", "value")
    _way(rb"""\s?=?\s?\(\s{0,3}["'][^"'\n]{1,80}["'],\s{0,5}""" + _QUOTED),
    # name="..." value="value", <name value="value"
    _way(rb"""["']?\s{1,3}value\s?=\s?""" + _QUOTED),
    # a, b = "value", "another"
    _way(rb"(?:, ?\w{1,30}){1,3} = " + _QUOTED),
    # <name>value</name>, <name><value>value</value>, <entry key="name">value<, <key>name</key><string>value<
    _way(rb">(?P<value>[^\s<]{6,300})</"),
    _way(rb">\s{0,20}<[Vv]alue>(?P<value>[^\s<]{6,300})</"),
    _way(rb"""["']>(?P<value>[^\s<]{6,300})</"""),
    _way(rb"</key>\s{0,20}<string>(?P<value>[^\s<]{6,300})</"),
    # name=value within the text of a program: of a connection, a query, a command
    _way(rb"=(?P<value>[^\s\"'`<>,;&|\\(){}\[\]=]{6,300})(?=[\s\"'`<;&|\\]|\Z)", "in programs"),
    # - name: NAME, and below it value: value
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _QUOTED, "outside programs"),
    _way(rb"""["']?\s{0,3}\n\s{1,30}value:\s{0,3}""" + _BARE, "outside programs"),
    # name: |, and the value on a line of its own
    _way(_END + rb":[ \t]{1,3}[|>][+-]?\s{0,3}\n\s{1,30}" + _BARE, "outside programs"),
    # name=value, name: value, | name | value |, **name:** `value`
    _way(_END + _BY + _SCHEME + _BARE, "outside programs"),
    _way(rb"""[`*]{0,3}[ \t]{0,20}\|[ \t]{0,20}`?""" + _BARE, "outside programs"),
    _way(rb"[*_]{0,2}\s?:\s?[*_]{0,2}\s{0,3}`(?P<value>[^`\s]{6,200})`"),
    # --name value, PASSWORD 'value', password value, contraseña de la base: value
    _way(rb"[ \t]{1,3}(?:-p ?|-w ?)?" + _QUOTED, "in sentences"),
    _way(
        rb"[ \t](?:(?:is|es|to|was|por|by|-|\xe2\x80\x93|\xe2\x86\x92)[ \t]){0,2}[`'\"]?"
        rb"(?P<value>[^\s`'\"<>]{6,80}?)(?=[`'\"]|[.,;:]?(?:\s|\Z))",
        "in sentences",
    ),
    _way(
        rb"[ \t](?:de|del|para|of|for|to|on)[ \t][\w. -]{1,40}?(?:[ \t](?:is|es)|:)[ \t][`'\"]?"
        rb"(?P<value>[^\s`'\"<>]{6,80}?)(?=[`'\"]|[.,;:]?(?:\s|\Z))",
        "in sentences",
    ),
)
"""Tried in this order; the first whose value could be a secret says where it is."""


class Named(NamedTuple):
    """A value, by where it stands, and what its name says it is."""

    name: str
    sort: Sort
    start: int
    end: int


def named(data: bytes, program: bool) -> Iterator[Named]:
    """The values behind names. `program`: whether it is the source of one."""
    seen = known = -1
    for begin, end in _names(data):
        if end <= seen:
            continue
        seen = end
        name = data[begin:end].decode(errors="replace").strip(".:-$/")
        sort = sort_of(name)
        if sort is None:
            continue
        found = _value(data, end, program, sort, name.lower() in VERBS)
        if found is not None and found[0] != known:
            known = found[0]
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


def _is_one(value: str, sort: Sort, where: Where, program: bool) -> bool:
    if _IDENTIFIER.fullmatch(value) and sort_of(value) is not None:
        return False  # it is the name of one: `new_password1`
    if sort == "key":
        return is_drawn(value) and not (program and where == "in sentences")
    if where in ("anywhere", "outside programs"):
        return is_chosen(value)
    signs = sum(not letter.isalnum() and letter not in "_." for letter in value)
    written = program and (_WRITTEN.search(value) is not None or not signs)
    return is_chosen(value) and any(map(str.isdigit, value)) and not written


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_.-]*[0-9]?[A-Za-z_.-]*[0-9]{0,3}[A-Za-z_.-]*")
_WRITTEN = re.compile(r"[(){}\[\]=<>,;]")
"""What an expression has, and a password in a sentence seldom."""


def _value(data: bytes, at: int, program: bool, sort: Sort, verb: bool) -> tuple[int, int] | None:
    for pattern, where in WAYS:
        if where == ("outside programs" if program else "in programs") or (verb and where == "in sentences"):
            continue
        match = pattern.match(data, at, min(len(data), at + 2500))
        if match is None:
            continue
        start, end = match.span("value")
        value = data[start:end].decode(errors="replace").strip()
        if _is_one(value, sort, where, program):
            return start, end
    return None
