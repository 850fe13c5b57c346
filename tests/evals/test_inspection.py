"""What makes a dataset's numbers say less than they seem to."""

from collections.abc import Mapping, Sequence
from typing import Any

from esclusa.core.errors import ConfigurationError
from esclusa.evals.inspection import Finding, Inspection, inspect
from esclusa.evals.question import Message, Question

NOTHING: Mapping[str, Sequence[str]] = {}


def inspected(
    *questions: Question, shaping: Mapping[str, Sequence[str]] = NOTHING, broken: Sequence[Any] = ()
) -> Inspection:
    lines = {question.id: number for number, question in enumerate(questions, start=1)}
    return inspect("d.jsonl", questions, lines, broken, shaping)


def asking(one: str, text: str, **more: Any) -> Question:
    return Question(id=one, input=text, **more)


def test_a_good_dataset_is_counted_and_nothing_is_found() -> None:
    found = inspected(
        asking("a", "Where is it?", expected="order", tags=("en",)),
        asking("b", "¿Dónde está?", expected="order", tags=("es", "demo")),
        asking("c", "Hello there, dear shop"),
    )
    assert found == Inspection(
        file="d.jsonl",
        cases=3,
        expected=2,
        classes={"expected": {"order": 2}},
        tags={"demo": 1, "en": 1, "es": 1},
    )


def test_broken_lines_are_among_what_is_wrong() -> None:
    found = inspected(broken=[ConfigurationError("no JSON", file="d.jsonl", line=3, key="id")])
    assert found.wrong
    assert found.findings == (Finding(kind="broken", message="id: no JSON", lines=(3,), file="d.jsonl"),)


def test_equal_questions_are_duplicates_and_wrong_when_they_expect_different_things() -> None:
    same = inspected(asking("a", "Where is it?", expected=1), asking("b", " where  is it", expected=1))
    assert same.findings == (
        Finding(kind="duplicate", message="2 cases ask the same question", cases=("a", "b"), lines=(1, 2)),
    )
    assert not same.wrong
    odd = inspected(asking("a", "Where is it?", expected=1), asking("b", "Where is it?"))
    assert odd.findings[0] == Finding(
        kind="contradiction",
        message="2 cases ask the same question, and they expect different things",
        cases=("a", "b"),
        lines=(1, 2),
    )
    assert odd.wrong


def test_turns_and_the_other_messages_of_a_chat_are_part_of_a_question() -> None:
    def chat(one: str, system: str) -> Question:
        messages = (Message(role="system", content=system), Message(role="user", content="Where is it?"))
        return Question(id=one, input=messages)

    assert inspected(asking("a", "Hi"), asking("b", "Hi", turns=("Where is my order?",))).findings == ()
    assert inspected(chat("a", "Be kind"), chat("b", "Be brief")).findings == ()


def test_nearly_equal_questions_are_told_with_how_near_they_are() -> None:
    [finding] = inspected(
        asking("a", "Where is my parcel now?"),
        asking("b", "Where is my parcel, now, please"),
        asking("c", "Where is my parcels now"),
    ).findings
    assert (finding.kind, finding.cases, finding.lines) == ("near", ("a", "c"), (1, 3))
    assert finding.message == "nearly the same question (98%)"


def test_the_sides_of_counterfactual_pairs_are_nearly_equal_on_purpose() -> None:
    text = "My {} asked me to write: where is the order that we placed last week?"
    sides = [asking(f"p/{one}", text.format(one), pair="p", group="gender") for one in ("son", "daughter")]
    assert inspected(*sides).findings == ()
    assert len(inspected(*(asking(side.id, str(side.input)) for side in sides)).findings) == 1


def test_a_question_that_the_agents_own_files_have_is_a_leak() -> None:
    shaping = {
        "prompts/few.txt": ["Be kind.", 'Customer: "Where is my parcel now?"'],
        "pool.jsonl": ["I want to cancel my order please"],
        "other.txt": ["Hi"],
    }
    found = inspected(
        asking("a", "where is my parcel NOW"),
        asking("b", "I want to cancel my orders, please"),
        asking("c", "Hi"),
        shaping=shaping,
    )
    assert found.compared_with == ("prompts/few.txt", "pool.jsonl", "other.txt")
    assert [(one.kind, one.message, one.cases, one.lines, one.file) for one in found.findings] == [
        ("leak", "prompts/few.txt has this question", ("a",), (1,), "prompts/few.txt"),
        ("leak", "pool.jsonl nearly has this question", ("b",), (2,), "pool.jsonl"),
    ]


def test_classes_are_values_that_repeat_and_lopsided_or_rare_ones_are_told() -> None:
    words = ["order"] * 9 + ["refund"]
    found = inspected(
        *(
            asking(f"c{n}", "abcdefghij"[n] * 20, expected={"intent": word, "id": n, "ok": n < 5})
            for n, word in enumerate(words)
        )
    )
    assert found.classes == {
        "expected.intent": {"order": 9, "refund": 1},
        "expected.ok": {"true": 5, "false": 5},
    }
    assert [finding.message for finding in found.findings] == [
        "`expected.intent` is 'order' in 9 of 10 cases: who always says so is right as often",
        "`expected.intent` is 'refund' in 1 of 10 cases: too few to say anything of",
    ]
