"""What metrics of other libraries have in common: what a case must have for them, values as they see them,
and forms that the suite's model fills.
"""

from typing import Any

import msgspec
from msgspec import UNSET

from esclusa.evals.model import Model
from esclusa.evals.question import Question
from esclusa.evals.scorers.judge import LONGEST


def plain(value: Any) -> str:
    """A value as these metrics see it: a text, or its JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def lacking(question: Question, *, tools: bool, retrieved: bool, contexts: bool, found: str) -> str:
    """The problem of a case that has not the tools it should call, or no contexts: those `retrieved`, for
    which a path to what the agent `found` does too, or its own. Empty if it has what is needed.
    """
    if tools and question.tools is UNSET:
        return "needs `tools`"
    if question.contexts is not UNSET:
        return ""
    if retrieved and not found:
        return "needs `contexts`, or `found`, a path to what the agent found"
    return "needs `contexts`" if contexts else ""


def mapping(arguments: Any) -> dict[str, Any] | None:
    """Arguments of a call as these libraries know them; None where there are none."""
    if arguments is UNSET:
        return None
    return arguments if isinstance(arguments, dict) else {"arguments": arguments}


async def filled(model: Model | None, prompt: str, form: Any) -> Any:
    """What the model answers, as an instance of the form, which is a class of pydantic; a text without one.

    ValueError without a model, and for a prompt that is longer than anybody judges; EndpointFailed.
    """
    if model is None:
        raise ValueError("it asks a model, and none is named")
    if len(prompt) > LONGEST:
        raise ValueError(f"more than {LONGEST:,} characters, which no judge is shown")
    messages = [{"role": "user", "content": prompt}]
    if form is None:
        return await model.write(messages)
    said = await model.ask(messages, form.model_json_schema(), strict=False)
    return form.model_validate(said.value)
