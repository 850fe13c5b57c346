"""Words that tell personal data by standing near it, and how long accounts are: `words.toml` lists them."""

import tomllib
from importlib.resources import files

_TOLD = tomllib.loads((files("esclusa.scans.pii") / "words.toml").read_text(encoding="utf-8"))
IBAN_LENGTHS: dict[str, int] = _TOLD["iban"]
UNITS: frozenset[str] = frozenset(_TOLD["units"])
HINTS: tuple[str, ...] = tuple(_TOLD["hints"])


def listed(name: str) -> tuple[str, ...]:
    """The words of that list."""
    return tuple(_TOLD[name])


def any_of(name: str) -> str:
    """A regular expression that matches one of the words of that list."""
    return "|".join(_TOLD[name])
