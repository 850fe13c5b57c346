"""Targeting: the rules that choose a variant, JsonLogic with flagd's own operations. Pure.

What is checked is what flagd's published schema says (flagd.dev/schema/v0/targeting.json), and beyond it what
a rule can come to: a variant that does not exist would be an error for whoever meets it first.
"""

import re
from collections.abc import Mapping
from typing import Any

from esclusa.flags.report import Report, shown
from esclusa.marked import Path_

MANY = 1_000_000
DEEPEST = 50
"""Levels of a rule; evaluating it is recursive."""
MOST_WEIGHT = 2**31 - 1
"""What the weights of a `fractional` may sum to."""
FRACTIONAL, VAR, REF = "fractional", "var", "$ref"
CONVERSATION, CLOCK = "targetingKey", "$flagd.timestamp"

COMPARING = {
    **dict.fromkeys(("==", "===", "!=", "!==", ">", ">=", "in", "all", "none", "some"), (2, 2)),
    **dict.fromkeys(("<", "<="), (2, 3)),
    **dict.fromkeys(("starts_with", "ends_with"), (2, 2)),
    **dict.fromkeys(("!", "!!"), (1, 1)),
    "sem_ver": (3, 3),
}
"""Those that come to true or false, and how many arguments they take."""
OPERATIONS: Mapping[str, tuple[int, int]] = {
    "if": (1, MANY),
    FRACTIONAL: (1, MANY),
    VAR: (1, 2),
    **COMPARING,
    **dict.fromkeys(("and", "or", "+", "-", "max", "min", "merge", "cat"), (1, MANY)),
    **dict.fromkeys(("%", "/", "map", "filter", "missing_some"), (2, 2)),
    "*": (2, MANY),
    "substr": (2, 3),
    "reduce": (3, 3),
    "missing": (0, MANY),
}
_LONE = (VAR, "!", "!!")
"""Take their only argument without a list, too."""
_RANGES = ("=", "!=", "<", "<=", ">", ">=", "~", "^")
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)


def check_rule(rule: Any, path: Path_, report: Report, evaluators: Mapping[str, Any], depth: int = 0) -> None:
    """Report everything that is no rule: `rule` and all within it."""
    if depth > DEEPEST:
        report.bad(path, f"nested deeper than {DEEPEST} levels", "take parts of it out into `$evaluators`")
    elif isinstance(rule, list):
        for number, item in enumerate(rule):
            check_rule(item, (*path, number), report, evaluators, depth + 1)
    elif isinstance(rule, dict):
        if len(rule) != 1:
            found = f"{len(rule)} of them" if rule else "none"
            report.bad(path, f"expected one operation, found {found}", f"such as {_EXAMPLE}")
            return
        ((name, arguments),) = rule.items()
        if name == REF:
            if not isinstance(arguments, str) or arguments not in evaluators:
                report.unknown(path, "evaluator", str(arguments), evaluators)
        elif name not in OPERATIONS:
            report.unknown(path, "operation", name, OPERATIONS)
        else:
            _check_operation(name, arguments, (*path, name), report)
            if name not in (VAR, "missing", "missing_some"):
                check_rule(arguments, (*path, name), report, evaluators, depth + 1)


_EXAMPLE = '`{"if": [{"==": [{"var": "tier"}, "gold"]}, "on", "off"]}`'


def _check_operation(name: str, arguments: Any, path: Path_, report: Report) -> None:
    least, most = OPERATIONS[name]
    if not isinstance(arguments, list):
        if name not in _LONE:
            report.bad(path, f"expected a list of arguments, found {shown(arguments)}")
        elif name == VAR:
            _check_variable(arguments, path, report)
        return
    if not least <= len(arguments) <= most:
        report.bad(path, f"expected {_so_many(least, most)}, found {len(arguments)}")
        return
    match name:
        case "var":
            _check_variable(arguments[0], path, report)
        case "missing":
            _check_names(arguments, path, report)
        case "missing_some":
            _check_missing_some(arguments, path, report)
        case "starts_with" | "ends_with":
            _check_texts(arguments, path, report)
        case "sem_ver":
            _check_versions(arguments, path, report)
        case "fractional":
            _check_fractional(arguments, path, report)


def _so_many(least: int, most: int) -> str:
    words = f"{least}" if least == most else f"at least {least}" if most == MANY else f"{least} to {most}"
    return f"{words} argument" if words in ("1", "at least 1") else f"{words} arguments"


def _check_variable(name: Any, path: Path_, report: Report) -> None:
    if not isinstance(name, str):
        report.bad(path, f"expected the name of a value in the context, found {shown(name)}")
    elif name.startswith("$flagd.") and name not in (CLOCK, "$flagd.flagKey"):
        report.unknown(path, "value", name, (CLOCK, "$flagd.flagKey"))


def _check_names(names: list[Any], path: Path_, report: Report) -> None:
    for number, name in enumerate(names):
        if not isinstance(name, str):
            report.bad((*path, number), f"expected the name of a value in the context, found {shown(name)}")


def _check_missing_some(arguments: list[Any], path: Path_, report: Report) -> None:
    least, names = arguments
    if isinstance(least, bool) or not isinstance(least, int | float) or not isinstance(names, list):
        report.bad(path, "expected a number and a list of names")
    else:
        _check_names(names, (*path, 1), report)


def _check_texts(arguments: list[Any], path: Path_, report: Report) -> None:
    for number, argument in enumerate(arguments):
        if not isinstance(argument, str) and not _worked_out(argument):
            report.bad((*path, number), f"expected a text, found {shown(argument)}")


def _worked_out(argument: Any) -> bool:
    """Whether an argument is a rule of its own, where flagd takes no reference instead."""
    return isinstance(argument, dict) and REF not in argument


def _check_versions(arguments: list[Any], path: Path_, report: Report) -> None:
    for number in (0, 2):
        version = arguments[number]
        fits = isinstance(version, str) and _VERSION.fullmatch(version)
        # flagd's schema takes a variable here, and no other rule.
        if not fits and not (isinstance(version, dict) and list(version) == [VAR]):
            report.bad((*path, number), f"expected a version such as `1.2.0`, found {shown(version)}")
    if arguments[1] not in _RANGES:
        report.unknown((*path, 1), "comparison", str(arguments[1]), _RANGES)


def _check_fractional(arguments: list[Any], path: Path_, report: Report) -> None:
    """`[["on", 10], ["off", 90]]`, before them a rule whose value is hashed instead of the conversation."""
    first = 1 if _worked_out(arguments[0]) else 0
    if first == len(arguments):
        report.bad(path, "expected variants with weights, found none", 'such as `["on", 10], ["off", 90]`')
    for number in range(first, len(arguments)):
        _check_weight(arguments[number], (*path, number), report)
    weights = [weight_of(entry) for entry in arguments[first:]]
    if all(isinstance(weight, int) for weight in weights):
        total = sum(weight for weight in weights if weight is not None)
        if weights and not 0 < total <= MOST_WEIGHT:
            report.bad(
                path, f"the weights sum to {total}", f"let them sum to 1 to {MOST_WEIGHT}; 100 is usual"
            )


def _check_weight(entry: Any, path: Path_, report: Report) -> None:
    if not isinstance(entry, list) or not 1 <= len(entry) <= 2:
        report.bad(path, f"expected a variant and its weight, found {shown(entry)}", 'such as `["on", 10]`')
    elif len(entry) == 2 and not _worked_out(entry[1]) and weight_of(entry) is None:
        mend = "scale all weights up: 2.5 and 97.5 are 25 and 975"
        report.bad((*path, 1), f"expected a weight, a whole number from 0, found {shown(entry[1])}", mend)


def weight_of(entry: Any) -> int | None:
    """A weight that is written down; None for one that is worked out, or is none."""
    if not isinstance(entry, list) or not 1 <= len(entry) <= 2:
        return None
    weight = entry[1] if len(entry) == 2 else 1
    fits = isinstance(weight, int) and not isinstance(weight, bool) and weight >= 0
    return weight if fits else None
