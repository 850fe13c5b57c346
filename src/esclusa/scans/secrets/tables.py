"""Tables: values whose name stands at the head of their column, in CSV, Markdown, and inserts of SQL."""

import csv
import re
from collections.abc import Generator, Iterator, Sequence

from esclusa.scans.secrets.names import Sort, sort_of
from esclusa.scans.secrets.values import is_chosen, is_drawn, is_given, is_numbered, is_password

MOST_ROWS = 20_000
_INSERT = re.compile(
    rb"(?i:into)\s{1,3}[\w.`\"\[\]]{1,80}\s{0,3}\((?P<columns>[^()]{1,1500})\)\s{0,5}(?i:values)\s{0,3}",
    re.DOTALL,
)
_COPY = re.compile(rb"COPY [\w.\"]{1,80} \((?P<columns>[^()]{1,1500})\) FROM stdin;\r?\n")
_ROW = re.compile(rb"\s{0,20},?\s{0,20}\(")
_FIELD = re.compile(
    rb"\s{0,9}(?:[NE]?'(?P<quoted>(?:[^'\\]|''|\\.){0,4000})'|(?P<bare>[^,()']{1,200}(?:\([^()]{0,99}\))?))\s{0,9}(?P<end>[,)])"
)
_RULE = re.compile(rb"[ \t]{0,9}\|?[ \t:]{0,9}-{1,200}[ \t:]{0,9}\|[-| \t:]{0,400}\r?\n?")
_COLUMN = re.compile(r"[\w ñóáéíú./-]{2,40}")


def tables(data: bytes, name: str) -> Iterator[tuple[str, Sort, int, int]]:
    """The values, each with the name of its column."""
    yield from _inserted(data)
    yield from _copied(data)
    yield from _of_markdown(data)
    yield from _of_users(data)
    if name.lower().endswith((".csv", ".tsv", ".psv")):
        yield from _of_csv(data)


def _secret(columns: Sequence[str]) -> dict[int, tuple[str, Sort]]:
    """Which of them are of secrets."""
    cleaned = [column.strip(" `\"'[]*\t\r") for column in columns]
    return {
        at: (column, sort)
        for at, column in enumerate(cleaned)
        if _COLUMN.fullmatch(column) and (sort := sort_of(column)) is not None
    }


def _could_be(value: str, sort: Sort) -> bool:
    if sort == "key":
        return is_drawn(value)
    return is_password(value) and (is_chosen(value) or len(value) >= 12) and not is_numbered(value)


def _inserted(data: bytes) -> Iterator[tuple[str, Sort, int, int]]:
    for word in (b"INTO ", b"into "):
        at = data.find(word)
        while at >= 0:
            end = at + len(word)
            insert = _INSERT.match(data, at)
            if insert and (wanted := _secret(insert["columns"].decode(errors="replace").split(","))):
                end = yield from _rows(data, insert.end(), wanted)
            at = data.find(word, end)


def _rows(
    data: bytes, at: int, wanted: dict[int, tuple[str, Sort]]
) -> Generator[tuple[str, Sort, int, int], None, int]:
    """Rows in brackets, with commas between. Returns where they end."""
    for _ in range(MOST_ROWS):
        row = _ROW.match(data, at)
        if row is None:
            break
        at = row.end()
        for column in range(300):
            field = _FIELD.match(data, at)
            if field is None:
                return at
            at = field.end()
            if column in wanted and field["quoted"] is not None:
                name, sort = wanted[column]
                if _could_be(field["quoted"].decode(errors="replace"), sort):
                    yield name, sort, *field.span("quoted")
            if field["end"] == b")":
                break
    return at


def _copied(data: bytes) -> Iterator[tuple[str, Sort, int, int]]:
    """Rows of PostgreSQL's dumps."""
    at = data.find(b"COPY ")
    while at >= 0:
        end = at + 5
        copy = _COPY.match(data, at)
        if copy and (wanted := _secret(copy["columns"].decode(errors="replace").split(","))):
            end = yield from _lines(data, copy.end(), wanted, b"\t", b"\\.")
        at = data.find(b"COPY ", end)


def _of_markdown(data: bytes) -> Iterator[tuple[str, Sort, int, int]]:
    seen = -1
    for mark in (b"|--", b"| --", b"|:-"):
        at = data.find(mark)
        while at >= 0:
            line = data.rfind(b"\n", max(0, at - 2000), at) + 1
            rule = _RULE.match(data, line)
            head = data.rfind(b"\n", max(0, line - 2000), max(0, line - 1)) + 1
            if rule and head < line and line > seen:
                seen = line
                if wanted := _secret(data[head : line - 1].decode(errors="replace").split("|")):
                    seen = yield from _lines(data, rule.end(), wanted, b"|", b"")
            at = data.find(mark, at + len(mark))


def _of_users(data: bytes) -> Iterator[tuple[str, Sort, int, int]]:
    """Lines of `user:password` for chpasswd."""
    at = data.find(b"chpasswd")
    while at >= 0:
        if lines := _LINES.match(data, at, at + 4000):
            for line in _USER.finditer(data, *lines.span("lines")):
                if is_given(line["value"].decode(errors="replace")):
                    yield "chpasswd", "password", *line.span("value")
        at = data.find(b"chpasswd", at + 8)


_LINES = re.compile(
    rb"chpasswd(?::\s{1,20}(?:expire:[^\n]{1,12}\s{1,20})?list:[^\n]{0,9}|[^\n]{0,40}<<[^\n]{0,20})\n"
    rb"(?P<lines>(?:[ \t-]{0,20}[\w.-]{1,32}:[^\s:]{6,200}[ \t]{0,4}\r?\n?){1,50})"
)
_USER = re.compile(rb"[\w.-]{1,32}:(?P<value>\S{6,200})")


def _of_csv(data: bytes) -> Iterator[tuple[str, Sort, int, int]]:
    if b"\n" not in data:  # as old programs end their lines
        data = data.replace(b"\r", b"\n")
    head, _, _ = data[:4000].partition(b"\n")
    sign = max((b",", b";", b"\t", b"|"), key=head.count)
    if head.count(sign):
        names = head.replace(b"\r", b" ").decode(errors="replace")  # csv breaks off at one
        columns = next(csv.reader([names], delimiter=sign.decode()), [])
        if wanted := _secret(columns):
            yield from _lines(data, len(head) + 1, wanted, sign, b"")


def _lines(
    data: bytes, at: int, wanted: dict[int, tuple[str, Sort]], sign: bytes, last: bytes
) -> Generator[tuple[str, Sort, int, int], None, int]:
    """Lines of fields with a sign between, up to `last` or an empty one. Returns where they end."""
    for _ in range(MOST_ROWS):
        end = data.find(b"\n", at, at + 20_000)
        end = len(data) if end < 0 else end
        line = data[at:end]
        if line.strip() == last or sign not in line or at >= len(data):
            break
        start = at
        for column, field in enumerate(_split(line, sign)):
            value = field.strip(b" \t\r\"'`*")
            if column in wanted and value:
                name, sort = wanted[column]
                if _could_be(value.decode(errors="replace"), sort):
                    place = start + field.find(value)
                    yield name, sort, place, place + len(value)
            start += len(field) + len(sign)
        at = end + 1
    return at


_QUOTED = re.compile(rb'"(?:[^"]|""){0,4000}"')


def _split(line: bytes, sign: bytes) -> list[bytes]:
    """Its fields, where a sign within quotes divides nothing."""
    if b'"' not in line:
        return line.split(sign)
    hidden = _QUOTED.sub(lambda quoted: b"x" * len(quoted[0]), line)
    fields, at = [], 0
    for part in hidden.split(sign):
        fields.append(line[at : at + len(part)])
        at += len(part) + len(sign)
    return fields
