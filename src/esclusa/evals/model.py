"""A model that judges: asked in chat messages, and as a rule held to answer in JSON of a given schema.

The schema is sent as `response_format`, which OpenAI, vLLM, llama.cpp and others constrain the output by, and
what comes back is checked against it all the same.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.evals.answer import NOTHING, read_json, walk
from esclusa.evals.endpoint import Endpoint, EndpointSettings, Useless
from esclusa.evals.settings import placed, read_settings
from esclusa.evals.subjects.openai import count

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a model said: a JSON value that fits the schema, and what it took."""

    value: Any
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None


class Model:
    """Made from the settings that a suite gives it under `key`; ConfigurationError where they are wrong."""

    def __init__(
        self,
        given: Mapping[str, Any],
        *,
        key: str = "model",
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._key = key
        try:
            settings = read_settings(EndpointSettings, {"parameters": {"temperature": 0}, **given})
            self._endpoint = Endpoint(settings, clock=clock, environment=environment)
        except ConfigurationError as error:
            raise placed(error, "", 0, key) from None

    def check(self) -> None:
        """ConfigurationError if something that a call needs is not there."""
        try:
            self._endpoint.check()
        except ConfigurationError as error:
            raise placed(error, "", 0, self._key) from None

    async def write(self, messages: Sequence[Mapping[str, str]]) -> str:
        """What it says, in any words; EndpointFailed."""
        return await self._endpoint.post("chat/completions", {"messages": list(messages)}, _text)

    async def ask(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        *,
        strict: bool = True,
        **parameters: Any,
    ) -> Said:
        """What it says, which fits the schema; EndpointFailed if it does not, as often as it was tried.

        `parameters` (a seed, a temperature) hold for this call, before those of the settings. `strict` is
        OpenAI's: it refuses a schema with open objects or optional properties.
        """
        # Imported here: a plan that only names a judge need not pay for the library.
        import jsonschema

        validator = jsonschema.Draft202012Validator(dict(schema))
        body = {
            **parameters,
            "messages": list(messages),
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "verdict", "strict": strict, "schema": schema},
            },
        }

        def read(data: Any) -> Said:
            value = _value(data)
            problem = next(iter(validator.iter_errors(value)), None)
            if problem is not None:
                raise Useless(f"expected an answer that fits the schema: {problem.message[:200]}")
            return Said(
                value=value,
                model=str(walk(data, "model") or ""),
                tokens_in=count(walk(data, "usage.prompt_tokens")),
                tokens_out=count(walk(data, "usage.completion_tokens")),
            )

        return await self._endpoint.post("chat/completions", body, read)


def _value(data: Any) -> Any:
    """The JSON value in a chat completion; Useless if there is none."""
    text = _text(data)
    fenced = _FENCED.fullmatch(text)
    value = read_json(fenced[1] if fenced else text)
    if value is NOTHING:
        raise Useless(f"expected an answer in JSON, found {text[:200]!r}")
    return value


def _text(data: Any) -> str:
    """The text of a chat completion; Useless if there is none."""
    text = walk(data, "choices.0.message.content")
    if isinstance(text, str):
        return text
    refusal = walk(data, "choices.0.message.refusal")
    said = f"it refused: {refusal}" if isinstance(refusal, str) else "expected a chat completion"
    raise Useless(said[:300])
