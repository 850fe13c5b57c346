"""Expressions of SPDX: of what packages say, and of what a project allows.

Identifiers, their old names and their categories are those of ScanCode's database of licences, which the
library `license-expression` has with it; expressions are those of SPDX 2.3, annex D.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from esclusa.core.errors import ConfigurationError

OWN = "licenseref-"
"""How identifiers begin that SPDX does not list, in small letters."""
LONGEST = 2_000
"""Characters of an expression."""
_LEFT_OUT = re.compile(r"\b(?:the|licen[cs]e[ds]?|version)\b|[(),]")
_TOLD = tomllib.loads((files("esclusa.scans.licences") / "words.toml").read_text(encoding="utf-8"))
_WORDS: dict[str, str] = _TOLD["words"]
_NOTHING = frozenset(_TOLD["said"]["nothing"])
_JOINED = re.compile(r"\b(?:and|or|with)\b")
"""What makes an expression of words: its brackets mean something."""
CATEGORIES = ("permissive", "public-domain", "copyleft-limited", "copyleft")
"""What may be allowed beside identifiers."""


class Allowed:
    """Categories and identifiers that a project allows."""

    def __init__(self, names: Iterable[str]) -> None:
        """ConfigurationError for a name that is neither."""
        self._names = frozenset(_allowed(name) for name in names)

    def allows(self, expression: object) -> bool:
        """Of what may be chosen, one; of what holds together, all."""
        parts = _parts(expression)
        if parts:
            return (all if isinstance(expression, library().AND) else any)(
                self.allows(part) for part in parts
            )
        if isinstance(expression, library().LicenseWithExceptionSymbol):
            # An exception takes a duty away, so it never makes worse what is allowed without it.
            licence = str(expression.license_symbol.key)
            return str(expression).lower() in self._names or self._has(licence)
        return self._has(str(expression))

    def _has(self, name: str) -> bool:
        return name.lower() in self._names or _categories().get(name.lower(), "") in self._names


def _allowed(name: str) -> str:
    """In small letters, and an old name as the one that it has now."""
    if name in CATEGORIES or name.lower().startswith(OWN):
        return name.lower()
    known = _parsed(name)
    same = str(known).lower() == name.lower()
    # `GPL` alone would mean one that nobody meant; old names that are still met have a number.
    if known is None or _parts(known) or not (same or any(map(str.isdigit, name))):
        mend = f"one, such as MIT, or {', '.join(CATEGORIES[:-1])} or {CATEGORIES[-1]}"
        raise ConfigurationError(f"`{name}` is no identifier of SPDX", key="allowed", mend=mend)
    return str(known).lower()


def _parts(expression: object) -> tuple[object, ...]:
    return tuple(getattr(expression, "args", ()))


def parsed(words: str) -> object | None:
    """The expression that words of a package mean; None if they mean none that is known."""
    if len(words) > LONGEST:
        return None
    plain = _plain(words)
    found = _parsed(_WORDS.get(plain, words))
    if found is None and not _JOINED.search(plain):
        return _parsed(plain)
    return found


def _parsed(words: str) -> object | None:
    licensing = _licensing()
    try:
        expression: object = licensing.parse(words)
        keys = licensing.license_keys(expression)
    except Exception:  # for words that are no expression it raises many things, assertions too
        return None
    return expression if expression is not None and keys and _is_known(expression) else None


def says_nothing(words: str) -> bool:
    """Whether words that stand where a licence does name none."""
    return _plain(words) in _NOTHING


def together(expressions: Iterable[object]) -> object:
    """All of them hold; the same twice holds once."""
    listed = list({str(one): one for one in expressions}.values())
    return listed[0] if len(listed) == 1 else library().AND(*listed)


def _plain(words: str) -> str:
    return " ".join(_LEFT_OUT.sub(" ", words.lower()).split())


def _is_known(expression: object) -> bool:
    """Whether all of it is in the database, or is somebody's own; an exception stands behind a licence."""
    if parts := _parts(expression):
        return all(_is_known(part) for part in parts)
    if isinstance(expression, library().LicenseWithExceptionSymbol):
        exception = str(expression.exception_symbol.key).lower()
        return exception in _exceptions() and _is_licence(str(expression.license_symbol.key))
    return _is_licence(str(expression))


def _is_licence(name: str) -> bool:
    return name.lower() in _categories() or name.lower().startswith(OWN)


@cache
def library() -> Any:
    """`license_expression`: optional, and slow to import. ModuleNotFoundError."""
    return import_module("license_expression")


@cache
def _licensing() -> Any:
    return library().get_spdx_licensing()


@cache
def _categories() -> dict[str, str]:
    """Of licences, by identifier in small letters: `copyleft-limited`."""
    return {
        str(one["spdx_license_key"]).lower(): str(one["category"]).lower().replace(" ", "-")
        for one in library().get_license_index()
        if one.get("spdx_license_key") and not one["is_exception"]
    }


@cache
def _exceptions() -> frozenset[str]:
    return frozenset(
        str(one["spdx_license_key"]).lower()
        for one in library().get_license_index()
        if one.get("spdx_license_key") and one["is_exception"]
    )
