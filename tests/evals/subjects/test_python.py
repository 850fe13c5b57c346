"""python: a function in this process."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Site, build_subject
from esclusa.system import SystemClock

SOURCE = """
import time

def shout(given):
    return given.upper() if isinstance(given, str) else given[0]["content"]

async def complete(given):
    return {"choices": [{"message": {"content": given}}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}

def fail(given):
    raise ValueError("no such " + given)

def slow(given):
    time.sleep(2)
    return given

def torn(given):
    return given + "\\ud83d"

def odd(given):
    return 3

def endless(given):
    return "x" * 10_000_001
"""


@pytest.fixture
def module(tmp_path: Path) -> str:
    name = f"agent_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(SOURCE)
    return name


def asked(directory: Path, settings: Any, given: Any = "hello", timeout: float = 5.0) -> Answer:
    async def scene() -> Answer:
        site = Site(directory=directory, clock=SystemClock())
        async with build_subject({"python": settings}, site) as subject:
            return replace(await subject.ask(Question(id="a", input=given), timeout), seconds=0.0)

    return asyncio.run(scene())


def test_a_function_answers_with_a_text(tmp_path: Path, module: str) -> None:
    assert asked(tmp_path, f"{module}:shout") == Answer(text="HELLO", data="HELLO")
    assert asked(tmp_path, f"{module}:shout", (Message(role="user", content="hi"),)).text == "hi"
    assert str(tmp_path) not in sys.path


def test_an_async_function_answers_with_a_completion(tmp_path: Path, module: str) -> None:
    answer = asked(tmp_path, f"{module}:complete")
    assert (answer.text, answer.tokens_in, answer.tokens_out) == ("hello", 1, 2)


def test_what_it_raises_is_the_agents_error_with_its_traceback(tmp_path: Path, module: str) -> None:
    answer = asked(tmp_path, f"{module}:fail")
    assert answer.error_kind == "agent"
    assert answer.error.startswith("ValueError: no such hello\n")
    assert 'raise ValueError("no such " + given)' in answer.error


def test_a_slow_one_is_the_agents_error_after_the_timeout(tmp_path: Path, module: str) -> None:
    answer = asked(tmp_path, f"{module}:slow", timeout=0.05)
    assert (answer.error, answer.error_kind) == ("no answer within 0.05 s", "agent")


def test_what_is_neither_text_nor_completion_is_the_agents_error(tmp_path: Path, module: str) -> None:
    assert asked(tmp_path, f"{module}:odd").error == (
        "expected a chat completion with choices[0].message.content, found 3"
    )


def test_a_text_that_cannot_be_written_down_is_made_one_that_can(tmp_path: Path, module: str) -> None:
    assert asked(tmp_path, f"{module}:torn").text == "hello\\ud83d"


@pytest.mark.parametrize("settings", ["agent", "agent:", ":f", 3, None])
def test_settings_that_name_no_function_are_an_error(settings: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^ask\.python: expected `module:function`, found"):
        build_subject({"python": settings}, Site(clock=SystemClock()))


def test_a_function_that_is_not_there_is_an_error_before_anything_is_asked(
    tmp_path: Path, module: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be imported: AttributeError: "):
        asked(tmp_path, f"{module}:absent")
    with pytest.raises(
        ConfigurationError, match=r"cannot be imported: ModuleNotFoundError: No module named 'absent'"
    ):
        asked(tmp_path, "absent:f")


def test_an_answer_that_nobody_reads_to_its_end_is_the_agents_error(tmp_path: Path, module: str) -> None:
    answer = asked(tmp_path, f"{module}:endless")
    assert (answer.error, answer.error_kind) == ("the answer is longer than 10 MB", "agent")
