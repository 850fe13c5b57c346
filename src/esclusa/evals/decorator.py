"""`@scorer`: what a function that scores needs of a case.

    from esclusa.evals import scorer

    @scorer(needs="expected")
    def polite(question, answer):
        return 0.0 if "!" in answer.text else 1.0, "no shouting"

It imports nothing, so that a suite's own code can be imported anywhere.
"""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

NEEDS = "__esclusa_needs__"
"""The attribute that the decorator leaves on a function."""
KNOWN = ("expected", "contexts", "tools")


def scorer(*, needs: str | tuple[str, ...] = ()) -> Callable[[F], F]:
    """Say that a case must have `expected`, a part of it (`expected.intent`), `contexts` or `tools`.

    A case that lacks it is a mistake in the dataset, found before anything is asked. ValueError otherwise.
    """
    words = (needs,) if isinstance(needs, str) else tuple(needs)
    for word in words:
        if word.partition(".")[0] not in KNOWN or ("." in word and not word.startswith("expected.")):
            raise ValueError(f"a scorer needs {', '.join(KNOWN)} or expected.PART of a case, not {word!r}")

    def marked(function: F) -> F:
        setattr(function, NEEDS, words)
        return function

    return marked
