"""Examples: made-up passwords where people show or try something. Elsewhere they are somebody's, and weak."""

import re

from esclusa.scans.secrets.made_up import is_made_up
from esclusa.scans.secrets.values import decoded

_SHOWN = re.compile(
    r"""
      (?:\A|[/!])(?:tests?|testing|testdata|specs?|__tests__|fixtures?|examples?|samples?|docs?|tutorials?|demos?)[/!]
    | (?:\A|[/!])(?:test_[^/!]*|conftest\.py|(?:readme|change(?:s|log)|history|news)(?:\.[^/!]*)?)\Z
    | [._-](?:tests?|spec)\.\w+\Z | \.(?:md|mdx|rst|adoc)\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_example(value: str, file: str) -> bool:
    """Whether a value, or the password that it has in base64, only shows where one stands.

    `file`: where it was found, by its path in what was looked at.
    """
    return _SHOWN.search(file) is not None and (is_made_up(value) or is_made_up(decoded(value)))
