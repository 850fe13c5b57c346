"""What a checked rule can come to, what it depends on, and its references filled in. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from esclusa.flags.report import Report, shown
from esclusa.flags.targeting import COMPARING, CONVERSATION, FRACTIONAL, REF, VAR, weight_of
from esclusa.marked import Path_

MOST_REFERENCES = 1_000
"""References that one rule may lead to, those of what it refers to included."""
LONGEST_WAY = 5
"""References within references."""


def check_results(rule: Any, variants: Mapping[str, Any], path: Path_, report: Report) -> None:
    """A rule that comes to something that is no variant would be an error for whoever meets it."""
    found = list(results(rule))
    truths = {str(value).lower() for what, value in found if what == "truth"} - set(variants)
    if truths:
        mend = 'let it choose: `{"if": [RULE, "on", "off"]}`'
        report.bad(path, f"it can come to {' or '.join(sorted(truths))}, and there is no such variant", mend)
    for name in dict.fromkeys(value for what, value in found if what == "variant"):
        if name not in variants:
            report.unknown(path, "variant", name, variants)
    for text in dict.fromkeys(shown(value) for what, value in found if what == "no variant"):
        report.bad(path, f"it can come to {text}, which is no variant", "name one in quotes")


def results(rule: Any) -> Iterator[tuple[str, Any]]:
    """What a checked rule without references can come to, as far as that can be told.

    `("variant", name)` for a text, `("truth", True | False)`, `("nothing", None)` for the default variant,
    and `("no variant", value)` for what is never one. What depends on the context alone is left out.
    """
    if isinstance(rule, dict):
        for name, given in rule.items():  # one, or none: then there is nothing to tell
            yield from _of_operation(name, given if isinstance(given, list) else [given])
    elif isinstance(rule, bool):
        yield "truth", rule
    elif isinstance(rule, str):
        yield "variant", rule
    elif rule is None:
        yield "nothing", None
    else:
        yield "no variant", rule


def _of_operation(name: str, arguments: list[Any]) -> Iterator[tuple[str, Any]]:
    if name == "if":
        yield from _of_if(arguments)
    elif name == FRACTIONAL:
        for entry in arguments[1 if isinstance(arguments[0], dict) else 0 :]:
            if weight_of(entry) != 0:
                yield from results(entry[0])
    elif name in COMPARING:
        yield "truth", True
        yield "truth", False
    elif name in ("and", "or"):
        # All but the last are passed over unless they decide: `and` by what is false, `or` by what is true.
        for argument in arguments[:-1]:
            yield from (one for one in results(argument) if _truthy(one) == (name == "or"))
        yield from results(arguments[-1])
    elif name == VAR and len(arguments) == 2:
        yield from results(arguments[1])


def _of_if(arguments: list[Any]) -> Iterator[tuple[str, Any]]:
    if len(arguments) == 1:
        yield from results(arguments[0])
    for number in range(1, len(arguments), 2):
        yield from results(arguments[number])
    if len(arguments) % 2 and len(arguments) > 1:
        yield from results(arguments[-1])


def _truthy(result: tuple[str, Any]) -> bool:
    return bool(result[1])


def reads(rule: Any, name: str) -> bool:
    """Whether a rule depends on a value of the context, one that it has no other value for in its place."""
    if isinstance(rule, list):
        return any(reads(item, name) for item in rule)
    if not isinstance(rule, dict) or not rule:
        return False
    ((operation, given),) = rule.items()
    if operation == VAR:
        return bool(given in (name, [name]))
    if operation == FRACTIONAL and name == CONVERSATION and not isinstance(given[0], dict):
        return True
    return reads(given, name)


def filled(rule: Any, evaluators: Mapping[str, Any]) -> Any:
    """The rule with every reference replaced by what it stands for; there must be no circle."""
    if isinstance(rule, list):
        return [filled(item, evaluators) for item in rule]
    if isinstance(rule, dict):
        if REF in rule:
            return filled(evaluators[rule[REF]], evaluators)
        return {name: filled(given, evaluators) for name, given in rule.items()}
    return rule


def references(rule: Any) -> Iterator[str]:
    """The evaluators that a rule refers to, as often as it does."""
    if isinstance(rule, list):
        for item in rule:
            yield from references(item)
    elif isinstance(rule, dict):
        for name, given in rule.items():
            if name == REF:
                yield str(given)
            else:
                yield from references(given)


def refuse_endless(evaluators: Mapping[str, Any], report: Report) -> None:
    """References end, and lead to no more than can be written out."""
    counts: dict[str, int] = {}

    def count(name: str, way: tuple[str, ...]) -> int:
        if name in way or len(way) == LONGEST_WAY:
            wrong = "it refers to itself" if name in way else f"more than {LONGEST_WAY} references in a row"
            report.bad(("$evaluators", way[0]), f"{wrong}: {' -> '.join((*way, name))}")
            return 0
        if name not in counts:
            within = references(evaluators.get(name))
            counts[name] = sum(1 + count(one, (*way, name)) for one in within)
        return counts[name]

    for name in evaluators:
        before = report.count
        if count(name, ()) > MOST_REFERENCES and report.count == before:
            report.bad(("$evaluators", name), f"it leads to more than {MOST_REFERENCES} references")
