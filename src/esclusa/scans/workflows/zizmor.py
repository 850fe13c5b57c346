"""zizmor: what makes a workflow or an action of GitHub unsafe."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from esclusa.core.evidence import Severity
from esclusa.scans.workflows.linter import Known, Linter, Remark, Told

_SEVERITIES: Mapping[str, Severity] = {
    "Informational": "note",
    "Low": "low",
    "Medium": "medium",
    "High": "high",
}
_LOOKED = re.compile(r"completed (\S+)\s*$", re.MULTILINE)
_KNOWN = """\
name: known
on: push
permissions: {}
jobs:
  known:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""


def told(copies: Sequence[str], output: bytes, errors: str) -> Told:
    """What its JSON says; a copy of which it does not say that it completed it was not looked at."""
    looked = set(_LOOKED.findall(errors))
    return Told(
        remarks=tuple(_remark(finding) for finding in msgspec.json.decode(output)),
        unread={copy: "it is no such file as GitHub would take" for copy in copies if copy not in looked},
    )


def _remark(finding: Mapping[str, Any]) -> Remark:
    where = next(one for one in finding["locations"] if one["symbolic"]["kind"] == "Primary")
    said = finding["determinations"]
    return Remark(
        copy=where["symbolic"]["key"]["Local"]["verbatim_path"],
        line=where["concrete"]["location"]["start_point"]["row"] + 1,
        rule=f"zizmor/{finding['ident']}",
        message=finding["desc"],
        severity=_SEVERITIES[said["severity"]],
        confidence=said["confidence"].lower(),
        mend=finding["url"],
    )


ZIZMOR = Linter(
    name="zizmor",
    distribution="zizmor",
    program="zizmor",
    # What the repository tells it to overlook is not overlooked: that is for acceptances, which are reported.
    options=(
        "--offline",
        "--no-config",
        "--no-ignores",
        "--no-exit-codes",
        "--no-progress",
        "--collect=all",
        "--color=never",
        "--format=json-v1",
    ),
    sorts=frozenset({"workflow", "action", "dependabot"}),
    known=Known(sort="workflow", text=_KNOWN, rule="zizmor/template-injection"),
    told=told,
)
