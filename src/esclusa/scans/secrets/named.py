"""Named values: what stands behind a name that says it is a secret, in any syntax.

`DB_PASSWORD=...`, `"api_key": "..."`, `<SigningPassword>...</SigningPassword>`, `--token ...`, `clave: ...`,
and `password` in a sentence. Only names are looked for; what stands behind them is asked whether it could be
a secret (`values`). A value without quotes counts where files of that kind have them: in no program's source.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from esclusa.scans.secrets.names import DIRECTIVES, LOOKED_FOR, VERBS, Sort, is_about, is_strong_name, sort_of
from esclusa.scans.secrets.values import (
    is_chosen,
    is_drawn,
    is_mixed_key,
    is_numbered,
    is_passphrase,
    is_password,
    is_short_key,
    is_strong,
    is_typed,
    stands_for_one,
)
from esclusa.scans.secrets.ways import (
    ALONE,
    ASKED,
    DEFAULT,
    ENDED,
    FIRST,
    KNOWN_KEY,
    LINKED,
    OPTION,
    REVERSED,
    TO,
    WAYS,
    WHOLE,
    Where,
)

_NAME = re.compile(rb"[A-Za-z0-9_.:$/\xb1\x91\xc3\xf1\xd1-]{0,60}\Z")
_REST = re.compile(rb"[A-Za-z0-9_.\xb1\x91\xc3\xf1\xd1-]{0,40}")
"""With `ñ`, in UTF-8 and as older programs write it."""


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
        name = _words(data[begin:end]).strip(".:-$/")
        sort = sort_of(name)
        if sort is None:
            continue
        found = _value(data, begin, end, program, Said(name, sort))
        if found is not None and found[0] != known:
            known = found[0]
            yield Named(name, sort, *found)
            for start, more in _listed(data, found):
                yield Named(name, sort, start, more)


def _words(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


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


class Said(NamedTuple):
    """A name, and what it says."""

    name: str
    sort: Sort

    def could_be(self, value: str, where: Where, program: bool) -> bool:
        """Whether a value that stands so behind it could be the secret that it means."""
        if len(value) <= 100 and _IDENTIFIER.fullmatch(value) and sort_of(value) is not None:
            return False  # it is the name of one: `new_password1`
        if where not in ("anywhere", "in a list") and _CODE.search(value):
            return False
        if where == "in a list" and is_numbered(value) and not self.name.isupper():
            return False
        if where == "by a verb":
            return not program and (is_typed(value) if self.sort == "password" else is_mixed_key(value))
        if where == "in a connection":
            return len(value) >= 6 and not (stands_for_one(value) or value.isdigit() or "," in value)
        if self.sort == "key":
            return self._key(value, where, program)
        if where != "in sentences" and where != "in programs":
            words = 5 if program else 3 if self.name.isupper() or self.name.lower() in _PHRASES else 4
            dotted = program and "." in value and not value.istitle()
            return is_password(value, words) and not (dotted and is_passphrase(value))
        if _SETTING.fullmatch(value):
            return False
        signs = sum(not letter.isalnum() and letter not in "_." for letter in value)
        written = program and (_WRITTEN.search(value) is not None or not signs)
        chosen = is_chosen(value) and any(map(str.isdigit, value)) and not is_numbered(value)
        return (chosen and not written) or (not program and "." not in value and is_passphrase(value))

    def _key(self, value: str, where: Where, program: bool) -> bool:
        if where == "in sentences":
            return not program and is_drawn(value)
        if is_drawn(value):
            return True
        if self.name.isupper() and not program and is_passphrase(value):
            return True
        return is_strong_name(self.name) and (is_short_key(value) or is_strong(value))


_SETTING = re.compile(r"[a-z_]+=(?:\d{1,3}|[a-z_]+\d?)")
"""What a sentence, or a command that looks like one, sets beside the secret."""
_CODE = re.compile(r"\(\)|\w\.\w+\(|::|\[\w+\]|\$[A-Za-z_{(]\w{3}|\$\(|->")
"""What a line of a program has, in a file that is not known as one."""
_PHRASES = frozenset({"password", "passphrase", "psk", "clave", "contraseña"})
"""Names behind which words are expected."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_.-]*[0-9]?[A-Za-z_.-]*[0-9]{0,3}[A-Za-z_.-]*")
_WRITTEN = re.compile(r"[(){}\[\]=<>,;]")
"""What an expression has, and a password in a sentence seldom."""


def _value(data: bytes, begin: int, at: int, program: bool, said: Said) -> tuple[int, int] | None:
    """Where the value of a name is that ends at a place."""
    last = min(len(data), at + 2500)
    if not program and FIRST.search(data, max(0, begin - 50), begin):
        if found := _taken(WHOLE.match(data, at, last), data, said, "outside programs", program):
            return found
        if said.name.lower() in _PHRASES and (
            found := _taken(ALONE.match(data, at, last), data, said, "outside programs", program)
        ):
            return found
    if data[begin - 2 : begin] == b"${" or data[begin - 1 : begin + 1] == b"${":
        return _taken(DEFAULT.match(data, at, last), data, said, "anywhere", program)
    if said.sort == "password":
        if data[begin - 1 : begin] in (b"&", b"?") and (
            taken := _taken(ASKED.match(data, at, last), data, said, "in a connection", program)
        ):
            return taken
        linked = TO.search(data, max(0, begin - 150), begin) is not None
        pattern = LINKED if linked else ENDED
        if taken := _taken(pattern.match(data, at, last), data, said, "in a connection", program):
            return taken
    option = said.name.lower() in DIRECTIVES or OPTION.search(data, max(0, begin - 1), begin + 3) is not None
    for pattern, where, needs in _WAYS[program]:
        if needs and data.find(needs, at, at + 330) < 0:
            continue
        match = pattern.match(data, at, last)
        if match is None:
            continue
        if where == "in sentences" and said.name.lower() in VERBS and not option:
            if KNOWN_KEY.search(data, max(0, begin - 12), begin):
                continue
            where = "by a verb"
        really: Where = "as an option" if option and where == "in sentences" else where
        if found := _taken(match, data, said, really, program):
            return found
    return _taken(REVERSED.search(data, max(0, begin - 330), begin), data, said, "anywhere", program)


_WAYS = (
    tuple(way for way in WAYS if way.where != "in programs"),
    tuple(way for way in WAYS if way.where != "outside programs"),
)
"""Those outside programs, and those in them."""


def _listed(data: bytes, found: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """What stands behind it in the same list."""
    start, end = found
    if data[max(0, start - 2) : start - 1] == b"[":
        while match := _NEXT.match(data, end):
            start, end = match.span("value")
            if is_drawn(value := data[start:end].decode(errors="replace")) or is_password(value):
                yield start, end


_NEXT = re.compile(rb"""["'],\s{0,20}["'](?P<value>[^"'\n]{6,300})(?=["'])""")


def _taken(
    match: re.Match[bytes] | None, data: bytes, said: Said, where: Where, program: bool
) -> tuple[int, int] | None:
    if match is None:
        return None
    if is_about((match.groupdict().get("between") or b"").decode(errors="replace")):
        return None
    start, end = match.span("value")
    if coloured := _COLOUR.match(data, start, end):
        start = coloured.end()
    end = _readable(data, start, end)
    value = data[start:end].decode(errors="replace").strip()
    return (start, end) if said.could_be(_typed(value), where, program) else None


def _readable(data: bytes, start: int, end: int) -> int:
    """Where it is text no more: in what programs wrote, bytes that are none begin whatever follows."""
    if control := _CONTROL.search(data, start, end):
        end = control.start()
    if data.find(b"\x00", 0, _HEAD) >= 0:
        try:
            data[start:end].decode()
        except UnicodeDecodeError as error:
            return start + error.start
    return end


_COLOUR = re.compile(rb"(?:\x1b\[[\d;]*m)+")
"""How a log begins what it shows in a colour."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_HEAD = 8000
"""Bytes in which a zero says that a file is no text, as git has it."""


def _typed(value: str) -> str:
    """As somebody types it: without what ends its line or its list, and with its letters as letters."""
    return _LETTER.sub("e", _BREAKS.sub("", value)).rstrip(",;")


_LETTER = re.compile(r"\\u(?!00[0-7])[0-9A-Fa-f]{4}|(?:\\x[89A-Fa-f][0-9A-Fa-f])+")
"""Letters that ASCII has not; what else is escaped may be the signs of a password."""
_BREAKS = re.compile(r"\\[rnt0]")
