"""The settings of a scan: what is wrong with them, as far as it can be told before anything is looked at.

Whether an engine, a service or a database can be had is not asked here, and nothing is started.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.core.scan import Kind
from esclusa.scans.acceptance import load
from esclusa.scans.dependencies.service import refuse_unknown
from esclusa.scans.engines import OURS, unfit
from esclusa.scans.licences import settings as licences
from esclusa.scans.patterns import Patterns, leave_out_everything


def wrong(kind: Kind, settings: Mapping[str, Any], root: Path) -> Iterator[ConfigurationError]:
    """All of it: with the setting for a key, or with the file of acceptances and its line."""
    yield from _of_patterns(settings.get("exclude", ()))
    if kind in OURS.values():
        yield from unfit(kind, settings.get("engines", ()))
    if kind == "dependencies" and "service" in settings:
        try:
            refuse_unknown(settings["service"])
        except ConfigurationError as error:
            yield error
    if kind == "licences":
        yield from _of_licences(settings)
    accepted = root / settings.get("accepted", "")
    if accepted.is_file():
        try:
            load(accepted, str(accepted))
        except ConfigurationError as error:
            yield error


def _of_patterns(patterns: Sequence[str]) -> Iterator[ConfigurationError]:
    understood = []
    for pattern in patterns:
        try:
            Patterns((pattern,))
        except ConfigurationError as error:
            yield ConfigurationError(error.message, key="exclude", mend=error.mend)
        else:
            understood.append(pattern)
    if understood and leave_out_everything(understood):
        yield ConfigurationError("everything is left out", key="exclude", mend="name what may be unseen")


def _of_licences(settings: Mapping[str, Any]) -> Iterator[ConfigurationError]:
    try:
        yield from licences.wrong(settings)
    except ModuleNotFoundError:  # which the scan says, for without it it does not begin
        return
