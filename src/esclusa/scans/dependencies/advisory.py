"""Advisories in the OSV format: which versions of which packages are affected, and how badly.

The format: https://ossf.github.io/osv-schema/. Only what matching needs is read; what is of another shape is
an error of that file.
"""

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True):
    """One event of a range; exactly one of them is said."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    """A range of versions, by its events."""

    type: str
    events: tuple[Event, ...] = ()


class Named(msgspec.Struct, frozen=True):
    """A package, in its ecosystem."""

    ecosystem: str = ""
    name: str = ""


class Severity(msgspec.Struct, frozen=True):
    """How bad, by a vector of CVSS."""

    type: str = ""
    score: str = ""


class Affected(msgspec.Struct, frozen=True):
    """What of one package is affected: enumerated, or by ranges."""

    package: Named = msgspec.field(default_factory=Named)
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()


class Advisory(msgspec.Struct, frozen=True):
    """One advisory."""

    id: str
    schema_version: str = "1.0.0"
    modified: str = ""
    withdrawn: str | None = None
    aliases: tuple[str, ...] = ()
    summary: str = ""
    affected: tuple[Affected, ...] = ()
    severity: tuple[Severity, ...] = ()
    database_specific: dict[str, Any] | None = None

    @property
    def names(self) -> frozenset[str]:
        """All identifiers of the same vulnerability."""
        return frozenset({self.id, *self.aliases})


_DECODER = msgspec.json.Decoder(Advisory)


def of_json(data: bytes) -> Advisory:
    """The advisory of a JSON text; msgspec.DecodeError for anything else."""
    return _DECODER.decode(data)


def of_plain(value: Any) -> Advisory:
    """The advisory of a value that was YAML; msgspec.ValidationError for anything else."""
    return msgspec.convert(value, Advisory, strict=False)
