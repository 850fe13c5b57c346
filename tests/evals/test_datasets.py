"""Datasets: what is read, and how a broken one is named."""

import json
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError, ConfigurationErrors
from esclusa.evals.datasets import Dataset, load_dataset
from esclusa.evals.question import Message, Question

GOOD = '{"id": "a", "input": "Hello"}\n'


def loaded(directory: Path, text: str | bytes, name: str = "d.jsonl") -> Dataset:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_dataset(path)


def test_a_line_is_a_case(tmp_path: Path) -> None:
    text = (
        '{"id": "a", "input": "Where is it?", "expected": {"intent": "order"}, "tags": ["es", "es", "demo"]}\n'
        "\n"
        '{"id": 7, "input": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}],'
        ' "expected": null, "scorers": {"exact": {"ignore": ["case"]}}, "note": "for people"}\n'
    )
    assert loaded(tmp_path, text) == Dataset(
        file=str(tmp_path / "d.jsonl"),
        questions=(
            Question(id="a", input="Where is it?", expected={"intent": "order"}, tags=("es", "demo")),
            Question(
                id="7",
                input=(Message(role="system", content="Be kind"), Message(role="user", content="Hi")),
                expected=None,
                scorers={"exact": {"ignore": ["case"]}},
            ),
        ),
        numbers=array("I", (1, 3)),
    )


def test_a_case_without_expected_is_not_one_that_expects_null(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD).questions[0].expected is UNSET


def test_yaml_says_the_same(tmp_path: Path) -> None:
    lines = loaded(tmp_path, '{"id": "a", "input": "Hi", "expected": 1}\n{"id": "b", "input": "Ho"}\n')
    listed = loaded(
        tmp_path, "# cases\n- id: a\n  input: Hi\n  expected: 1\n- {id: b, input: Ho}\n", "d.yaml"
    )
    assert listed.questions == lines.questions
    assert listed.lines == {"a": 2, "b": 5}


def test_a_byte_order_mark_and_foreign_line_ends_are_read(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbf{"id": "a", "input": "one\\u2028two"}\r\n{"id": "b", "input": "x\xe2\x80\xa8y"}\r\n'
    assert [question.input for question in loaded(tmp_path, text).questions] == ["one\u2028two", "x\u2028y"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"id": "b", "input": "x"', "expected one JSON object on this line: Input data was truncated"),
        (
            '{"id": "b", "input": NaN}',
            "expected one JSON object on this line: JSON is malformed: invalid character (byte 21)",
        ),
        ("[]", "expected a case with `id` and `input`, found an empty list"),
        ('"b"', "expected a case with `id` and `input`, found the text 'b'"),
        ('{"input": "x"}', "id: expected a text that names the case for ever, found nothing"),
        (
            '{"id": " ", "input": "x"}',
            "id: expected a text that names the case for ever, found an empty text",
        ),
        ('{"id": true, "input": "x"}', "id: expected a text that names the case for ever, found true"),
        ('{"id": "b"}', "input: expected a text, or a list of chat messages, found nothing"),
        (
            '{"id": "b", "input": []}',
            "input: expected a text, or a list of chat messages, found an empty list",
        ),
        (
            '{"id": "b", "input": ["x"]}',
            "input.0: expected a message with `role` and `content`, found the text 'x'",
        ),
        (
            '{"id": "b", "input": [{"role": "human", "content": "x"}]}',
            "input.0.role: expected one of system, developer, user, assistant, tool, found the text 'human'",
        ),
        (
            '{"id": "b", "input": [{"role": "user", "content": 1}]}',
            "input.0.content: expected a text, or a list of parts, found the number 1",
        ),
        ('{"id": "b", "input": "x", "tags": "es"}', "tags: expected a list of texts, found the text 'es'"),
        (
            '{"id": "b", "input": "x", "scorers": ["exact"]}',
            "scorers: expected scorer names with their settings for this case, found a list",
        ),
        (
            '{"id": "b", "input": "x", "expcted": 1}',
            "expcted: unknown key 'expcted'; did you mean 'expected'?",
        ),
        ('{"id": "a", "input": "x"}', "id: the id 'a' is taken by line 1"),
        ('{"id": "b", "input": "x", "turns": "y"}', "turns: expected a list of texts, found the text 'y'"),
        ('{"id": "b", "input": "x", "turns": [" "]}', "turns: expected a list of texts, found a list"),
        ('{"id": "b", "input": "x", "contexts": null}', "contexts: expected a list of texts, found nothing"),
        (
            '{"id": "b", "input": "x", "tools": null}',
            "tools: expected a list of tool calls, found nothing; `[]` if none is expected",
        ),
        (
            '{"id": "b", "input": "x", "tools": [{"nmae": "find"}]}',
            "tools: expected a tool call with a `name`, found {'nmae': 'find'}",
        ),
    ],
)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str, error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, f"{GOOD}\n{line}\n")
    assert str(raised.value).splitlines()[0] == f"{tmp_path}/d.jsonl:3: {error}"


def test_every_broken_line_is_named_and_not_only_the_first(tmp_path: Path) -> None:
    rows = [
        '{"id": "a", "input": "x"}',
        "{torn",
        '{"id": "a", "input": "y"}',
        '{"id": "b", "input": "x"}',
        "[]",
    ]
    with pytest.raises(ConfigurationErrors) as raised:
        loaded(tmp_path, "\n".join(rows))
    assert [(error.line, error.key) for error in raised.value.errors] == [(2, ""), (3, "id"), (5, "")]


def test_of_very_many_broken_lines_a_hundred_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationErrors) as raised:
        loaded(tmp_path, "oops\n" * 250)
    assert len(raised.value.errors) == 101
    assert str(raised.value.errors[-1]) == f"{tmp_path}/d.jsonl:101: 150 more lines are broken"


def test_a_case_may_be_a_script_with_contexts_and_tools(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "input": "Hi",
        "turns": ["Where is order 7?", "Thanks"],
        "contexts": ["Orders take two days."],
        "tools": [{"name": "find_order", "arguments": {"id": 7}}, "log"],
    }
    assert loaded(tmp_path, json.dumps(row)).questions == (
        Question(
            id="a",
            input="Hi",
            turns=("Where is order 7?", "Thanks"),
            contexts=("Orders take two days.",),
            tools=(ToolCall(name="find_order", arguments={"id": 7}), ToolCall(name="log")),
        ),
    )
    assert loaded(tmp_path, '{"id": "a", "input": "x", "tools": []}').questions[0].tools == ()
    assert loaded(tmp_path, GOOD).questions[0].tools is UNSET


def test_csv_says_the_same(tmp_path: Path) -> None:
    text = (
        "id,input,expected.intent,expected.amount,tags,turns,note\r\n"
        '7,"Where is\nmy ""order""?",order,12.5,lang=es; demo,"[""Thanks""]",for people\r\n'
        "b,Hi,,,,,\r\n"
    )
    dataset = loaded(tmp_path, "\ufeff" + text, "d.csv")
    assert dataset.questions == (
        Question(
            id="7",
            input='Where is\nmy "order"?',
            turns=("Thanks",),
            expected={"intent": "order", "amount": "12.5"},
            tags=("lang=es", "demo"),
        ),
        Question(id="b", input="Hi"),
    )
    assert dataset.lines == {"7": 2, "b": 4}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("input,expected\nx,y\n", "1: expected a header with the keys of a case, found input, expected"),
        ("id,id\n1,2\n", "1: expected a header with the keys of a case, found the column 'id' twice"),
        ("id,inptu\n1,x\n", "2: inptu: unknown key 'inptu'; did you mean 'input'?"),
        ("id,input\n1,x,y\n", "2: expected 2 cells, as in the header, found 3"),
        ("id,input,turns\n1,x,oops\n", "2: turns: expected JSON in this cell"),
        ('id,input\n1,"x\n', "2: not valid CSV: unexpected end of data"),
        ("id,input\n,x\n", "2: id: expected a text that names the case for ever, found nothing"),
    ],
)
def test_a_broken_row_of_a_csv_is_named_by_the_line_it_begins_at(
    tmp_path: Path, text: str, error: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text, "d.csv")
    assert str(raised.value).splitlines()[0] == f"{tmp_path}/d.csv:{error}"


def test_a_csv_without_rows_is_a_dataset_without_cases(tmp_path: Path) -> None:
    for text in ("", "id,input\n"):
        with pytest.raises(ConfigurationError, match="the dataset has no cases"):
            loaded(tmp_path, text, "d.csv")


def test_a_yaml_file_that_is_no_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, "# cases\ncases:\n- id: a\n", "d.yaml")
    assert str(raised.value) == f"{tmp_path}/d.yaml:2: expected a list of cases, found a mapping"


def test_a_dataset_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, "\n  \n")
    assert str(raised.value) == f"{tmp_path}/d.jsonl: the dataset has no cases"


def test_an_unknown_ending_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_dataset(tmp_path / "d.txt")
    assert (
        str(raised.value)
        == f"{tmp_path}/d.txt: expected a dataset ending in .jsonl, .ndjson, .yaml, .yml, .csv"
    )


def test_tags_choose_cases_that_have_any_of_them(tmp_path: Path) -> None:
    rows = [("a", ["es"]), ("b", ["en", "demo"]), ("c", [])]
    whole = loaded(tmp_path, "".join(json.dumps({"id": i, "input": "x", "tags": t}) + "\n" for i, t in rows))
    assert [question.id for question in whole.tagged(["demo", "es"]).questions] == ["a", "b"]
    assert whole.tagged([]) == whole
    assert whole.tagged(["es"]).lines == {
        one.id: whole.lines[one.id] for one in whole.tagged(["es"]).questions
    }


def test_tags_that_choose_nothing_are_an_error_that_lists_those_there_are(tmp_path: Path) -> None:
    whole = loaded(tmp_path, '{"id": "a", "input": "x", "tags": ["es", "demo"]}\n')
    with pytest.raises(ConfigurationError) as raised:
        whole.tagged(["smoke"])
    assert str(raised.value) == (
        f"{tmp_path}/d.jsonl: no case has a tag of: smoke\n  mend: tags in this dataset: demo, es"
    )


def test_a_pair_is_two_questions_that_differ_in_the_group_alone(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "group": "gender",
        "pair": {"man": "My son asks", "woman": "My daughter asks"},
        "expected": "ok",
        "tags": ["en"],
    }
    common = {"expected": "ok", "tags": ("en",), "pair": "a", "group": "gender"}
    assert loaded(tmp_path, json.dumps(row)).questions == (
        Question(id="a/man", input="My son asks", **common),
        Question(id="a/woman", input="My daughter asks", **common),
    )


@pytest.mark.parametrize(
    ("row", "key", "expected"),
    [
        ({"pair": {"man": "x", "woman": "y"}}, "group", "expected what is swapped in the pair"),
        ({"pair": {"man": "x"}, "group": "g"}, "pair", "expected the two sides by name"),
        ({"pair": {"a": "x", "b": "y", "c": "z"}, "group": "g"}, "pair", "expected the two sides by name"),
        ({"pair": ["x", "y"], "group": "g"}, "pair", "expected the two sides by name"),
        ({"group": "g", "input": "x"}, "input", "a pair has its inputs in `pair`"),
        (
            {"pair": {"a": "x", "b": "y"}, "group": "g", "input": "x"},
            "input",
            "a pair has its inputs in `pair`",
        ),
        ({"pair": {"a": "x", "b": ""}, "group": "g"}, "pair.b", "expected a text"),
        ({"pair": {"a": "x", "b": "x"}, "group": "g"}, "pair", "the two sides say the same"),
    ],
)
def test_half_a_pair_is_an_error_with_its_line(
    tmp_path: Path, row: dict[str, Any], key: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        loaded(tmp_path, "\n" + json.dumps({"id": "a", **row}))
    assert (caught.value.line, caught.value.key) == (2, key)


def test_the_digest_is_of_the_content_and_not_of_its_order_or_notes(tmp_path: Path) -> None:
    one = loaded(tmp_path, '{"id": "a", "input": "x"}\n{"id": "b", "input": "y"}\n')
    turned = loaded(
        tmp_path, '{"id": "b", "input": "y", "note": "!"}\n\n{"id": "a", "input": "x"}\n', "e.jsonl"
    )
    other = loaded(tmp_path, '{"id": "a", "input": "x", "expected": null}\n{"id": "b", "input": "y"}\n')
    assert one.digest == turned.digest
    assert one.digest != other.digest


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.tuples(st.text(min_size=1).filter(str.strip), JSON), unique_by=lambda row: row[0], min_size=1)
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, Any]]
) -> None:
    directory = tmp_path_factory.mktemp("data")
    text = "".join(json.dumps({"id": one, "input": one, "expected": value}) + "\n" for one, value in rows)
    read = loaded(directory, text)
    assert [(question.id, question.input, question.expected) for question in read.questions] == [
        (one, one, value) for one, value in rows
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_dataset_or_an_error_with_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    directory = tmp_path_factory.mktemp("data")
    for name in ("d.jsonl", "d.yaml", "d.csv"):
        problem = None
        try:
            loaded(directory, data, name)
        except ConfigurationError as error:
            problem = error
        assert problem is None or problem.file == str(directory / name)
