"""YAML and JSON with lines, and files that are not text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.marked import parse, parse_json, read


def test_every_key_and_item_knows_its_line() -> None:
    document = parse("a: 1\nb:\n  - x\n  - {y: 2}\n", "f.yaml")
    assert document.value == {"a": 1, "b": ["x", {"y": 2}]}
    assert document.lines == {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "y"): 4}


def test_a_path_that_is_not_there_has_its_parents_line() -> None:
    assert parse("a: 1\nb:\n  c: 2\n", "f.yaml").line("b", "d", "e") == 2


def test_keys_are_texts_even_where_yaml_would_make_them_something_else() -> None:
    assert parse("on: 1\n2: x\n~: y\n", "f.yaml").value == {"on": 1, "2": "x", "~": "y"}


def laughs(levels: int, width: int) -> str:
    """A document whose last value holds `width ** levels` texts."""
    return "a0: &a0 [x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]\n" for level in range(1, levels)
    )


def test_aliases_that_stand_for_a_few_values_are_those_values() -> None:
    assert parse(laughs(3, 2), "f.yaml").value["a2"] == [[["x"], ["x"]], [["x"], ["x"]]]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (laughs(12, 9), "f.yaml:6: its aliases stand for more than 100,619 values"),
        (laughs(300, 1), "f.yaml:102: it is nested deeper than 100 levels"),
        (laughs(5000, 1), "f.yaml:102: it is nested deeper than 100 levels"),
    ],
)
def test_aliases_that_stand_for_far_more_than_the_text_are_refused(text: str, error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, "f.yaml")
    assert str(raised.value).splitlines()[0] == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [1\n", "f.yaml:2: not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3: a: the key stands twice (first on line 1)"),
        (
            "a: !!python/name:os.system x\n",
            "f.yaml:1: a: expected plain data, found the YAML type python/name:os.system",
        ),
        ("? [1]\n: x\n", "f.yaml:1: expected a text as a key"),
        ("a: &x [*x]\n", "f.yaml:1: a.0: an alias that contains itself"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: not valid YAML: but found another document"),
        ("a: !!set {x}\n", "f.yaml:1: a: expected plain data, found the YAML type set"),
        ("a: 1.0e+999\n", "f.yaml:1: a: the number 1.0e+999 is too large"),
        ("\n" + "[" * 200_000, "f.yaml:2: it is nested deeper than 100 levels"),
    ],
)
def test_what_is_not_plain_data_is_named_with_its_line(text: str, error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, "f.yaml")
    assert str(raised.value).splitlines()[0] == error


def test_a_tab_is_named_with_its_mend() -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse("a:\n\tb: 1\n", "f.yaml")
    assert str(raised.value) == (
        "f.yaml:2: not valid YAML: found character that cannot start any token\n"
        "  mend: indent with spaces: there is a tab, and YAML takes none"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("2026-01-01", "2026-01-01"), ("12:30", "12:30"),
        ("007", "007"), ("1_000", "1_000"), ("0x1f", "0x1f"), (".nan", ".nan"), ("-.inf", "-.inf"), ("=", "="),
        ("'1'", "1"), ("!!str 1", "1"), ('"true"', "true"), ("|\n  1\n", "1\n"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("0", 0), ("-7", -7), ("+7", 7), ("1.5", 1.5), (".5", 0.5), ("1.5e+3", 1500.0), ("1.", 1.0), ("0.0", 0.0),
        ("9" * 30, int("9" * 30)), ("1" * 5000, "1" * 5000),
    ],
)  # fmt: skip
def test_words_are_texts_unless_they_are_true_false_null_or_a_decimal_number(
    text: str, value: object
) -> None:
    found = parse(f"a: {text}", "f.yaml").value["a"]
    assert (found, type(found)) == (value, type(value))


def test_bytes_that_are_no_text_are_an_error() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^f\.yaml: not valid YAML: .*control characters are not allowed"
    ):
        parse("a: \x01\n", "f.yaml")


def test_an_empty_file_is_nothing() -> None:
    assert parse("# only a comment\n", "f.yaml").value is None


def test_a_byte_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{}\n{}\n{"id": "caf\xe9"}\n')
    with pytest.raises(ConfigurationError) as raised:
        read(path, "dataset")
    assert str(raised.value) == (
        f"{path}:3: expected UTF-8, found the byte 0xe9\n  mend: convert it: iconv -f ISO-8859-1 -t UTF-8 f.jsonl"
    )


def test_a_file_that_is_not_there_or_is_a_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"x\.yaml: there is no such suite$"):
        read(tmp_path / "x.yaml", "suite")
    with pytest.raises(ConfigurationError, match=r"the suite cannot be read: Is a directory$"):
        read(tmp_path, "suite")


# JSON


def test_every_key_and_item_of_json_knows_its_line_as_well() -> None:
    text = '{\n\t"a{": "\\ud83d\\ude00 ]\\"",\n  "b": [\n    {},\n    [1, {"c": -1.5e3}],\n    null\n  ],\n  "d": []}'
    document = parse_json(text, "f.json")
    assert document.value == {"a{": '\U0001f600 ]"', "b": [{}, [1, {"c": -1500.0}], None], "d": []}
    assert document.lines == {
        (): 1, ("a{",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 5, ("b", 1, 0): 5, ("b", 1, 1): 5, ("b", 1, 1, "c"): 5,
        ("b", 2): 6, ("d",): 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "f.json:1: not valid JSON: Expecting value"),
        ('{\n"a": 1,\n', "f.json:3: not valid JSON: Expecting property name enclosed in double quotes"),
        ('{\n"a": {"b": 1},\n"a": 2}', "f.json:3: a: the key stands twice (first on line 2)"),
        ('[{"a": 1,\n"a": 2}]', "f.json:2: 0.a: the key stands twice (first on line 1)"),
        ("NaN", "f.json: not valid JSON: NaN is no number"),
        ("1e999", "f.json: not valid JSON: the number 1e999 is too large"),
        ('"\\ud800"', "f.json: not valid JSON: a text has half of a character"),
        ("[" * 100_000, "f.json: it is nested deeper than 100 levels"),
        ("[" * 50 + "\n" + "[" * 52 + "]" * 102, "f.json:2: it is nested deeper than 100 levels"),
    ],
)
def test_json_that_is_wrong_is_named_by_its_line(text: str, error: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_json(text, "f.json")
    assert str(caught.value) == error


Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(value=Values, indent=st.none() | st.integers(0, 3))
def test_a_json_text_of_any_layout_keeps_its_value_and_every_path_its_line(
    value: Any, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent)
    document = parse_json(text, "f.json")
    assert document.value == value
    assert set(document.lines) == set(paths(value))
    assert max(document.lines.values()) <= text.count("\n") + 1


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*at, key))
