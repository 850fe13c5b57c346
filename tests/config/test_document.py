"""Documents: lines, and references to the environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.config.document import Mapping, Scalar, lines, read
from esclusa.config.problems import Problems
from esclusa.core.errors import ConfigurationError

words = some.text(some.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
names = some.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True)


def filled(text: str, environ: dict[str, str]) -> str:
    problems = Problems("f")
    node = read(f"key: '{text}'", problems, environ)
    problems.stop_if_any()
    assert isinstance(node, Mapping)
    value = node.entries["key"]
    assert isinstance(value, Scalar)
    return value.text


def test_every_key_has_its_line() -> None:
    node = read("a:\n  b: 1\n  c: {d: 2}\ne: [{f: 3}]\n", Problems("f"), {})
    assert lines(node) == {"a": 1, "a.b": 2, "a.c": 3, "a.c.d": 3, "e": 4, "e.f": 4}


def test_a_value_is_not_searched_for_references_again() -> None:
    assert filled("${A}${B}", {"A": "${B}", "B": "$$"}) == "${B}$$"


@given(words)
def test_doubled_dollars_are_the_text_itself(text: str) -> None:
    assert filled(text.replace("$", "$$").replace("'", "''"), {}) == text


@given(names, words, words)
def test_a_set_variable_stands_for_its_value_wherever_it_is(name: str, value: str, around: str) -> None:
    around = around.replace("$", "").replace("'", "")
    assert filled(f"{around}${{{name}}}{around}", {name: value}) == around + value + around


@given(names, words)
def test_a_default_stands_in_for_what_is_unset_or_empty(name: str, value: str) -> None:
    value = value.replace("$", "").replace("'", "").replace("}", "")
    text = f"${{{name}:-{value}}}"
    assert filled(text, {}) == filled(text, {name: ""}) == value
    assert filled(text, {name: "set"}) == "set"


@given(some.text(max_size=30), some.dictionaries(names, words, max_size=3))
def test_any_text_is_a_document_or_a_configuration_error(text: str, environ: dict[str, str]) -> None:
    problems = Problems("f")
    try:
        read(text, problems, environ)
        problems.stop_if_any()
    except ConfigurationError:
        pass


def test_what_is_nested_without_end_is_refused_and_crashes_nothing() -> None:
    with pytest.raises(ConfigurationError, match="f:2: it is nested deeper than 100 levels"):
        read("a:\n  " + "[" * 200_000, Problems("f"), {})
