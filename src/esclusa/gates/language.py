"""The gate language: `accuracy > 85%`, `latency.p95 <= baseline * 1.25`, `accuracy{lang=es} > 80% (warn)`.

    rule   = metric ["." estimator] ["{" slice "}"] operator limit ["(" mode ")"]
    slice  = a tag of the dataset, or what the metric itself tells apart: `severity>=high`
    limit  = amount | "baseline" ["*" number] [("+" | "-") amount]
    amount = number [unit]

It only reads and writes rules. It refuses whatever the metric does not admit: a share in seconds, a quantile
of a rate, a ceiling on something that is better higher, a limit that nothing can meet. A rule that reads well
but could never do its work is a configuration error here, not a surprise at the gate.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import get_args

from esclusa.core.gate import Absolute, Limit, Mode, Operator, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.gates.guard import BEYOND, TIMES
from esclusa.gates.units import expected, format_difference, format_value, read_amount, write_amount

__all__ = ["BadRule", "format_difference", "format_limit", "format_rule", "format_value", "parse"]

_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\^[0-9]{1,3})?(?:\.[A-Za-z_][\w-]*)*", re.ASCII)
_PASS = re.compile(r"pass(?:\^([0-9]+))?(?:\..*)?")
_TAG = re.compile(r"[^{}]*")
_OPERATOR = re.compile(r"[<>=!~]+|[≤≥≠]")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNIT = re.compile(r"%|[A-Za-z$€]+(?:/[A-Za-z]+)?")
_BASELINE = re.compile(r"baseline\b")
_WORD = re.compile(r"[^\s(){}]+")
_SPACE = re.compile(r"\s*")

_OPERATORS: tuple[Operator, ...] = get_args(Operator)
_MEANT_IN_SLICES = re.compile("=>|≥")
_MEANT = {"=": "==", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">="}


class BadRule(ValueError):
    """A text that is not a rule: where it goes wrong, what was expected there, the nearest known word."""

    def __init__(self, text: str, column: int, problem: str, expected: str, nearest: str = "") -> None:
        super().__init__(text, column, problem, expected, nearest)
        self.text = text
        self.column = column
        """Counts from 1."""
        self.problem = problem
        self.expected = expected
        self.nearest = nearest

    def __str__(self) -> str:
        meant = f"; did you mean `{self.nearest}`?" if self.nearest else ""
        return f"`{self.text}`, column {self.column}: {self.problem}; expected {self.expected}{meant}"


def parse(text: str, metrics: Mapping[str, Metric], *, live: bool = False) -> Rule:
    """The rule that a text says, its limit in the metric's own unit.

    `live` asks for a rule on running traffic: only metrics that admit `live` then, and no slices.
    Raises BadRule.
    """
    reader = _Reader(text)
    metric, estimator = _metric(reader, metrics, live)
    tag = _slice(reader, metric, live)
    operator = _operator(reader, metric)
    limit = _limit(reader, metric, operator)
    if live:
        _answerable(reader, metric, estimator)
    mode = _mode(reader)
    reader.end()
    return Rule(
        text=text.strip(),
        metric=metric.name,
        operator=operator,
        limit=limit,
        estimator=estimator,
        slice=tag,
        mode=mode,
    )


def format_rule(rule: Rule, metric: Metric) -> str:
    """The rule in its canonical spelling; parsing it gives the same rule again."""
    plain = rule.estimator == metric.estimators[0] and rule.estimator in ("mean", "count")
    estimator = "" if plain else f".{rule.estimator}"
    tag = f"{{{rule.slice}}}" if rule.slice else ""
    mode = " (warn)" if rule.mode is Mode.WARN else ""
    return f"{rule.metric}{estimator}{tag} {rule.operator} {format_limit(rule.limit, metric.unit)}{mode}"


class _Reader:
    """A text and how far it has been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip()

    def take(self, pattern: re.Pattern[str]) -> str:
        """What matches here, with the space after it; empty if nothing does."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        self._skip()
        return match.group()

    def sign(self, *signs: str) -> str:
        """One of these characters, if it comes next."""
        found = self.text[self.at : self.at + 1]
        if not found or found not in signs:
            return ""
        self.at += 1
        self._skip()
        return found

    def end(self) -> None:
        """Nothing may be left."""
        if self.at < len(self.text):
            raise self.bad(
                f"`{self.text[self.at :].strip()}` is left over", "the end of the rule, or `(warn)`"
            )

    def next_word(self) -> str:
        """What stands here, for a message."""
        match = _WORD.match(self.text, self.at)
        return f"`{match.group()}`" if match else "nothing" if self.at >= len(self.text) else "a bracket"

    def bad(self, problem: str, expected: str, *, at: int | None = None, nearest: str = "") -> BadRule:
        """What is wrong at `at`, or here."""
        return BadRule(self.text, (self.at if at is None else at) + 1, problem, expected, nearest)

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at


def _metric(reader: _Reader, metrics: Mapping[str, Metric], live: bool) -> tuple[Metric, str]:
    at = reader.at
    name = reader.take(_NAME)
    admitted = [m.name for m in metrics.values() if _admits(m, live)]
    if not name:
        raise reader.bad(
            f"a rule begins with a metric, here is {reader.next_word()}", _one_of(admitted), at=at
        )
    head, dot, tail = name.rpartition(".")
    if name in metrics:
        metric, estimator = metrics[name], metrics[name].estimators[0]
    elif dot and head in metrics:
        metric, estimator = metrics[head], tail
    else:
        known = name if not dot else head
        if (again := _PASS.fullmatch(name)) and not live:
            raise reader.bad(*_unrepeated(again[1] or "", metrics), at=at)
        raise reader.bad(
            f"unknown metric `{name}`",
            f"a metric: {_one_of(admitted)}",
            at=at,
            nearest=_nearest(name, metrics) or _nearest(known, metrics),
        )
    if estimator not in metric.estimators:
        raise reader.bad(
            f"`{metric.name}` has no `{estimator}`",
            f"{_one_of(metric.estimators)} of `{metric.name}`",
            at=at + len(head) + 1,
            nearest=_nearest(estimator, metric.estimators),
        )
    if not live and metric.comparisons == ("live",):
        raise reader.bad(
            f"`{metric.name}` is seen on live traffic only", f"a metric: {_one_of(admitted)}", at=at
        )
    if live and "live" not in metric.comparisons:
        raise reader.bad(
            f"`{metric.name}` is not seen on live traffic", f"a live metric: {_one_of(admitted)}", at=at
        )
    return metric, estimator


def _unrepeated(k: str, metrics: Mapping[str, Metric]) -> tuple[str, str]:
    """Why there is no `pass^k`, and what is expected instead."""
    if not k or int(k) < 2:
        return "`pass^k` is of k askings that are all right", "a k of 2 or more, `pass^3`, or `accuracy`"
    most = max((int(one[1]) for name in metrics if (one := _PASS.fullmatch(name)) and one[1]), default=1)
    often = f"asks its cases more than {most} times" if most > 1 else "asks its cases more than once"
    return (
        f"`pass^{k}` takes {k} askings of each case, and no suite that says right or wrong {often}",
        f"a suite with `repeats: {k}`",
    )


def _admits(metric: Metric, live: bool) -> bool:
    return "live" in metric.comparisons if live else metric.comparisons != ("live",)


def _slice(reader: _Reader, metric: Metric, live: bool) -> str:
    at = reader.at
    if not reader.sign("{"):
        return ""
    tag = reader.take(_TAG).strip()
    if not reader.sign("}"):
        raise reader.bad("the slice is not closed", "`}` after the tag")
    if not tag:
        raise reader.bad("the slice is empty", "a tag of the dataset: `{lang=es}`", at=at)
    if live:
        raise reader.bad("live traffic has no tags", "a rule without a slice", at=at)
    return _known_slice(reader, metric, tag, at) if metric.slices else tag


def _known_slice(reader: _Reader, metric: Metric, tag: str, at: int) -> str:
    """The slice as the metric calls it."""
    written = _MEANT_IN_SLICES.sub(">=", "".join(tag.split()))
    if written in metric.slices:
        return written
    nearest = _nearest(written, metric.slices)
    raise reader.bad(f"`{metric.name}` has no `{tag}`", _one_of(metric.slices), at=at, nearest=nearest)


def _operator(reader: _Reader, metric: Metric) -> Operator:
    at = reader.at
    sign = reader.take(_OPERATOR)
    direction = (">", ">=") if metric.better == "higher" else ("<", "<=")
    admitted = (*direction, "==") if metric.kind == "count" else direction
    for operator in _OPERATORS:
        if sign == operator and operator in admitted:
            return operator
    if sign in _OPERATORS:
        problem = (
            f"`{sign}` compares counts, and `{metric.name}` is none"
            if sign == "=="
            else f"`{metric.name}` is better {metric.better}, so `{sign}` would let the worse pass"
        )
        raise reader.bad(problem, _one_of(admitted), at=at)
    found = f"`{sign}`" if sign else reader.next_word()
    meant = _MEANT.get(sign, "")
    if found.strip("`") in metric.estimators:
        meant = f"{metric.name}.{found.strip('`')}"
    elif meant not in admitted:
        meant = ""
    raise reader.bad(f"here is {found}, not a comparison", _one_of(admitted), at=at, nearest=meant)


def _limit(reader: _Reader, metric: Metric, operator: Operator) -> Limit:
    at = reader.at
    if not reader.take(_BASELINE):
        if "threshold" not in metric.comparisons and metric.comparisons != ("live",):
            raise reader.bad(f"`{metric.name}` is not compared with a fixed limit", "`baseline`", at=at)
        return Absolute(value=_possible(reader, _amount(reader, metric), metric, operator, at))
    if "baseline" not in metric.comparisons and "live" not in metric.comparisons:
        raise reader.bad(f"`{metric.name}` has no baseline to compare with", expected(metric.unit), at=at)
    if operator == "==":
        raise reader.bad("nothing is exactly its baseline", "`<=` or `>=` before `baseline`", at=at)
    times = _times(reader) if reader.sign("*") else 1.0
    sign = reader.sign("+", "-")
    plus = _amount(reader, metric) if sign else 0.0
    return Relative(plus=-plus if sign == "-" else plus, times=times)


def _answerable(reader: _Reader, metric: Metric, estimator: str) -> None:
    """Of how long requests take, live traffic tells how many are beyond a limit; of all else, the mean."""
    answered = tuple(BEYOND) if metric.name in TIMES else ("mean",)
    if estimator not in answered:
        raise reader.bad(
            f"live traffic tells no `{estimator}` of `{metric.name}`", f"{_one_of(answered)}", at=0
        )


def _times(reader: _Reader) -> float:
    at = reader.at
    number = reader.take(_NUMBER)
    if not number or not 0 < float(number) < float("inf"):
        raise reader.bad(
            "the baseline is multiplied by a number above 0", "a factor: `baseline * 1.25`", at=at
        )
    return float(number)


def _amount(reader: _Reader, metric: Metric) -> float:
    at = reader.at
    number = reader.take(_NUMBER)
    if not number:
        raise reader.bad(
            f"here is {reader.next_word()}, not an amount", f"{expected(metric.unit)}, or `baseline`", at=at
        )
    unit_at = reader.at
    unit = reader.take(_UNIT)
    try:
        value = read_amount(number, unit, metric.unit)
    except ValueError:
        problem = f"`{unit}` is not a unit of `{metric.name}`" if unit else f"`{number}` has no unit"
        factor = ", or a factor: `baseline * 1.25`" if unit == "%" else ""
        raise reader.bad(problem, expected(metric.unit) + factor, at=unit_at) from None
    if metric.unit == "share" and value > 1:
        meant = f"{number}%" if not unit and value <= 100 else ""
        raise reader.bad(f"`{number}{unit}` is more than the whole", expected("share"), at=at, nearest=meant)
    if metric.kind == "count" and value != int(value):
        raise reader.bad(f"`{number}` is not a whole number", expected(metric.unit), at=at)
    if value == float("inf"):
        raise reader.bad(f"`{number}` is out of range", expected(metric.unit), at=at)
    return value


def _possible(reader: _Reader, value: float, metric: Metric, operator: Operator, at: int) -> float:
    if operator == "<" and value == 0:
        raise reader.bad("nothing is under 0", "`<=`, or a limit above 0", at=at)
    if operator == ">" and metric.unit == "share" and value == 1:
        raise reader.bad("nothing is over 100 %", "`>=`, or a limit under 100 %", at=at)
    return value


def _mode(reader: _Reader) -> Mode:
    if not reader.sign("("):
        return Mode.BLOCK
    at = reader.at
    word = reader.take(_WORD)
    if word not in tuple(Mode):
        raise reader.bad(f"unknown mode `{word}`", _one_of(Mode), at=at, nearest=_nearest(word, Mode))
    if not reader.sign(")"):
        raise reader.bad("the bracket is not closed", f"`)` after `{word}`")
    return Mode(word)


def format_limit(limit: Limit, unit: str) -> str:
    """The limit as a rule writes it: `85%`, `baseline * 1.25`."""
    if isinstance(limit, Absolute):
        return write_amount(limit.value, unit)
    times = "" if limit.times == 1 else f" * {write_amount(limit.times, 'tokens')}"
    sign = "-" if limit.plus < 0 else "+"
    plus = "" if limit.plus == 0 else f" {sign} {write_amount(abs(limit.plus), unit)}"
    return f"baseline{times}{plus}"


def _one_of(words: Iterable[str]) -> str:
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} or {last}" if most else last


def _nearest(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, list(known), 1, 0.6)), "")
