"""Names that say that what stands behind them is a secret, and those that only sound so (`words.toml`)."""

import re
import tomllib
from importlib.resources import files
from typing import Literal

Sort = Literal["password", "key"]

_TOLD = tomllib.loads((files("esclusa.scans.secrets") / "words.toml").read_text(encoding="utf-8"))
LOOKED_FOR = tuple(part.encode() for part in _TOLD["looked_for"])
VERBS = frozenset(_TOLD["verbs"])
PAIRS = frozenset(_TOLD["pairs"])
PROGRAMS = tuple(_TOLD["programs"])
_PASSWORDS = frozenset(_TOLD["passwords"])
_KEYS = frozenset(_TOLD["keys"])
_NO_SECRET = frozenset(_TOLD["no_secret"])
_NO_KEY = frozenset(_TOLD["no_key"])
_MANY = frozenset({"key", "keys", "token", "tokens"})
"""Words that say something at the end of a name only."""
_PARTS = re.compile(r"[A-Z]?[a-zñ]+|[A-Z]+(?![a-z])|[0-9]+")


def sort_of(name: str) -> Sort | None:
    """What a name says of its value; None if that is no secret."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts or parts[-1] in _NO_SECRET:
        return None
    known = set(parts) | {"".join(parts[-2:])}
    if known & _PASSWORDS:
        return "password"
    if known & _NO_KEY or not known & _KEYS:
        return None
    return "key" if parts[-1] in _MANY or known & (_KEYS - _MANY) else None
