"""The engines of a scan: detectors by their names, through the plugins' door, or why one cannot be had."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from esclusa import plugins
from esclusa.core.errors import ConfigurationError, OutsideError, raise_any
from esclusa.core.scan import BESIDE, Kind, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.detector import Detector, NotInstalled
from esclusa.scans.piece import Piece, Read, Source
from esclusa.scans.request import Request
from esclusa.scans.search import search
from esclusa.scans.source import source

OURS: Mapping[str, Kind] = {
    "kingfisher": "secrets",
    "rules": "secrets",
    "betterleaks": "secrets",
    "gitleaks": "secrets",
    "credsweeper": "secrets",
    "personal-data": "pii",
    "presidio": "pii",
}
"""What each of ours looks for; one of a plugin may look for anything."""
UNCOUNTED = frozenset({"presidio"})
"""What they find is said, and no gate goes by it."""


def unfit(kind: Kind, names: Sequence[str]) -> Iterator[ConfigurationError]:
    """Detectors that cannot find what a scan is for: it would be clean, whatever is there."""
    fit = " or ".join(name for name, of in OURS.items() if of == kind and name not in UNCOUNTED)
    for name in names:
        if OURS.get(name, kind) != kind:
            yield ConfigurationError(
                f"`{name}` finds nothing that a scan of {kind} is for", key="engines", mend=f"name {fit}"
            )
    if names and UNCOUNTED.issuperset(names):
        yield ConfigurationError(
            f"what {' and '.join(names)} finds is not counted", key="engines", mend=f"add {fit}"
        )


def looked(request: Request, usual: Sequence[str], acceptances: Acceptances) -> Report:
    """The request's detectors over its source; `usual` are those where it names none.

    A scan of which one engine is missing is not run: what the others do not find nobody would know. One that
    had nothing to look at is an error: a pass would say something of what nobody saw.
    ConfigurationError for engines that cannot find what it is for.
    """
    raise_any(unfit(request.kind, request.engines), "")
    report = Report(kind=request.kind, target=request.target, ran=False)
    settings = {**request.settings, "cache": request.cache}
    try:
        detectors = [_built(name, settings) for name in request.engines or usual]
    except NotInstalled as missing:
        return replace(report, trouble=f"{missing.what} is not installed", mend=missing.mend)
    read = source(request)
    if paths := request.settings.get("paths"):
        read = within(read, (*paths, *BESIDE))
    report = search(
        request.kind, request.target, detectors, read, acceptances, request.today, whole=request.whole
    )
    if report.state == "clean" and not report.seen:
        return replace(report, idle=(), trouble="there was nothing to look at", mend=_NOTHING)
    return report


_NOTHING = "correct `paths`, or exclude less"


def within(read: Source, paths: Sequence[str]) -> Iterator[Read]:
    """What is read below some paths; one that has nothing is unseen, for it may be misspelled."""
    empty = set(paths) - set(BESIDE)
    for one in read:
        name = one.name if isinstance(one, Piece) else one.place
        mine = [path for path in paths if _is_below(name, path)]
        if mine:
            empty.difference_update(mine)
            yield one
    for path in sorted(empty):
        yield Unseen(place=path, why="there is no file to look at", mend="correct the path")


def _is_below(name: str, path: str) -> bool:
    inside = path.rstrip("/")
    return name == inside or name.startswith((f"{inside}/", f"{inside}!")) or fnmatchcase(name, path)


def _built(name: str, settings: Mapping[str, Any]) -> Detector:
    """UsageError for a name that nobody knows; NotInstalled."""
    try:
        detector: Detector = plugins.load("detectors", name)(settings)
    except OutsideError as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            raise NotInstalled(str(error.__cause__.name), "pip install 'esclusa[scan]'") from error
        raise
    return detector
