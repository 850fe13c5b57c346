"""json_schema: fits or not."""

import json
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.evals.scorers import Score, build_scorer
from tests.evals.scorers.asking import problem, scored

SCHEMA = {"type": "object", "required": ["intent"], "properties": {"intent": {"enum": ["a", "b"]}}}


def test_an_answer_that_fits_is_worth_1() -> None:
    assert scored("json_schema", {"schema": SCHEMA}, '{"intent": "a"}') == Score(1.0)


def test_the_schema_may_stand_in_the_case_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(SCHEMA))
    assert scored("json_schema", {}, '{"intent": "a"}', SCHEMA) == Score(1.0)
    assert scored("json_schema", {"file": "answer.json"}, '{"intent": "a"}', directory=tmp_path) == Score(1.0)


def test_a_path_leads_into_the_response() -> None:
    settings = {"schema": {"type": "string"}, "path": "metadata.intent"}
    assert scored("json_schema", settings, "", data={"metadata": {"intent": "a"}}) == Score(1.0)


@pytest.mark.parametrize(
    ("settings", "text", "why"),
    [
        ({}, "Sure!", "expected JSON, found 'Sure!'"),
        ({}, '{"intent": "c"}', "$.intent: 'c' is not one of ['a', 'b']"),
        ({}, "{}", "$: 'intent' is a required property"),
        ({"path": "a.b"}, "{}", "expected JSON, found nothing at `a.b`"),
    ],
)
def test_what_does_not_fit_is_worth_0_and_says_why(settings: dict[str, Any], text: str, why: str) -> None:
    assert scored("json_schema", {"schema": SCHEMA, **settings}, text) == Score(0.0, why)


def test_nothing_is_fetched_for_a_reference() -> None:
    with pytest.raises(Exception, match="Unresolvable"):
        scored("json_schema", {"schema": {"$ref": "http://127.0.0.1:9/schema.json"}}, "{}")


@pytest.mark.parametrize(
    ("expected", "lacks"),
    [
        (3, "needs a JSON schema, found 3"),
        (
            {"type": "objekt"},
            "needs a JSON schema: at $.type: 'objekt' is not valid under any of the given schemas",
        ),
    ],
)
def test_a_case_whose_schema_is_none_is_a_problem(expected: Any, lacks: str) -> None:
    assert problem("json_schema", {}, expected) == lacks


def test_a_suite_whose_schema_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^schema: needs a JSON schema: at \$\.type"):
        problem("json_schema", {"schema": {"type": "objekt"}})
    with pytest.raises(ConfigurationError, match=r"there is no such schema$"):
        problem("json_schema", {"file": "absent.json"}, directory=tmp_path)
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"torn\.json: expected a JSON schema, found something"):
        problem("json_schema", {"file": "torn.json"}, directory=tmp_path)
    with pytest.raises(ConfigurationError, match=r"^file: expected `schema` or `file`, found both$"):
        build_scorer("json_schema", {"file": "a", "schema": {}}, tmp_path)
