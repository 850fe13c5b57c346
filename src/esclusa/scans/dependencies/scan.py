"""The scan of dependencies: what is installed, or locked, held against known vulnerabilities."""

from collections.abc import Iterator
from pathlib import Path

from esclusa.core.errors import OutsideError
from esclusa.core.scan import Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.answered import Answered
from esclusa.scans.dependencies.known import Knowledge, knowledge
from esclusa.scans.dependencies.listed import Listed, listed
from esclusa.scans.dependencies.package import Package
from esclusa.scans.dependencies.versions import UnknownVersion, parsed
from esclusa.scans.dependencies.vex.files import read_vex
from esclusa.scans.dependencies.vex.statement import clearing
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first

NO_LOCK = "commit a lock with pinned versions, such as requirements.lock, uv.lock or package-lock.json"


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What of the packages is known to be vulnerable."""
    report = Report(kind="dependencies", target=request.target, unit="package")
    found = listed(request)
    report = replace(report, excluded=found.excluded)
    if not found.files:
        return replace(report, ran=False, trouble="there is no lock file", mend=NO_LOCK)
    try:
        known = knowledge(request, found.packages)
    except OutsideError as error:
        return replace(report, trouble=error.message, mend=error.mend)
    report = replace(report, engines=known.engines, notes=known.notes)
    if known.doubt is not None:
        return replace(report, trouble=known.doubt.message, mend=known.doubt.mend)
    return _matched(report, request, found, known, Answered(acceptances, request.today))


def _matched(report: Report, request: Request, found: Listed, known: Knowledge, answered: Answered) -> Report:
    """Each package once, and each vulnerability of it."""
    statements, unclear = read_vex(Path(request.root), request.settings.get("vex", ()))
    unknown = []
    seen = list(_once(found))
    for package in seen:
        try:
            parsed(package.ecosystem, package.version)
            for one in known.about(package):
                statement = clearing(statements, one.names, package)
                if statement is None:
                    answered.take(one.finding)
                else:
                    answered.accepted.append(statement.of(one.finding))
        except UnknownVersion as error:
            why = f"{package.name} {package.version}: `{error}` has no place in the order of versions"
            unknown.append(Unseen(place=f"{package.file}:{package.line}", why=why))
    ignorant = known.ignorant(found.packages)
    return replace(
        report,
        findings=tuple(sorted(answered.findings, key=worst_first)),
        accepted=tuple(answered.accepted),
        seen=len(seen),
        unseen=(*found.unseen, *ignorant, *unknown, *unclear, *answered.unseen),
        notes=(*report.notes, found.note),
    )


def _once(found: Listed) -> Iterator[Package]:
    """Each package at each version, as the first file lists it."""
    first = {(one.ecosystem, one.name, one.version): one for one in reversed(found.packages)}
    yield from reversed(first.values())
