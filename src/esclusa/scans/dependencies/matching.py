"""Matching: which vulnerabilities of a database a package has, each once, whatever names it goes by."""

from collections.abc import Iterator, Sequence

import msgspec

from esclusa.core.evidence import SEVERITIES
from esclusa.scans.dependencies.advisory import Advisory, Affected
from esclusa.scans.dependencies.database import Database
from esclusa.scans.dependencies.package import Ecosystem, Package
from esclusa.scans.dependencies.severity import severity
from esclusa.scans.dependencies.versions import UnknownVersion, begins, fixes, is_affected
from esclusa.scans.dependencies.vulnerability import Vulnerability, vulnerability


def vulnerabilities(database: Database, package: Package) -> Iterator[Vulnerability]:
    """Each once, whatever names it goes by. UnknownVersion."""
    groups: list[list[tuple[Advisory, Affected]]] = []
    for advisory, affected in database.about(package.ecosystem, package.name):
        if is_affected(package.ecosystem, package.version, affected):
            same = [group for group in groups if any(advisory.names & other.names for other, _ in group)]
            merged = [pair for group in same for pair in group] + [(advisory, affected)]
            groups = [group for group in groups if group not in same] + [merged]
    yield from (_told(package, group) for group in groups)


def _told(package: Package, group: Sequence[tuple[Advisory, Affected]]) -> Vulnerability:
    told = [level for advisory, affected in group if (level := severity(advisory, affected)) is not None]
    return vulnerability(
        package,
        frozenset(name for advisory, _ in group for name in advisory.names),
        max(told, key=SEVERITIES.index, default=None),
        next((advisory.summary for advisory, _ in group if advisory.summary), ""),
        [version for _, affected in group for version in fixes(affected)],
    )


def untrusted(database: Database) -> str:
    """Why nothing can be found with the database; empty if in each ecosystem something is."""
    proven: dict[Ecosystem, bool] = {}
    for (ecosystem, _), pairs in database.by_package.items():
        if not proven.get(ecosystem):
            proven[ecosystem] = any(_is_told_apart(ecosystem, affected) for _, affected in pairs)
    lost = [ecosystem for ecosystem, has in proven.items() if not has]
    if not lost:
        return ""
    return f"of packages of {' and '.join(lost)} nothing is found that the database itself says is affected"


def _is_told_apart(ecosystem: Ecosystem, affected: Affected) -> bool:
    """Whether a version that is said to be affected is found, and those that mend it are not.

    By the ranges, if there are any: what is enumerated is found without a comparison.
    """
    ranges = msgspec.structs.replace(affected, versions=()) if affected.ranges else affected
    try:
        known = [*begins(affected), *affected.versions[:1]]
        found = any(is_affected(ecosystem, version, ranges) for version in known)
        return found and not any(is_affected(ecosystem, version, ranges) for version in fixes(affected))
    except UnknownVersion:
        return False
