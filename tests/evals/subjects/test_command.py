"""command: a program for each question, and every way it can fail."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.case import ToolCall
from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Site, build_subject
from esclusa.system import SystemClock
from tests.processes import living

CHAT = Question(id="a", input=(Message(role="user", content="Hi"), Message(role="user", content="there")))


def asked(directory: Path, settings: Any, question: Question = CHAT, timeout: float = 20.0) -> Answer:
    async def scene() -> Answer:
        site = Site(directory=directory, clock=SystemClock())
        async with build_subject({"command": settings}, site) as subject:
            return await subject.ask(question, timeout)

    return asyncio.run(scene())


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def test_it_gets_json_in_the_sources_directory_and_answers_with_a_text(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    answer = asked(tmp_path, shell("ls; cat"))
    assert answer.seconds > 0
    assert replace(answer, seconds=0.0) == Answer(
        text='here\n{"id":"a","input":"Hi\\nthere","turn":"there","messages":'
        '[{"role":"user","content":"Hi"},{"role":"user","content":"there"}]}'
    )


def test_a_line_is_cut_into_words_and_no_shell_is_started(tmp_path: Path) -> None:
    assert asked(tmp_path, "printf '%s|' 'a b' $HOME ;").text == "a b|$HOME|;|"


def test_it_may_answer_with_a_chat_completion(tmp_path: Path) -> None:
    answer = asked(tmp_path, shell("""echo '{"choices": [{"message": {"content": "Hi"}}], "model": "m"}'"""))
    assert (answer.text, answer.model) == ("Hi", "m")


def test_it_may_answer_in_any_json_with_paths(tmp_path: Path) -> None:
    said = '{"reply": {"text": "Hi"}, "usage": {"in": 3, "out": 1}, "calls": [{"name": "find", "arguments": {}}]}'
    settings = {
        "run": ["echo", said],
        "text": "reply.text",
        "tokens_in": "usage.in",
        "tokens_out": "usage.out",
        "tool_calls": "calls",
    }
    answer = asked(tmp_path, settings)
    assert (answer.text, answer.tokens_in, answer.tokens_out) == ("Hi", 3, 1)
    assert answer.tool_calls == (ToolCall(name="find", arguments={}),)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("echo half; echo no  luck >&2; exit 3", "the command ended with 3: no luck"),
        ("kill -9 $$", "the command was ended by signal 9: it said nothing on its standard error"),
        (
            "printf '\\377'",
            "the answer is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        ("yes", "the answer is longer than 10 MB"),
    ],
)
def test_whatever_it_does_wrong_is_the_agents_error(tmp_path: Path, script: str, error: str) -> None:
    answer = asked(tmp_path, shell(script))
    assert (answer.text, answer.error, answer.error_kind) == ("", error, "agent")


def test_one_that_is_slow_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    answer = asked(tmp_path, shell("sleep 600 & echo $! > pid; wait"), timeout=0.3)
    assert (answer.error, answer.error_kind) == ("no answer within 0.3 s", "agent")
    assert answer.seconds >= 0.3
    assert not living(int((tmp_path / "pid").read_text()))


def test_one_that_does_not_read_what_it_is_given_is_not_waited_for(tmp_path: Path) -> None:
    assert asked(tmp_path, ["echo", "Hi"], Question(id="a", input="x" * 1_000_000)).text == "Hi\n"


def test_one_that_cannot_be_started_is_no_fault_of_an_answer(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="no-such-program: no such program"):
        asked(tmp_path, "no-such-program")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ("", r"^ask\.command\.run: expected a command, found ''"),
        ("say 'hi", r"^ask\.command\.run: expected a command, found \"say 'hi\": No closing quotation"),
        ([], r"^ask\.command\.run: expected a command, found \[\]"),
        ({"run": "x", "txt": "y"}, r"^ask\.command\.txt: unknown key 'txt'; did you mean 'text'\?"),
    ],
)
def test_mistakes_in_the_settings_are_named(settings: Any, error: str) -> None:
    with pytest.raises(ConfigurationError, match=error):
        build_subject({"command": settings}, Site(clock=SystemClock()))


def test_a_python_of_its_own_may_be_asked(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(
        "import json, sys\nprint(json.load(sys.stdin)['turn'].upper(), end='')\n"
    )
    assert asked(tmp_path, [sys.executable, "agent.py"]).text == "THERE"
