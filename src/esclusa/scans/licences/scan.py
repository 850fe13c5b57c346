"""The scan of licences: of each package one that the project allows, or a finding."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Engine, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.answered import Answered
from esclusa.scans.dependencies.listed import listed
from esclusa.scans.dependencies.package import Package, canonical
from esclusa.scans.dependencies.vulnerability import fingerprint
from esclusa.scans.licences.expressions import Allowed, parsed, says_nothing, together
from esclusa.scans.request import Request
from esclusa.scans.search import worst_first

METRIC = "licences"
ENGINE = Engine(name="license-expression", version=version("license-expression"))
NOTHING = "there is no lock file, bill of materials or environment"
_LOOK = "look at an environment, `esclusa scan licences .venv`, or at a bill of materials that says them"
_MEND = "use another package, allow its licence, or accept the finding"
_KNOWN: Mapping[str, bool] = {"MIT": True, "AGPL-3.0-only": False}
"""What permissive licences are told apart by; where they are not, nothing that is said means anything."""


def scan(request: Request, acceptances: Acceptances) -> Report:
    """What of the packages the project does not allow."""
    report = Report(kind="licences", target=request.target, unit="package")
    allowed = Allowed(request.settings.get("allowed", ("permissive", "public-domain", "copyleft-limited")))
    clarified = _clarified(request.settings.get("clarified", {}))
    found = listed(request)
    report = replace(report, excluded=found.excluded, engines=(ENGINE,))
    if not found.files:
        return replace(report, ran=False, trouble=NOTHING, mend=_LOOK)
    if any(Allowed(["permissive"]).allows(parsed(words)) is not told for words, told in _KNOWN.items()):
        return replace(report, trouble="MIT and AGPL are not told apart", mend="reinstall license-expression")
    answered = Answered(acceptances, request.today)
    judged = _Judged(allowed, clarified)
    unknown = []
    for package in _once(found.packages):
        told = judged.told(package)
        if isinstance(told, Unseen):
            unknown.append(told)
        elif told is not None:
            answered.take(told)
    return replace(
        report,
        findings=tuple(sorted(answered.findings, key=worst_first)),
        accepted=tuple(answered.accepted),
        seen=judged.seen,
        unseen=(*found.unseen, *_grouped(unknown), *answered.unseen),
        notes=(found.note,),
    )


class _Judged:
    """What is to be said of each package."""

    def __init__(self, allowed: Allowed, clarified: Mapping[str, str]) -> None:
        self.seen = 0
        self._allowed = allowed
        self._clarified = clarified

    def told(self, package: Package) -> Finding | Unseen | None:
        """A finding, or why there can be none; None if its licence is allowed."""
        said = package.licences
        if (clear := self._clarified.get(package.name)) is not None:
            said = ((clear,),)
        if said is None:
            return Unseen(place=package.file, why="it does not say the licences of packages", mend=_LOOK)
        self.seen += 1
        for words in said:
            named = [one for one in words if not says_nothing(one)]
            expressions = [parsed(one) for one in named]
            if named and None not in expressions:
                whole = together(expressions)
                if self._allowed.allows(whole):
                    return None
                return _finding(
                    "licence-not-allowed", package, f"its licence, {whole}, is not allowed", _MEND
                )
        shown = next((" and ".join(words) for words in said if any(words)), "")
        why = f"its licence is none that is known: {shown[:80]}" if shown else "it says no licence"
        clarify = f"find out, and say it: clarified: {{{package.name}: MIT}}"
        return _finding("licence-unknown", package, why, clarify)


def _finding(rule: str, package: Package, why: str, mend: str) -> Finding:
    return Finding(
        rule=rule,
        message=f"{package.name} {package.version}: {why}",
        severity="medium",
        place=Place(file=package.file, line=package.line or None),
        fingerprint=fingerprint(f"{rule} {why}", package),
        mend=mend,
        metric=METRIC,
    )


def _once(packages: Iterable[Package]) -> Iterator[Package]:
    """Each package at each version, as the first file lists it that says its licence."""
    first: dict[tuple[str, str, str], Package] = {}
    for one in packages:
        key = (one.ecosystem, one.name, one.version)
        if key not in first or (first[key].licences is None and one.licences is not None):
            first[key] = one
    yield from first.values()


def _grouped(unknown: Iterable[Unseen]) -> Iterator[Unseen]:
    """Once for each file, with how many packages that is."""
    many: dict[str, int] = {}
    for one in unknown:
        many[one.place] = many.get(one.place, 0) + 1
    for file, count in many.items():
        why = f"it does not say the licences of its packages, {count} of which nothing else tells"
        yield Unseen(place=file, why=why, mend=_LOOK)


def _clarified(said: object) -> Mapping[str, str]:
    """By name, as ecosystems compare them; ConfigurationError for what is no expression."""
    if not isinstance(said, Mapping):
        raise ConfigurationError(
            "expected names with licences", key="clarified", mend="clarified: {acme: MIT}"
        )
    for name, words in said.items():
        if parsed(str(words)) is None:
            raise ConfigurationError(
                f"`{words}` is no expression of SPDX", key=f"clarified.{name}", mend="MIT OR Apache-2.0"
            )
    plain = {str(name): str(words) for name, words in said.items()}
    return {**plain, **{canonical("PyPI", name): words for name, words in plain.items()}}
