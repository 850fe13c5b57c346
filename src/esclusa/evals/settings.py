"""Settings: a mapping that a person wrote, read strictly into a value.

The errors name the key, what was expected there and the nearest known key; `placed` adds the file and line.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from esclusa.core.errors import ConfigurationError

T = TypeVar("T", bound=msgspec.Struct)

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_WORDS = {
    "`str`": "a text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a mapping",
    "`null`": "nothing",
}
_PROBLEM = re.compile(r"^(?P<problem>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)


def read_settings(kind: type[T], given: Mapping[str, Any]) -> T:
    """The settings as a `kind`; ConfigurationError whose `key` is the offending key's path."""
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in given:
        if key not in known:
            raise unknown("key", key, known)
    for key, field in known.items():
        if field.required and key not in given:
            raise ConfigurationError("expected a value, found nothing", key=key)
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error), known) from None


def unknown(what: str, word: str, known: Iterable[str], *, key: str | None = None) -> ConfigurationError:
    """The error for a word that is none of the known ones."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    return ConfigurationError(
        f"unknown {what} {word!r}{guess}",
        key=word if key is None else key,
        mend=f"known here: {', '.join(words)}" if words else "none is known here",
    )


def placed(error: ConfigurationError, file: str, line: int, *path: str | int) -> ConfigurationError:
    """The same error, at its place in a file; `path` leads to where its key stands."""
    key = ".".join(str(part) for part in (*path, error.key) if part != "")
    return ConfigurationError(error.message, mend=error.mend, file=file, line=error.line or line, key=key)


def seconds(value: object, key: str) -> float:
    """A duration: a number of seconds, or a number with `ms`, `s`, `m` or `h` behind it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)", value.strip())
        if match and float(match[1]) > 0:
            return float(match[1]) * _SECONDS[match[2]]
    raise ConfigurationError(f"expected a duration above 0, such as 30 s or 500 ms, found {value!r}", key=key)


def _explained(text: str, fields: Mapping[str, FieldInfo]) -> ConfigurationError:
    """A message of msgspec, in our words: its path becomes the key."""
    match = _PROBLEM.match(text)
    assert match is not None
    path = (match["path"] or "").lstrip(".").replace("[...]", "").replace("[", ".").replace("]", "")
    problem = match["problem"].replace(", got ", ", found ").replace(" | null`", "`")
    for word, plain in _WORDS.items():
        problem = problem.replace(word, plain)
    if problem.startswith("Invalid enum value"):
        choices = ", ".join(_choices(fields[path.partition(".")[0]].type))
        problem = f"expected one of {choices}, found {problem.removeprefix('Invalid enum value ')}"
    return ConfigurationError(problem[:1].lower() + problem[1:], key=path)


def _choices(kind: Any) -> list[str]:
    """The words of the Literal within a type."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for part in get_args(kind) for word in _choices(part)]
