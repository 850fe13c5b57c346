"""What another tool says of one case."""

from collections.abc import Mapping

from esclusa.core.value import EMPTY, Value

PASSED = "passed"
"""The score by which a tool itself calls a case passed or failed."""


class Outcome(Value, frozen=True, kw_only=True):
    """One case as it came out. A score that is not there was not given."""

    id: str
    file: str
    asked: str = ""
    """What was asked, or anything else that tells this case from another one with its id."""
    repeat: int = 1
    scores: Mapping[str, float] = EMPTY
    error: str = ""
    """Why it came to no result; whose fault that was, the file does not say."""
    not_run: str = ""
    """Why it was never asked."""
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    """In USD."""
