"""The rows of a CSV dataset: a header with the keys of a case, then a case a row.

A cell is a text, an empty one is absent. `expected.intent` is one part of `expected`. Tags are separated by
`;`. A cell that begins with `{` or `[` is JSON, as `turns`, `contexts`, `tools` and `scorers` always are.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import NOTHING, read_json

LISTS = ("turns", "contexts", "tools", "scorers")


def csv_rows(text: str, file: str) -> Iterator[tuple[int, Any]]:
    """The rows with the lines they begin at; an error instead of a row that is broken. ConfigurationError."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # What follows a broken quote may be anything: nothing after it can be trusted.
            yield line, ConfigurationError(f"not valid CSV: {error}", file=file, line=line)
            return
        if cells is None:
            return
        if not header and cells:
            header = _header(cells, file, line)
        elif cells:
            yield line, _row(header, cells, file, line)
        line = reader.line_num + 1


def _header(cells: Sequence[str], file: str, line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or "id" not in names:
        found = f"the column {twice!r} twice" if twice is not None else ", ".join(names)
        raise ConfigurationError(
            f"expected a header with the keys of a case, found {found}",
            file=file,
            line=line,
            mend="such as id,input,expected,tags",
        )
    return names


def _row(header: Sequence[str], cells: Sequence[str], file: str, line: int) -> Any:
    if len(cells) != len(header):
        return ConfigurationError(
            f"expected {len(header)} cells, as in the header, found {len(cells)}", file=file, line=line
        )
    row: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=True):
        if not cell.strip():
            continue
        key, _, part = name.partition(".")
        value = _value(name, cell)
        if value is NOTHING:
            return ConfigurationError("expected JSON in this cell", file=file, line=line, key=name)
        if not part:
            row[key] = value
        elif isinstance(row.setdefault(key, {}), dict):
            row[key][part] = value
    return row


def _value(name: str, cell: str) -> Any:
    if name == "tags":
        return [tag.strip() for tag in cell.split(";") if tag.strip()]
    if name in LISTS or cell.lstrip()[0] in "[{":
        found = read_json(cell)
        # A text may begin so without being JSON; a list may not be anything else.
        return cell if found is NOTHING and name not in LISTS else found
    return cell
