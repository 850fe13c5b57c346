"""check-jsonschema: files that do not fit the published schema of what reads them.

Workflows of GitHub are not among them: actionlint says the same of them, and by line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from esclusa.scans.workflows.files import Sort
from esclusa.scans.workflows.linter import Known, Linter, Remark, Told

_SAID = re.compile(
    r"(?P<required>'[\w-]{1,60}' is a required property)$"
    r"|(?P<more>Additional properties are not allowed)"
    r"|(?P<type>is not of type '[\w', -]+')$"
    r"|(?P<rest>does not match|is not one of|is too short|is too long|should be non-empty"
    r"|is not valid under any of the given schemas|is valid under each of)"
)


def told(_copies: Sequence[str], output: bytes, _errors: str) -> Told:
    """What its JSON says, without the values, which it quotes."""
    said = msgspec.json.decode(output)
    return Told(
        remarks=tuple(_remark(one) for one in said["errors"]),
        unread={one["filename"]: "it is no YAML" for one in said["parse_errors"]},
    )


def _remark(error: Mapping[str, Any]) -> Remark:
    deepest = error.get("best_deep_match") or error
    return Remark(
        copy=error["filename"],
        rule="schema/misfit",
        message=f"it does not fit the schema: {plain(deepest['message'])}",
        at=deepest["path"],
    )


def plain(message: str) -> str:
    """What is wrong, without the value that is."""
    every = list(_SAID.finditer(message))
    if not every:
        return "a value there is not right"
    said = every[-1]  # before the last stands the value, which may say anything
    if said["required"] or said["more"]:
        return said[0]
    return f"a value there {said[0]}"


def _schema(sort: Sort, schema: str, known: str, *options: str) -> Linter:
    return Linter(
        name=f"check-jsonschema ({schema})",
        distribution="check-jsonschema",
        program="check-jsonschema",
        options=("--output-format=json", "--color=never", f"--builtin-schema=vendor.{schema}", *options),
        sorts=frozenset({sort}),
        known=Known(sort=sort, text=known, rule="schema/misfit"),
        told=told,
        codes=frozenset({0, 1}),
    )


GITLAB = _schema("gitlab", "gitlab-ci", "known:\n  stage: 3\n  script: [x]\n", "--data-transform=gitlab-ci")
ACTIONS = _schema("action", "github-actions", "name: known\n")
DEPENDABOT = _schema("dependabot", "dependabot", "version: 1\n")
