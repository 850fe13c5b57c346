"""A conversation by a script, asked turn by turn."""

import asyncio
from typing import Any, Self

from esclusa.core.case import ToolCall
from esclusa.evals.answer import Answer
from esclusa.evals.conversation import converse, transcript
from esclusa.evals.question import Message, Question

SCRIPT = Question(id="a", input="Hi", turns=("Order 7?", "Thanks"), tags=("es",))


class Scripted:
    """An agent whose answers are known, and which remembers what it was sent."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = iter(answers)
        self.seen: list[list[dict[str, Any]]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def ask(self, question: Question, timeout: float) -> Answer:
        assert (question.id, question.turns, timeout) == ("a", (), 5.0)
        self.seen.append(question.messages)
        return next(self._answers)


def said(text: str, **more: Any) -> Answer:
    return Answer(text=text, **{"seconds": 0.5, "first_token": 0.1, "tokens_in": 10, "tokens_out": 2, **more})


def held(question: Question, *answers: Answer) -> tuple[Answer, list[list[dict[str, Any]]]]:
    agent = Scripted(*answers)
    return asyncio.run(converse(agent, question, 5.0)), agent.seen


def message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def test_each_turn_is_sent_once_the_answer_before_it_has_come() -> None:
    answer, seen = held(SCRIPT, said("Hello"), said("On its way"), said("Bye"))
    whole = [
        message("user", "Hi"),
        message("assistant", "Hello"),
        message("user", "Order 7?"),
        message("assistant", "On its way"),
        message("user", "Thanks"),
        message("assistant", "Bye"),
    ]
    assert seen == [whole[:1], whole[:3], whole[:5]]
    assert transcript(SCRIPT, answer) == whole


def test_what_comes_of_it_is_one_answer() -> None:
    call, other = ToolCall(name="find", arguments={"id": 7}), ToolCall(name="close", arguments={})
    answer, _ = held(
        SCRIPT,
        said("Hello", data={"n": 1}),
        said("On its way", seconds=2.0, first_token=0.7, tool_calls=(call,)),
        said("Bye", data={"n": 3}, model="m", tool_calls=(other,)),
    )
    assert answer == Answer(
        text="Bye",
        earlier=("Hello", "On its way"),
        data={"n": 3},
        model="m",
        seconds=2.0,
        first_token=0.7,
        tokens_in=30,
        tokens_out=6,
        tool_calls=(call, other),
    )


def test_a_count_that_one_answer_does_not_tell_is_not_known() -> None:
    answer, _ = held(SCRIPT, said("Hello"), said("x", tokens_in=None, first_token=None), said("Bye"))
    assert (answer.tokens_in, answer.tokens_out, answer.first_token) == (None, 6, None)


def test_a_turn_that_fails_ends_it_and_says_which_it_was() -> None:
    failed = Answer(error="boom", error_kind="agent", seconds=5.0)
    answer, seen = held(SCRIPT, said("Hello"), failed)
    assert (answer.error, answer.error_kind, answer.seconds) == ("turn 2: boom", "agent", 5.0)
    assert (answer.earlier, len(seen)) == (("Hello",), 2)


def test_a_script_may_follow_on_a_chat() -> None:
    chat = Question(
        id="a",
        input=(Message(role="system", content="Be kind"), Message(role="user", content="Hi")),
        turns=("Thanks",),
    )
    _, seen = held(chat, said("Hello"), said("Bye"))
    assert [one["role"] for one in seen[1]] == ["system", "user", "assistant", "user"]


def test_a_question_without_turns_is_asked_as_it_is() -> None:
    answer, seen = held(Question(id="a", input="Hi"), said("Hello"))
    assert (answer, seen) == (said("Hello"), [[message("user", "Hi")]])
    assert transcript(Question(id="a", input="Hi"), answer) == [
        message("user", "Hi"),
        message("assistant", "Hello"),
    ]
