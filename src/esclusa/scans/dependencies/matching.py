"""Matching: which vulnerabilities of a database a package has, each once, whatever names it goes by."""

import hashlib
from collections.abc import Iterator, Sequence

from esclusa.core.evidence import SEVERITIES, Finding, Place
from esclusa.scans.dependencies.advisory import Advisory, Affected
from esclusa.scans.dependencies.database import Database
from esclusa.scans.dependencies.package import Package
from esclusa.scans.dependencies.severity import severity
from esclusa.scans.dependencies.versions import UnknownVersion, fixes, is_affected, parsed

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
    """Why the matcher cannot be trusted with the database; empty if it finds what that itself says."""
    for (ecosystem, name), pairs in database.by_package.items():
        for _, affected in pairs:
            if affected.versions and fixes(affected):
                known = affected.versions[0]
                try:
                    found = is_affected(ecosystem, known, affected)
                except UnknownVersion:
                    continue
                return (
                    ""
                    if found
                    else f"the matcher does not find {name} {known}, which the database says is affected"
                )
    return ""
