"""Generated datasets: a function in a process of its own."""

import asyncio
from pathlib import Path

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.evals import generated
from esclusa.evals.datasets import load_dataset
from esclusa.evals.question import Question
from esclusa.evals.suite import load_suite

SOURCE = """
import os, sys
import suite

def make():
    print("loud")
    for number in range(3):
        yield {"id": f"c{number}", "input": suite.TEXT, "expected": number}

def odd():
    return [{"id": "a", "input": "x"}, {"id": "b"}, {"id": "c", "input": "x", "expected": float("nan")}]

def fail():
    yield {"id": "a", "input": "x"}
    raise ZeroDivisionError("by zero")

def leave():
    os._exit(3)

def forever():
    while True:
        yield {"id": "a", "input": "x"}

def stuck():
    import time
    time.sleep(600)
    return []
"""


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "cases.py").write_text(SOURCE)
    (tmp_path / "suite.py").write_text("TEXT = 'from a module that is called like one of ours'\n")
    return tmp_path


def test_a_suite_takes_its_cases_from_a_function_also_within_an_event_loop(there: Path) -> None:
    (there / "suite.yaml").write_text("dataset: cases:make\nscorers: [exact]\n")

    async def loaded() -> tuple[Question, ...]:
        return load_suite(there / "suite.yaml").dataset.questions

    text = "from a module that is called like one of ours"
    expected = tuple(Question(id=f"c{n}", input=text, expected=n) for n in range(3))
    assert asyncio.run(loaded()) == load_dataset(there / "cases:make").questions == expected


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("cases:fail", "cases:fail: the cases cannot be generated: ZeroDivisionError: by zero"),
        ("cases:leave", "cases:leave: the cases cannot be generated: it ended with 3"),
        (
            "cases:no",
            "cases:no: the cases cannot be generated: AttributeError: module 'cases' has no attribute 'no'",
        ),
        (
            "absent:f",
            "absent:f: the cases cannot be generated: ModuleNotFoundError: No module named 'absent'",
        ),
        (
            "cases:odd",
            "cases:odd:2: input: expected a text, or a list of chat messages, found nothing\n"
            "cases:odd:3: expected what JSON can say: JSON is malformed: invalid character (byte 38)",
        ),
        ("cases:forever", "cases:forever: there are more than 0 MB of cases: does it end?"),
        ("cases:stuck", "cases:stuck: the cases were not all there after 1 s"),
    ],
)
def test_a_generator_that_fails_is_named(
    there: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: str
) -> None:
    monkeypatch.setattr(generated, "LARGEST", 100_000)
    monkeypatch.setattr(generated, "LIMIT", 1.0)
    with pytest.raises(ConfigurationError) as raised:
        load_dataset(there / name)
    assert str(raised.value) == error


def test_what_is_no_name_of_a_function_is_a_file() -> None:
    assert [generated.is_generator(name) for name in ("a.b:c", "a:b.c", "a", "a/b:c", "a:b:c", "3:c")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
