"""The files that build and deliver, told by their paths."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

import yaml

from esclusa.core.errors import ConfigurationError
from esclusa.marked import refuse_depth, refuse_expansion

Sort = Literal["workflow", "action", "dependabot", "gitlab", "container"]
SORTS: tuple[Sort, ...] = get_args(Sort)
_PATHS: Mapping[Sort, re.Pattern[str]] = {
    "workflow": re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$"),
    "action": re.compile(r"(?:^|/)action\.ya?ml$"),
    "dependabot": re.compile(r"(?:^|/)\.github/dependabot\.ya?ml$"),
    "gitlab": re.compile(r"(?:^|/)[^/]*\.gitlab-ci\.ya?ml$"),
    "container": re.compile(
        r"(?:^|/)(?:(?:Dockerfile|Containerfile)(?:\.[^/]+)?|[^/]+\.(?:dockerfile|containerfile))$",
        re.IGNORECASE,
    ),
}
_NO_CONTAINER = re.compile(r"\.(?:dockerignore|md|rst|txt|py)$", re.IGNORECASE)
_JENKINS = re.compile(r"(?:^|/)Jenkinsfile(?:\.[^/]+)?$")
COPIES: Mapping[Sort, str] = {
    "workflow": ".github/workflows/copy.yml",
    "action": "action.yml",
    "dependabot": ".github/dependabot.yml",
    "gitlab": ".gitlab-ci.yml",
    "container": "Dockerfile",
}
"""What a copy is called, so that each program knows what it has before it."""


def sort(path: str) -> Sort | None:
    """What a path with slashes names; None if it is no file of these."""
    if _NO_CONTAINER.search(path):
        return None
    return next((one for one, pattern in _PATHS.items() if pattern.search(path)), None)


def jenkins(path: str) -> bool:
    """Whether it is a pipeline of Jenkins, which nothing here understands."""
    return _JENKINS.search(path) is not None


def refused(sort: Sort, data: bytes) -> str:
    """Why no linter is to be bothered with a file: one that is made to keep its reader busy. Else empty."""
    if sort == "container":
        return ""
    text = data.decode(errors="replace")
    try:
        refuse_depth(text, "")
        refuse_expansion(yaml.compose(text, Loader=yaml.CSafeLoader), text, "")
    except ConfigurationError as error:
        return error.message
    except yaml.YAMLError:  # which is for the linters to say
        return ""
    return ""
