"""The scan of dependencies: what is installed, or locked, held against known vulnerabilities."""

from pathlib import Path

from esclusa.core.errors import OutsideError
from esclusa.core.scan import Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.answered import Answered
from esclusa.scans.dependencies.inventory import NO_LOCK, Inventory, inventory
from esclusa.scans.dependencies.knowledge import Knowledge, knowledge
from esclusa.scans.dependencies.versions import UnknownVersion, parsed
from esclusa.scans.dependencies.vex.files import read_vex
from esclusa.scans.dependencies.vex.statement import Statements
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What of the packages is known to be vulnerable."""
    report = Report(kind="dependencies", target=request.target, unit="package")
    found = inventory(request)
    report = replace(report, excluded=found.excluded)
    if not found.files and not found.unseen:
        return replace(report, ran=False, trouble="there is no lock file", mend=NO_LOCK)
    try:
        known = knowledge(request, found.packages)
    except OutsideError as error:
        return replace(report, trouble=error.message, mend=error.mend)
    report = replace(report, engines=known.engines, notes=known.notes)
    if known.doubt is not None:
        return replace(report, trouble=known.doubt.message, mend=known.doubt.mend)
    return _matched(report, request, found, known, Answered(acceptances, request.today))


def _matched(
    report: Report, request: Request, found: Inventory, known: Knowledge, answered: Answered
) -> Report:
    """Each package once, and each vulnerability of it."""
    vex = read_vex(Path(request.root), request.settings.get("vex", ()), request.today)
    statements = Statements(vex.statements, request.settings.get("products", ()))
    unknown = []
    for package in found.once():
        try:
            parsed(package.ecosystem, package.version)
            for one in known.about(package):
                statement = statements.clearing(one.names, package)
                answered.take(one.finding, cleared=statement.of(one.finding) if statement else None)
        except UnknownVersion as error:
            why = f"{package.name} {package.version}: `{error}` has no place in the order of versions"
            unknown.append(Unseen(place=f"{package.file}:{package.line}", why=why))
    ignorant = known.ignorant(found.packages)
    report = replace(
        report,
        findings=tuple(sorted(answered.findings, key=worst_first)),
        accepted=tuple(answered.accepted),
        seen=len(list(found.once())),
        unseen=(*found.unseen, *ignorant, *unknown, *vex.wrong, *answered.unseen),
        notes=(*report.notes, found.note, *vex.notes),
    )
    sure = request.whole and report.state in ("clean", "found")
    return replace(report, idle=(*answered.idle(), *statements.idle()) if sure else ())
