"""A conversation by a script: what the user says next is sent once the answer before it has come.

The agent is sent the whole conversation each time, as a chat. What comes of it is one answer: the last text,
with the answers before it; the tool calls and tokens of all turns; and, since a user waits for every one of
them, the seconds of the slowest.
"""

from collections.abc import Callable, Iterable
from typing import Any

from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Message, Question
from esclusa.evals.subjects import Subject


async def converse(subject: Subject, question: Question, timeout: float) -> Answer:
    """The answer to a question and all its turns; `timeout` is for each. A turn that fails ends it."""
    answer = await subject.ask(replace(question, turns=()) if question.turns else question, timeout)
    answers = [answer]
    for number, _ in enumerate(question.turns, start=1):
        if answer.error_kind:
            break
        messages = transcript(replace(question, turns=question.turns[:number]), _told(answers))
        told = tuple(Message(role=one["role"], content=one["content"]) for one in messages[:-1])
        answer = await subject.ask(replace(question, input=told, turns=()), timeout)
        answers.append(answer)
    return _whole(answers) if question.turns else answer


def transcript(question: Question, answer: Answer) -> list[dict[str, Any]]:
    """The whole conversation as chat messages, the last answer among them."""
    answers = (*answer.earlier, answer.text)
    messages = [*question.messages, _said(answers[0])]
    for turn, said in zip(question.turns, answers[1:], strict=False):
        messages += [{"role": "user", "content": turn}, _said(said)]
    return messages


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _told(answers: list[Answer]) -> Answer:
    """The answers so far, and one to come."""
    return Answer(earlier=tuple(answer.text for answer in answers))


def _whole(answers: list[Answer]) -> Answer:
    last = answers[-1]
    where = f"turn {len(answers)}: " if last.error else ""
    return replace(
        last,
        error=f"{where}{last.error}",
        earlier=tuple(answer.text for answer in answers[:-1]),
        seconds=max(answer.seconds for answer in answers),
        first_token=_of_all(max, (answer.first_token for answer in answers)),
        tokens_in=_of_all(sum, (answer.tokens_in for answer in answers)),
        tokens_out=_of_all(sum, (answer.tokens_out for answer in answers)),
        tool_calls=tuple(call for answer in answers for call in answer.tool_calls),
    )


def _of_all(combine: Callable[[list[Any]], Any], values: Iterable[Any]) -> Any:
    """None if one does not say."""
    known = list(values)
    return None if None in known else combine(known)
