"""A case: one question of an eval suite, asked and scored."""

from collections.abc import Mapping

from esclusa.core.value import EMPTY, Value


class Case(Value, frozen=True, kw_only=True):
    """One asked case of an eval suite."""

    id: str
    repeat: int = 0
    answer: str = ""
    scores: Mapping[str, float] = EMPTY
    explanations: Mapping[str, str] = EMPTY
    seconds: float = 0.0
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    error: str = ""
    error_kind: str = ""
    """`agent`, `outside` or empty."""
    tags: tuple[str, ...] = ()
    model: str = ""
    """The model that answered, as the response names it."""
    subject: str = ""
    """What it is a case of: suite and release. A resumed run takes over only its own."""
