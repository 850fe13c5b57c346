"""What readers of locks share: JSON, and the lines on which names stand."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from esclusa.scans.dependencies.package import Package, Problem

Read = Package | Problem
Reader = Callable[[str, str], Iterable[Read]]


def read_json(text: str) -> dict[str, Any] | Problem:
    """The object that a text is, or why it is none."""
    try:
        document = json.loads(text)
        if "\\ud" in text.lower():  # half of a pair is no character, and no report could hold it
            document = json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    except json.JSONDecodeError as error:
        return Problem(line=error.lineno, why=f"it is no JSON: {error.msg}")
    except (ValueError, RecursionError):
        return Problem(line=1, why="it is no JSON that can be read")
    return document if isinstance(document, dict) else Problem(line=1, why="expected a JSON object")


def lines_of(text: str, pattern: re.Pattern[str]) -> dict[str, Iterator[int]]:
    """The lines on which each name stands, in order."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := pattern.search(line):
            found.setdefault(match["name"], []).append(number)
    return {name: iter(numbers) for name, numbers in found.items()}


def line_in(message: str) -> int:
    """The line that a message of a parser names; 1 if it names none."""
    told = re.search(r"line (\d+)", message)
    return int(told[1]) if told else 1
