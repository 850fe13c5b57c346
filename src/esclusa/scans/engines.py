"""The engines of a scan: detectors by their names, through the plugins' door, or why one cannot be had."""

from collections.abc import Mapping, Sequence
from typing import Any

from esclusa import plugins
from esclusa.core.scan import Report
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptances
from esclusa.scans.detector import Detector, NotInstalled
from esclusa.scans.request import Request
from esclusa.scans.search import search
from esclusa.scans.source import source


def looked(request: Request, usual: Sequence[str], acceptances: Acceptances) -> Report:
    """The request's detectors over its source; `usual` are those where it names none.

    A scan of which one engine is missing is not run: what the others do not find nobody would know.
    """
    report = Report(kind=request.kind, target=request.target, ran=False)
    settings = {**request.settings, "cache": request.cache}
    try:
        detectors = [_built(name, settings) for name in request.engines or usual]
    except NotInstalled as missing:
        return replace(report, trouble=f"{missing.what} is not installed", mend=missing.mend)
    return search(request.kind, request.target, detectors, source(request), acceptances, request.today)


def _built(name: str, settings: Mapping[str, Any]) -> Detector:
    """UsageError for a name that nobody knows; NotInstalled."""
    detector: Detector = plugins.load("detectors", name)(settings)
    return detector
