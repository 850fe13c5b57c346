"""Statements: who says what of which vulnerability in which packages, and since when."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from esclusa.core.evidence import Finding
from esclusa.core.scan import Accepted
from esclusa.core.value import Value
from esclusa.scans.dependencies.package import Package, Product

Status = Literal["not affected", "fixed", "affected", "under investigation"]
CLEARING: frozenset[Status] = frozenset({"not affected", "fixed"})


class Unclear(Exception):
    """What is said is not whole, so that nobody can go by it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(why)
        self.where = where
        self.why = why


class Statement(Value, frozen=True, kw_only=True):
    """One of them."""

    names: frozenset[str]
    """The vulnerability, by any of its names."""
    products: tuple[Product, ...]
    """An empty version is any."""
    status: Status
    reason: str
    by: str
    time: datetime
    where: str
    """`security/vex.json:12`."""

    def is_about(self, names: frozenset[str], package: Package) -> bool:
        """Whether it is about a vulnerability with any of these names in that package."""
        return bool(names & self.names) and any(
            (one.ecosystem, one.name) == (package.ecosystem, package.name)
            and one.version in ("", package.version)
            for one in self.products
        )

    def of(self, finding: Finding) -> Accepted:
        """The finding as one that somebody answers for; VEX knows no last day."""
        return Accepted(finding=finding, reason=f"{self.status}: {self.reason}", by=self.by, where=self.where)


def clearing(statements: Iterable[Statement], names: frozenset[str], package: Package) -> Statement | None:
    """The last statement about it, if it clears it. Of two of the same time, the one that does not holds."""
    about = [one for one in statements if one.is_about(names, package)]
    last = max(about, key=lambda one: (one.time, one.status not in CLEARING), default=None)
    return last if last is not None and last.status in CLEARING else None


def time_of(where: str, *said: object) -> datetime:
    """The first of these that is one. Unclear if none is."""
    for one in said:
        if isinstance(one, str) and one:
            try:
                time = datetime.fromisoformat(one)
            except ValueError:
                break
            return time if time.tzinfo else time.replace(tzinfo=UTC)
    raise Unclear(where, "it does not say since when it holds")
