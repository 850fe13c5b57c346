"""Names that say that what stands behind them is a secret, and those that only sound so (`words.toml`)."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

Sort = Literal["password", "key"]

_TOLD = tomllib.loads((files("esclusa.scans.secrets") / "words.toml").read_text(encoding="utf-8"))
LOOKED_FOR = tuple(part.encode() for part in _TOLD["looked_for"])
DIRECTIVES = frozenset(_TOLD["directives"])
VERBS = frozenset(_TOLD["verbs"])
PAIRS = frozenset(_TOLD["pairs"])
PLAIN = frozenset(_TOLD["plain"])
MADE_UP = frozenset(_TOLD["made_up"])
FILLERS = frozenset(_TOLD["fillers"])
PUBLISHED = frozenset(_TOLD["published"])
PROGRAMS = tuple(_TOLD["programs"])
_PASSWORDS = frozenset(_TOLD["passwords"])
_KEYS = frozenset(_TOLD["keys"])
_NO_SECRET = frozenset(_TOLD["no_secret"])
_NO_KEY = frozenset(_TOLD["no_key"])
_MANY = frozenset({"key", "keys", "token", "tokens"})
"""Words that say something at the end of a name only."""
_SIGNED = frozenset({"sig", "signature"})
"""Of a shared access signature (SAS) it is all that opens the door."""
_STRONG = frozenset(_TOLD["strong"])
_SPLIT = re.compile(r"[^a-z0-9]+")
_ABOUT = _NO_SECRET - {"at", "by", "changed", "down", "name", "page", "reset", "screen", "up", "view", "word"}
_LATER = frozenset(_TOLD["later"])
_PARTS = re.compile(r"[A-ZÑ]?[a-zñ]+|[A-ZÑ]+(?![a-zñ])|[0-9]+")


@lru_cache(maxsize=4096)
def sort_of(name: str) -> Sort | None:
    """What a name says of its value; None if that is no secret."""
    parts = _words(name)
    if not parts:
        return None
    if "sas" in parts and parts[-1] in _SIGNED:
        return "key"
    if parts[-1] in _NO_SECRET or parts[-1].removesuffix("s") in _NO_SECRET:
        return None
    known = set(parts) | {"".join(pair) for pair in pairwise(parts)}
    if known & _PASSWORDS:
        return "password"
    if known & _NO_KEY or not known & _KEYS:
        return None
    return "key" if parts[-1] in _MANY or known & (_KEYS - _MANY) else None


def is_strong_name(name: str) -> bool:
    """Whether its last words leave no doubt that a secret is meant: `client_secret`, and not `key`."""
    parts = _words(name)
    return bool(parts) and (parts[-1] in _STRONG or "".join(parts[-2:]) in _STRONG)


def is_about(words: str) -> bool:
    """Whether some words behind a name say that it is not the secret that follows: `password policy`."""
    return not _ABOUT.isdisjoint(_SPLIT.split(words.lower()))


def _words(name: str) -> list[str]:
    """Its words, without numbers at its end and without words that say where or when it counts."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    while parts and (parts[-1].isdigit() or (len(parts) > 1 and parts[-1] in _LATER)):
        parts.pop()
    return parts
