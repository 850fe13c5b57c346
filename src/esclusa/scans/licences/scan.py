"""The scan of licences: of each package one that the project allows, or a finding."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Accepted, Engine, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.answered import Answered
from esclusa.scans.dependencies.inventory import inventory
from esclusa.scans.dependencies.package import Package, canonical
from esclusa.scans.licences.expressions import Allowed, parsed, says_nothing, together
from esclusa.scans.licences.settings import misunderstood
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first

METRIC = "licences"
ENGINE = Engine(name="license-expression", version=version("license-expression"))
USUAL = ("permissive", "public-domain", "copyleft-limited")
NOTHING = "there is no lock file, bill of materials or environment"
_LOOK = "install them (`esclusa run`), or name an environment, `esclusa scan licences .venv`, or a bill"
NAMED = 5
"""Packages that a message names."""
_MEND = "use another package, allow its licence, or accept the finding"
_KNOWN: Mapping[str, bool] = {"MIT": True, "AGPL-3.0-only": False}
"""What permissive licences are told apart by; where they are not, nothing that is said means anything."""


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What of the packages the project does not allow."""
    report = Report(kind="licences", target=request.target, unit="package", engines=(ENGINE,))
    judged = _Judged(Allowed(request.settings.get("allowed", USUAL)), request.settings.get("clarified", {}))
    found = inventory(request)
    report = replace(report, excluded=found.excluded)
    if not found.files and not found.unseen:
        return replace(report, ran=False, trouble=NOTHING, mend=_LOOK)
    if any(Allowed(["permissive"]).allows(parsed(words)) is not told for words, told in _KNOWN.items()):
        return replace(report, trouble="MIT and AGPL are not told apart", mend="reinstall license-expression")
    answered = Answered(acceptances, request.today)
    unknown: dict[str, list[Package]] = {}
    identities = 0
    for same in _by_identity(found.packages):
        saying = [one for one in same if one.licences is not None]
        identities += bool(saying)
        if not saying:
            unknown.setdefault(same[0].file, []).append(same[0])
        for finding, cleared in judged.told(saying):
            answered.take(finding, cleared=cleared)
    report = replace(
        report,
        findings=tuple(sorted(answered.findings, key=worst_first)),
        accepted=tuple(answered.accepted),
        seen=identities,
        unseen=(*found.unseen, *_silent(unknown), *answered.unseen),
        notes=(found.note, *judged.idle()),
    )
    sure = request.whole and report.state in ("clean", "found")
    return replace(report, idle=tuple(answered.idle()) if sure else ())


class _Judged:
    """What is to be said of packages."""

    def __init__(self, allowed: Allowed, clarified: object) -> None:
        self._allowed = allowed
        self._clarified = _clarified(clarified)
        self._used: set[str] = set()

    def told(self, same: Iterable[Package]) -> Iterator[tuple[Finding, Accepted | None]]:
        """The findings on one package at one version, by all who say something of it; each once."""
        said: dict[str, tuple[Finding, Accepted | None]] = {}
        for package in same:
            if (found := self._of(package)) is not None:
                said.setdefault(found[0].message, found)
        yield from said.values()

    def idle(self) -> Iterator[str]:
        """What is clarified, and did not have to be."""
        for name in self._clarified.keys() - self._used:
            yield f"`clarified` says something of {name}, which says it itself or is not there"

    def _of(self, package: Package) -> tuple[Finding, Accepted | None] | None:
        named = [one for one in package.licences or () if not says_nothing(one)]
        expressions = [parsed(one) for one in named]
        if expressions and None not in expressions:
            whole = together(expressions)
            if self._allowed.allows(whole):
                return None
            return _finding(
                "licence-not-allowed", package, f"its licence, {whole}, is not allowed", _MEND
            ), None
        shown = " and ".join(named)
        why = f"its licence is none that is known: {shown[:80]}" if shown else "it says no licence"
        return self._clear(package, why)

    def _clear(self, package: Package, why: str) -> tuple[Finding, Accepted | None]:
        """Of a package of which nobody else can tell, what the project says counts, and is reported."""
        clarify = f"find out, and say it: clarified: {{{package.name}: MIT}}"
        finding = _finding("licence-unknown", package, why, clarify)
        keys = (package.name, f"{package.name}=={package.version}")
        key = next(
            (one for one in self._clarified if _canonical(package.ecosystem, one) in keys),
            None,
        )
        if key is None:
            return finding, None
        self._used.add(key)
        said = self._clarified[key]
        if self._allowed.allows(parsed(said)):
            return finding, Accepted(finding=finding, reason=f"it is {said}", where="clarified")
        return _finding("licence-not-allowed", package, f"its licence, {said}, is not allowed", _MEND), None


def _finding(rule: str, package: Package, why: str, mend: str) -> Finding:
    return Finding(
        rule=rule,
        message=f"{package.name} {package.version}: {why}",
        severity="medium",
        place=Place(file=package.file, line=package.line or None),
        fingerprint=package.fingerprint(f"{rule} {why}"),
        mend=mend,
        metric=METRIC,
    )


def _by_identity(packages: Iterable[Package]) -> Iterator[list[Package]]:
    """Those that are one package at one version: whoever says something of it may be right."""
    same: dict[object, list[Package]] = {}
    for one in packages:
        same.setdefault(one.identity, []).append(one)
    yield from same.values()


def _silent(unknown: Mapping[str, Sequence[Package]]) -> Iterator[Unseen]:
    """Once for each file, with the packages."""
    for file, packages in unknown.items():
        shown = ", ".join(f"{one.name} {one.version}" for one in packages[:NAMED])
        more = f" and {len(packages) - NAMED} more" if len(packages) > NAMED else ""
        yield Unseen(place=file, why=f"nothing says the licence of {shown}{more}", mend=_LOOK)


def _canonical(ecosystem: str, name: str) -> str:
    bare, equals, number = name.partition("==")
    return f"{canonical(ecosystem, bare)}{equals}{number}"


def _clarified(said: object) -> Mapping[str, str]:
    """By name, or name and version; ConfigurationError for what is no expression."""
    if not isinstance(said, Mapping):
        raise ConfigurationError(
            "expected names with licences", key="clarified", mend="clarified: {acme: MIT}"
        )
    for wrong in misunderstood(said):
        raise wrong
    return {str(name): str(words) for name, words in said.items()}
