"""The model opens a reply with the customer's own words, or the plain opening is sent."""

import asyncio
from string import Template

import pytest

from support_agent.model import Completion, ModelUnavailable, Usage
from support_agent.replies import Phrases, ReplyWriter, is_usable

PHRASES = {"invoice": Phrases("Help with", "Help.", {"found": "It is {total} euros."})}
USAGE = Usage(50, 6)


class ScriptedModel:
    """A model that writes one text, or is late."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    async def complete(self, prompt: str, **limits: object) -> Completion:
        if self._text is None:
            raise ModelUnavailable("late")
        return Completion(self._text, USAGE)


def write(model: ScriptedModel):
    writer = ReplyWriter(PHRASES, Template("$message: $opening"), model, max_tokens=20)
    return asyncio.run(
        writer.write("the invoice of my desk", "invoice", "found", {"total": "9.00"}, seconds=1)
    )


def test_the_model_completes_the_opening():
    reply = write(ScriptedModel("the invoice of your desk."))
    assert reply.text == "Help with the invoice of your desk. It is 9.00 euros."
    assert (reply.written_by, reply.fallback, reply.usage) == ("model", None, USAGE)


def test_a_late_model_leaves_the_plain_opening():
    reply = write(ScriptedModel(None))
    assert reply.text == "Help. It is 9.00 euros."
    assert (reply.written_by, reply.fallback, reply.usage) == ("template", "late", Usage())


def test_a_straying_model_is_not_sent_but_paid_for():
    reply = write(ScriptedModel("the refund of your bike."))
    assert reply.text == "Help. It is 9.00 euros."
    assert (reply.written_by, reply.fallback, reply.usage) == ("template", "unusable", USAGE)


@pytest.mark.parametrize(
    ("opening", "usable"),
    [
        ("your broken mug.", True),
        ("the mug that came broken.", True),
        ("your broken mug", False),
        ("your blue bike.", False),
        ("order 10999.", False),
        ("the mug " * 10 + ".", False),
    ],
)
def test_usable_openings_are_finished_and_about_what_the_customer_said(opening, usable):
    assert is_usable(opening, "the mug came broken, order 10482, it is not new") is usable
