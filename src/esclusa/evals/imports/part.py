"""A part of a JSON file that others wrote: read with the place at hand, so that what is odd can be named."""

import json
import math
from collections.abc import Sequence
from typing import Any

from esclusa.core.errors import ConfigurationError

SHOWN = 40
"""Characters of an odd value that an error shows."""


def parsed(data: bytes, file: str) -> Any:
    """The JSON value that a file is; ConfigurationError if it is none."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"this is not JSON: {error.msg}", file=file, line=error.lineno) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("this is not UTF-8", file=file, line=line) from None
    except RecursionError:
        raise ConfigurationError("it is nested too deeply", file=file) from None


class Part:
    """A value and the place where it stands: `results.results.3.score`."""

    def __init__(self, value: Any, file: str, key: str = "") -> None:
        self.value = value
        self.file = file
        self.key = key

    def at(self, *path: str) -> "Part":
        """What stands there; ConfigurationError when nothing does."""
        part = self
        for name in path:
            found = part.maybe(name)
            if found is None:
                raise part._below(name).odd("a value")
            part = found
        return part

    def maybe(self, name: str) -> "Part | None":
        """What stands there; None for nothing, and for null."""
        if not isinstance(self.value, dict):
            raise self.odd("a mapping")
        return self._below(name) if self.value.get(name) is not None else None

    def entries(self) -> dict[str, "Part"]:
        """The parts of a mapping, without those that are null."""
        if not isinstance(self.value, dict):
            raise self.odd("a mapping")
        return {name: self._below(name) for name, value in self.value.items() if value is not None}

    def items(self) -> Sequence["Part"]:
        """The parts of a list."""
        if not isinstance(self.value, list):
            raise self.odd("a list")
        return [
            Part(value, self.file, f"{self.key}.{number}".lstrip("."))
            for number, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """A text; of a number its digits."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.odd("a text")
        return str(self.value)

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.odd("true or false")
        return self.value

    def whole(self) -> int:
        """A whole number from 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.odd("a whole number from 0")
        return self.value

    def number(self) -> float:
        """A number; true and false are 1 and 0."""
        if not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise self.odd("a number")
        return float(self.value)

    def amount(self) -> float:
        """A number from 0."""
        if self.number() < 0:
            raise self.odd("a number from 0")
        return self.number()

    def odd(self, expected: str) -> ConfigurationError:
        """The error for what is not as expected."""
        found = "nothing" if self.value is None else json.dumps(self.value, default=str)[:SHOWN]
        return ConfigurationError(f"expected {expected}, found {found}", file=self.file, key=self.key)

    def _below(self, name: str) -> "Part":
        return Part(self.value.get(name), self.file, f"{self.key}.{name}".lstrip("."))
