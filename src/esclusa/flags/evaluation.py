"""Evaluation: what a flag comes to in a context, and why. OpenFeature's evaluator of flagd's format does it.

The same conversation gets the same variant, wherever and whenever it is asked: `fractional` hashes the flag's
name and the conversation, and nothing here remembers anything.
"""

import copy
import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from esclusa.core.errors import OutsideError
from esclusa.core.value import EMPTY, Value
from esclusa.flags.definitions import Definitions, Kind
from esclusa.flags.targeting import CONVERSATION

if TYPE_CHECKING:
    from openfeature.flag_evaluation import FlagResolutionDetails

Context = Mapping[str, Any]
Code = Literal[
    "FLAG_NOT_FOUND", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "PARSE_ERROR", "TYPE_MISMATCH", "GENERAL"
]
"""OpenFeature's error codes, as far as they occur."""
EVALUATOR = "openfeature.contrib.tools.flagd.core"
MEND = "pip install 'esclusa[flags]'"
# What it says of a context is in the answer, or nobody's business.
logging.getLogger("openfeature.contrib").addHandler(logging.NullHandler())


class Evaluated(Value, frozen=True, kw_only=True):
    """A flag's value. Without a variant, whoever asks takes a default of its own."""

    key: str
    value: Any = None
    variant: str = ""
    reason: str
    """OpenFeature's: STATIC, DEFAULT, TARGETING_MATCH or DISABLED."""
    metadata: Mapping[str, str | int | float | bool] = EMPTY


class Refused(Value, frozen=True, kw_only=True):
    """Why a flag has no value."""

    key: str
    code: Code
    details: str


def evaluator_missing() -> str:
    """What stands in the way of evaluating anything; empty if nothing does."""
    try:
        there = find_spec(EVALUATOR) is not None
    except ModuleNotFoundError:
        there = False
    return "" if there else "flagd's evaluator is not installed"


class Flags:
    """The flags of one release, ready to be asked for. OutsideError when the evaluator is not installed."""

    def __init__(self, definitions: Definitions) -> None:
        if missing := evaluator_missing():
            raise OutsideError(missing, mend=MEND)
        from openfeature.contrib.tools.flagd.core import FlagdCore

        self.definitions = definitions
        self._core = FlagdCore()
        # It takes what it is given apart.
        self._core.set_flags(copy.deepcopy(dict(definitions.configuration)))

    def evaluate(self, key: str, context: Context) -> Evaluated | Refused:
        """What a flag comes to in a context."""
        flag = self.definitions.flags.get(key)
        if flag is None:
            return Refused(
                key=key, code="FLAG_NOT_FOUND", details=f"there is no flag `{key}` in this release"
            )
        if flag.by_conversation and not context.get(CONVERSATION):
            details = f"`{key}` is decided by the conversation: send its id as `context.{CONVERSATION}`"
            return Refused(key=key, code="TARGETING_KEY_MISSING", details=details)
        try:
            found = self._resolved(key, flag.kind, context)
        except Exception as error:  # the rule is the user's, the context a stranger's, the evaluator not ours
            return Refused(key=key, code=_code(error), details=_words(key, error))
        return Evaluated(
            key=key,
            value=found.value if found.variant else None,
            variant=found.variant or "",
            reason=str(found.reason or "UNKNOWN"),
            metadata=found.flag_metadata,
        )

    def evaluate_all(self, context: Context) -> tuple[Evaluated | Refused, ...]:
        """All of them, in the order of the file."""
        return tuple(self.evaluate(key, context) for key in self.definitions.flags)

    def _resolved(self, key: str, kind: Kind, context: Context) -> "FlagResolutionDetails[Any]":
        from openfeature.evaluation_context import EvaluationContext

        attributes = {name: value for name, value in context.items() if name != CONVERSATION}
        asked = EvaluationContext(targeting_key=context.get(CONVERSATION), attributes=attributes)
        core = self._core
        resolve: Mapping[Kind, Callable[..., FlagResolutionDetails[Any]]] = {
            "boolean": core.resolve_boolean_value,
            "string": core.resolve_string_value,
            "integer": core.resolve_integer_value,
            "float": core.resolve_float_value,
            "object": core.resolve_object_value,
        }
        return resolve[kind](key, _NOTHING[kind], asked)


_NOTHING: Mapping[Kind, Any] = {"boolean": False, "string": "", "integer": 0, "float": 0.0, "object": {}}


def _code(error: Exception) -> Code:
    return (
        "PARSE_ERROR"
        if getattr(getattr(error, "error_code", None), "value", "") == "PARSE_ERROR"
        else "GENERAL"
    )


def _words(key: str, error: Exception) -> str:
    said = getattr(error, "error_message", None) or str(error) or type(error).__name__
    return f"`{key}` cannot be evaluated in this context: {said}"
