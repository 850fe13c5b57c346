"""Statements: who says what of which vulnerability in which packages, and since when."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from esclusa.core.evidence import Finding
from esclusa.core.scan import Accepted, Idle
from esclusa.core.value import Value
from esclusa.scans.dependencies.package import Package, Product
from esclusa.scans.dependencies.versions import UnknownVersion, parsed

Status = Literal["not affected", "fixed", "affected", "under investigation"]
CLEARING: frozenset[Status] = frozenset({"not affected", "fixed"})
JUSTIFICATIONS = frozenset(
    {
        # OpenVEX and CSAF
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
        # CycloneDX
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    }
)
"""Words that give a reason by themselves."""
_SHORTEST = 4
"""Characters of a reason in somebody's own words."""


class Part(NamedTuple):
    """A package, and what it is a part of: `pkg:oci/acme-agent`; empty where it is spoken of by itself."""

    product: Product
    whole: tuple[str, ...] = ()


class Unclear(NamedTuple):
    """What is said is not whole, so that nobody can go by it."""

    where: str
    why: str


class Statement(Value, frozen=True, kw_only=True):
    """One of them."""

    names: frozenset[str]
    """The vulnerability, by any of its names, in capitals."""
    parts: tuple[Part, ...]
    status: Status
    reason: str
    by: str
    time: datetime
    where: str
    """`security/vex.json, statement 3`."""

    def is_about(self, name: str, package: Package, ours: frozenset[str]) -> bool:
        """Whether it is about that vulnerability of the package, by itself or in what is ours."""
        return name.upper() in self.names and any(
            _is_version(one.product, package) and (not one.whole or bool(ours & set(one.whole)))
            for one in self.parts
        )

    def of(self, finding: Finding) -> Accepted:
        """The finding as one that somebody answers for; VEX knows no last day."""
        return Accepted(finding=finding, reason=f"{self.status}: {self.reason}", by=self.by, where=self.where)


class Said(Value, frozen=True, kw_only=True):
    """What a document says, before anybody asked whether it is whole."""

    names: Iterable[str]
    parts: Iterable[Part]
    status: Status | None
    words: Iterable[str]
    """Reasons in people's own words."""
    justification: str = ""
    """The one of the format's that is said."""
    by: str
    times: Iterable[str]
    """The first that is there counts."""

    def whole(self, where: str, today: date) -> Statement | Unclear:
        """The statement; for whoever clears something there have to be a reason, a name and a time."""
        names = frozenset(name.upper() for name in self.names if name)
        if self.status is None or not names:
            return Unclear(where, "it does not say which vulnerability has which status")
        given = [self.justification] if self.justification in JUSTIFICATIONS else []
        reasons = [*given, *(one for one in dict.fromkeys(self.words) if len(one) >= _SHORTEST)]
        if self.status == "not affected" and not reasons:
            return Unclear(where, "it says that something is not affected, and not why")
        if self.status in CLEARING and not self.by:
            return Unclear(where, "it does not say who says so")
        time = _time(next((one for one in self.times if one), ""))
        if time is None:
            return Unclear(where, "it does not say since when it holds")
        if time.date() > today + timedelta(days=1):
            return Unclear(where, f"it is of {time.date()}, which is still to come")
        return Statement(
            names=names,
            parts=tuple(self.parts),
            status=self.status,
            reason="; ".join(reasons) or "nothing more is said",
            by=self.by,
            time=time,
            where=where,
        )


class Statements:
    """All of them, by the packages that they are about."""

    def __init__(self, statements: Iterable[Statement], ours: Iterable[str]) -> None:
        """`ours`: what the project is called, as statements about parts of a whole name it."""
        self._ours = frozenset(ours)
        self._about: dict[tuple[str, str], list[Statement]] = {}
        self._all = list(statements)
        self._concerned: set[str] = set()
        for one in self._all:
            for key in {(part.product.ecosystem, part.product.name) for part in one.parts}:
                self._about.setdefault(key, []).append(one)

    def clearing(self, names: frozenset[str], package: Package) -> Statement | None:
        """What clears a vulnerability in a package: each of its CVEs, if it has several."""
        several = [name for name in sorted(names) if name.startswith("CVE-")]
        asked = [frozenset({name}) for name in several] if len(several) > 1 else [names]
        found = [self._last(one, package) for one in asked]
        if any(one is None or one.status not in CLEARING for one in found):
            return None
        return found[0]

    def idle(self) -> Iterator[Idle]:
        """Those that clear what no package has: of those about PyPI or npm, by itself or in what is ours."""
        for one in self._all:
            ours = any(not part.whole or self._ours & set(part.whole) for part in one.parts)
            if ours and one.status in CLEARING and one.where not in self._concerned:
                yield Idle(where=one.where, what=", ".join(sorted(one.names)))

    def _last(self, names: frozenset[str], package: Package) -> Statement | None:
        """The last one about any of the names; of two of the same time, the one that clears nothing."""
        about = [
            one
            for one in self._about.get((package.ecosystem, package.name), ())
            if any(one.is_about(name, package, self._ours) for name in names)
        ]
        self._concerned.update(one.where for one in about)
        return max(about, key=lambda one: (one.time, one.status not in CLEARING), default=None)


def _is_version(product: Product, package: Package) -> bool:
    if (product.ecosystem, product.name) != (package.ecosystem, package.name):
        return False
    if product.version in ("", package.version):
        return True
    try:
        return parsed(product.ecosystem, product.version) == parsed(package.ecosystem, package.version)
    except UnknownVersion:
        return False


def _time(said: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(said)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
