"""What metrics of other libraries have in common: values as texts, and forms that the suite's model fills."""

from typing import Any

import msgspec

from esclusa.evals.model import Model
from esclusa.evals.scorers.judge import LONGEST


def plain(value: Any) -> str:
    """A value as these metrics see it: a text, or its JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


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
