"""Definitions: one file of flags in flagd's format, JSON or YAML, read strictly.

A file that this accepts, flagd accepts. It is stricter where flagd would only find out when it is asked: a
default variant or a result of a rule that is no variant, a key that nobody reads.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import EMPTY, Value
from esclusa.flags.outcomes import check_results, filled, reads, refuse_endless
from esclusa.flags.report import Report, shown
from esclusa.flags.targeting import CLOCK, CONVERSATION, REF, check_rule
from esclusa.marked import Marked, Path_, decoded, parse, parse_json, read_bytes

Kind = Literal["boolean", "string", "integer", "float", "object"]
FORMATS = (".json", ".yaml", ".yml")
LARGEST = 1_000_000
"""Bytes of a file: far more than any flags need, and few enough to be read at every start."""
_TOP = ("$schema", "flags", "$evaluators", "metadata")
_FLAG = ("state", "variants", "defaultVariant", "targeting", "metadata")
_STATES = ("ENABLED", "DISABLED")


class Flag(Value, frozen=True, kw_only=True):
    """What of a flag is needed to ask for it."""

    kind: Kind
    by_conversation: bool = False
    """Whether nothing can be said of it without knowing the conversation."""


class Definitions(Value, frozen=True, kw_only=True):
    """A file that was found good."""

    digest: str
    """The SHA-256 of the file."""
    flags: Mapping[str, Flag]
    configuration: Mapping[str, Any]
    """What flagd's evaluator is given: the file without references."""
    metadata: Mapping[str, str | int | float | bool] = EMPTY
    warnings: tuple[ConfigurationError, ...] = ()


def read_definitions(path: Path, *, sealed: str = "") -> Definitions:
    """The definitions in a file.

    ConfigurationError, all errors at once, with file, line, key and mend. `sealed` is the digest that the
    file must have: one that was changed behind a release's back is never evaluated.
    """
    data = _content(path, sealed)
    text = decoded(data, path)
    document = (parse_json if path.suffix == ".json" else parse)(text, str(path))
    return _definitions(document, Report(str(path), document), hashlib.sha256(data).hexdigest())


def _content(path: Path, sealed: str) -> bytes:
    if path.suffix not in FORMATS:
        raise ConfigurationError(
            f"expected flags in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}", file=str(path), mend="rename it"
        )
    if path.is_symlink():
        raise ConfigurationError("it is a symbolic link", file=str(path), mend="name the file itself")
    data = read_bytes(path, "flag file")
    if len(data) > LARGEST:
        raise ConfigurationError(f"larger than {LARGEST // 1_000_000} MB", file=str(path))
    if sealed and hashlib.sha256(data).hexdigest() != sealed:
        raise ConfigurationError(
            "this is not the file that was sealed with the release",
            file=str(path),
            mend="run its commit again to build it anew",
        )
    return data


def _definitions(document: Marked, report: Report, digest: str) -> Definitions:
    top = document.value
    if not isinstance(top, dict):
        report.bad((), f"expected a mapping with `flags`, found {shown(top)}")
        report.stop_if_any()
    _known_keys(top, _TOP, (), report)
    flags = _mapping(top, "flags", (), report)
    if "flags" not in top:
        report.bad((), "`flags` is missing", "add `flags: {}`, a mapping of flags by name")
    evaluators = _mapping(top, "$evaluators", (), report)
    metadata = _metadata(top, (), report)
    for name, rule in evaluators.items():
        _check_top_rule(rule, ("$evaluators", name), report, evaluators)
    refuse_endless(evaluators, report)
    report.stop_if_any()
    found = {name: _flag(name, flag, report, evaluators) for name, flag in flags.items()}
    report.stop_if_any()
    return Definitions(
        digest=digest,
        flags={name: flag for name, flag in found.items() if flag is not None},
        configuration={
            "flags": {name: _for_flagd(flag, evaluators) for name, flag in flags.items()},
            "metadata": metadata,
        },
        metadata=metadata,
        warnings=report.warnings,
    )


def _for_flagd(flag: Mapping[str, Any], evaluators: Mapping[str, Any]) -> dict[str, Any]:
    # The evaluator replaces references in the written text, once and in the order of the file.
    return {**flag, "targeting": filled(flag.get("targeting", {}), evaluators)}


def _flag(name: str, flag: Any, report: Report, evaluators: Mapping[str, Any]) -> Flag | None:
    """The flag; None when it has been told of."""
    path: Path_ = ("flags", name)
    if not name:
        report.bad(path, "a flag without a name")
    if not isinstance(flag, dict):
        report.bad(path, f"expected a flag with `state` and `variants`, found {shown(flag)}")
        return None
    _known_keys(flag, _FLAG, path, report)
    state = flag.get("state")
    if state not in _STATES:
        message = f"expected `state: ENABLED` or `state: DISABLED`, found {shown(state)}"
        report.bad((*path, "state"), message)
    variants = _mapping(flag, "variants", path, report)
    kind = _kind(variants, (*path, "variants"), report)
    _check_default(flag.get("defaultVariant"), variants, (*path, "defaultVariant"), report)
    _metadata(flag, path, report)
    rule = _targeting(flag, variants, path, report, evaluators)
    return Flag(kind=kind, by_conversation=reads(rule, CONVERSATION)) if kind else None


def _kind(variants: Mapping[str, Any], path: Path_, report: Report) -> Kind | None:
    """What the variants of a flag are, all of them the same."""
    if not variants:
        report.bad(path, "expected at least one variant", "such as `on: true` and `off: false`")
        return None
    kinds = {name: _kind_of(value) for name, value in variants.items()}
    for name, kind in kinds.items():
        if kind is None:
            message = f"expected true or false, a text, a number or a mapping, found {shown(variants[name])}"
            report.bad((*path, name), message)
        if not name:
            report.bad((*path, name), "a variant without a name")
    found = set(kinds.values())
    if found == {"integer", "float"}:
        return "float"
    if len(found) > 1 and None not in found:
        listed = ", ".join(f"`{name}` is {_WORDS[kind]}" for name, kind in kinds.items() if kind)
        report.bad(path, f"all variants of a flag are of one kind: {listed}")
    return next(iter(found))


_WORDS: Mapping[Kind, str] = {
    "boolean": "true or false",
    "string": "a text",
    "integer": "a number",
    "float": "a number",
    "object": "a mapping",
}


def _kind_of(value: Any) -> Kind | None:
    kinds: dict[type, Kind] = {bool: "boolean", str: "string", int: "integer", float: "float", dict: "object"}
    return kinds.get(type(value))


def _check_default(default: Any, variants: Mapping[str, Any], path: Path_, report: Report) -> None:
    if default is None:  # whoever asks has a default of its own
        return
    if not isinstance(default, str):
        report.bad(path, f"expected the name of a variant, found {shown(default)}", "put it in quotes")
    elif variants and default not in variants:
        report.unknown(path, "variant", default, variants)


def _targeting(
    flag: Mapping[str, Any],
    variants: Mapping[str, Any],
    path: Path_,
    report: Report,
    evaluators: Mapping[str, Any],
) -> Any:
    """The rule without references; nothing when it has been told of."""
    rule, path = flag.get("targeting", {}), (*path, "targeting")
    before = report.count
    _check_top_rule(rule, path, report, evaluators)
    if report.count > before:
        return {}
    rule = filled(rule, evaluators)
    check_results(rule, variants, path, report)
    if reads(rule, CLOCK):
        report.odd(
            path,
            "it changes with the clock, without any release",
            "a change that no gate sees is not rolled back either: let a release carry it",
        )
    return rule


def _check_top_rule(rule: Any, path: Path_, report: Report, evaluators: Mapping[str, Any]) -> None:
    if not isinstance(rule, dict):
        mend = 'such as `{"fractional": [["on", 10], ["off", 90]]}`'
        report.bad(path, f"expected a rule, found {shown(rule)}", mend)
    elif REF in rule:
        mend = 'such as `{"if": [{"$ref": "vip"}, "on", "off"]}`'
        report.bad(path, "flagd takes a reference only within a rule", mend)
    elif rule:
        check_rule(rule, path, report, evaluators)


def _known_keys(given: Mapping[str, Any], known: tuple[str, ...], path: Path_, report: Report) -> None:
    for key in given:
        if key not in known:
            report.unknown((*path, key), "key", key, known)


def _mapping(given: Mapping[str, Any], key: str, path: Path_, report: Report) -> Mapping[str, Any]:
    value = given.get(key, {})
    if isinstance(value, dict):
        return value
    mend = "flagd's list of flags is for its server; write them by name" if isinstance(value, list) else ""
    report.bad((*path, key), f"expected a mapping, found {shown(value)}", mend)
    return {}


def _metadata(given: Mapping[str, Any], path: Path_, report: Report) -> Mapping[str, Any]:
    metadata = _mapping(given, "metadata", path, report)
    for name, value in metadata.items():
        if not name or not isinstance(value, str | int | float):
            report.bad(
                (*path, "metadata", name), f"expected a text, a number, true or false, found {shown(value)}"
            )
    return metadata
