"""json_schema: the answer is JSON and fits a schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from esclusa.core.errors import ConfigurationError
from esclusa.evals.answer import NOTHING, Answer, read_json
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer
from esclusa.evals.scorers.texts import expectation, short, wanting
from esclusa.evals.settings import read_settings
from esclusa.marked import read


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The schema stands in `schema`, in `file` (relative to the suite), or in the case's `expected`."""

    path: str = ""
    expected: str = ""
    schema: dict[str, Any] | bool | UnsetType = UNSET
    file: str = ""


class JsonSchema(Scorer):
    """1 if it fits, else 0 with the first thing that does not. Nothing is fetched for a `$ref`."""

    def __init__(self, settings: Mapping[str, Any], directory: Path) -> None:
        self._settings = read_settings(Settings, settings)
        self._directory = directory
        self._fixed: Any = None
        if self._settings.schema is not UNSET and self._settings.file:
            raise ConfigurationError("expected `schema` or `file`, found both", key="file")

    def problem(self, question: Question) -> str:
        if self._settings.schema is UNSET and not self._settings.file:
            wanted = expectation(question, self._settings.expected)
            return wanting(question, self._settings.expected) or _wrong(wanted)
        if self._fixed is None:
            schema = self._schema()
            if wrong := _wrong(schema):
                raise ConfigurationError(wrong, key="file" if self._settings.file else "schema")
            self._fixed = _validator(schema)
        return ""

    async def score(self, question: Question, answer: Answer) -> Score:
        found = answer.at(self._settings.path)
        value = read_json(found) if isinstance(found, str) and not self._settings.path else found
        if value is NOTHING:
            where = f"nothing at `{self._settings.path}`" if found is NOTHING else short(found)
            return Score(0.0, f"expected JSON, found {where}")
        validator = self._fixed or _validator(expectation(question, self._settings.expected))
        problem = next(iter(validator.iter_errors(value)), None)
        return Score(1.0) if problem is None else Score(0.0, f"{problem.json_path}: {problem.message[:300]}")

    def _schema(self) -> Any:
        if not self._settings.file:
            return self._settings.schema
        path = self._directory / self._settings.file
        schema = read_json(read(path, "schema"))
        if schema is NOTHING:
            raise ConfigurationError(
                "expected a JSON schema, found something that is not JSON", file=str(path)
            )
        return schema


def _validator(schema: Any) -> Any:
    # Imported here: a plan that only names this scorer need not pay for the library.
    import jsonschema
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    return jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)(
        schema, registry=REGISTRY
    )


def _wrong(schema: Any) -> str:
    """Why it is not a JSON schema; empty if it is one."""
    import jsonschema

    if not isinstance(schema, dict | bool):
        return f"needs a JSON schema, found {short(schema)}"
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)  # type: ignore[arg-type]
    except jsonschema.SchemaError as error:
        return f"needs a JSON schema: at {error.json_path}: {error.message}"
    return ""
