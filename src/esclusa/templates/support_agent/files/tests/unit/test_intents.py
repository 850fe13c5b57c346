"""The vote decides clear cases, the model the close ones; without retrieval the model decides all."""

import asyncio
from string import Template

import pytest

from support_agent.examples import Candidate, Example
from support_agent.intents import Decision, IntentChooser, one_line
from support_agent.model import Completion, ModelUnavailable, Usage
from support_agent.settings import IntentSettings

USAGE = Usage(40, 3)


class FixedPool:
    """A pool whose two best intents lead to each other by `margin`."""

    def __init__(self, margin: float) -> None:
        self._margin = margin

    def rank(self, message: str, nearest: int) -> list[Candidate]:
        examples = (Example("an example", "invoice"),) * nearest
        return [
            Candidate("invoice", 0.5, examples),
            Candidate("cancel_order", 0.5 - self._margin, examples),
        ]


class ScriptedModel:
    """A model that always answers the same, or is never available."""

    def __init__(self, label: str | None) -> None:
        self._label = label
        self.grammar = ""

    async def complete(self, prompt: str, *, grammar: str, **limits: object) -> Completion:
        self.grammar = grammar
        if self._label is None:
            raise ModelUnavailable("busy")
        return Completion(self._label, USAGE)


def choose(margin: float, model: ScriptedModel, retrieval: bool = True) -> Decision:
    settings = IntentSettings(
        retrieval=retrieval, nearest=3, semantic_share=0.5, sure_margin=0.03, shots=2
    )
    intents = ["order_status", "invoice", "cancel_order"]
    prompt = Template("$examples\n\nMessage: $message\nLabel:")
    chooser = IntentChooser(intents, prompt, FixedPool(margin), model, settings)
    return asyncio.run(chooser.choose("my message", seconds=1, timeout=5))


def test_a_clear_vote_needs_no_model():
    assert choose(0.2, ScriptedModel("cancel_order")) == Decision("invoice", "vote")


def test_the_model_settles_a_close_call_between_the_two_best():
    model = ScriptedModel("cancel_order")
    assert choose(0.01, model) == Decision("cancel_order", "model", USAGE)
    assert model.grammar == 'root ::= " invoice" | " cancel_order"'


def test_a_busy_model_leaves_the_vote():
    assert choose(0.01, ScriptedModel(None)) == Decision("invoice", "vote")


def test_without_retrieval_the_model_chooses_among_all():
    model = ScriptedModel("order_status")
    assert choose(0.2, model, retrieval=False) == Decision("order_status", "model", USAGE)
    assert model.grammar.count("|") == 2


def test_without_retrieval_nothing_replaces_the_model():
    with pytest.raises(ModelUnavailable):
        choose(0.2, ScriptedModel(None), retrieval=False)


def test_a_message_fits_on_one_line_of_the_prompt():
    assert one_line("hello\n\n  there") == "hello there"
    assert len(one_line("long " * 500)) == 400
