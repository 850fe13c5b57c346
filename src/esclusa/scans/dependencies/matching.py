"""Matching: which vulnerabilities of a database a package has, each once, whatever names it goes by."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from esclusa.core.evidence import SEVERITIES, Finding, Place
from esclusa.scans.dependencies.advisory import Advisory, Affected
from esclusa.scans.dependencies.database import Database
from esclusa.scans.dependencies.package import Ecosystem, Package
from esclusa.scans.dependencies.severity import severity
from esclusa.scans.dependencies.versions import UnknownVersion, begins, fixes, is_affected, parsed

METRIC = "vulnerabilities"


def vulnerabilities(database: Database, package: Package) -> Iterator[Finding]:
    """One finding for each vulnerability, whatever names it goes by. UnknownVersion."""
    groups: list[list[tuple[Advisory, Affected]]] = []
    for advisory, affected in database.about(package.ecosystem, package.name):
        if is_affected(package.ecosystem, package.version, affected):
            same = [group for group in groups if any(advisory.names & other.names for other, _ in group)]
            merged = [pair for group in same for pair in group] + [(advisory, affected)]
            groups = [group for group in groups if group not in same] + [merged]
    yield from (_finding(package, group) for group in groups)


def _finding(package: Package, group: Sequence[tuple[Advisory, Affected]]) -> Finding:
    names = sorted({name for advisory, _ in group for name in advisory.names})
    shown = next((name for name in names if name.startswith("CVE-")), names[0])
    others = [name for name in names if name != shown]
    levels = [severity(advisory, affected) for advisory, affected in group]
    told = [level for level, known in levels if known]
    worst = max(told or [levels[0][0]], key=SEVERITIES.index)
    summary = next((advisory.summary for advisory, _ in group if advisory.summary), "")
    doubt = "" if told else "; nobody says how severe it is"
    also = f" (also {', '.join(others)})" if others else ""
    mended = list(dict.fromkeys(version for _, affected in group for version in fixes(affected)))
    what = f"{package.name} {package.version} is affected by {shown}{also}"
    return Finding(
        rule=shown,
        message=f"{what}: {summary or 'no summary'}{doubt}",
        severity=worst,
        place=Place(file=package.file, line=package.line or None),
        fingerprint=_fingerprint(shown, package),
        mend=_mend(package, mended),
        metric=METRIC,
    )


def _mend(package: Package, mended: Sequence[str]) -> str:
    later = []
    for version in mended:
        try:
            if parsed(package.ecosystem, version) > parsed(package.ecosystem, package.version):  # type: ignore[operator]
                later.append(version)
        except UnknownVersion:
            continue
    if not later:
        return f"no version of {package.name} is known to mend it: replace it, or accept it with a reason"
    return f"upgrade {package.name} to {' or '.join(later)}"


def _fingerprint(name: str, package: Package) -> str:
    said = "\0".join((name, package.ecosystem, package.name, package.version))
    digest = hashlib.sha256(said.encode()).hexdigest()
    return f"{digest[:16]}-{digest[16:18]}"


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
