"""`esclusa eval`: one suite, asked of an agent that runs elsewhere, judged, and held against what was before."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from esclusa.core.run import Outcome, Run
from esclusa.reports.sheet import Change, Sheet, sheet_json
from esclusa.workspace.evaluate import Asked, evaluate
from esclusa.workspace.history import history
from esclusa.workspace.opened import open_here, open_project
from esclusa.workspace.testing import Silent
from tests.evals.servers import Handler, completion, served

FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /v1/chat/completions}}
environments: {production: {}}
gates: {capitals: [accuracy > 85%, accuracy >= baseline - 5%]}
stages:
  source: [checkout]
  build: [artifact]
  eval: {capitals: capitals.yaml}
  deploy: [production]
"""
AGENT = """
def reply(messages):
    return "Paris" if "France" in str(messages) else SPAIN
"""
ROWS = [("France", "Paris")] * 6 + [("Spain", "Madrid")] * 3


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory with a suite, and an agent that is a function and wrong about Spain."""
    rows = (
        {"id": f"c{one}", "input": f"What is the capital of {land}?", "expected": capital}
        for one, (land, capital) in enumerate(ROWS)
    )
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "capitals.yaml").write_text("dataset: cases.jsonl\nscorers: [contains]\n")
    (tmp_path / "my_agent.py").write_text(AGENT.replace("SPAIN", "'Lisbon'"))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("my_agent", None)


def asked(here: Path, agent: str = "python:my_agent:reply", baseline: str = "") -> tuple[Run, Sheet]:
    wanted = Asked(suite=Path("capitals.yaml"), agent=agent, baseline=baseline, here=here)
    return asyncio.run(evaluate(open_here(here), Silent(), wanted))


def mended(here: Path) -> None:
    (here / "my_agent.py").write_text(AGENT.replace("SPAIN", "'It is Madrid.'"))
    sys.modules.pop("my_agent", None)


def test_a_function_is_asked_where_there_is_no_project_and_nothing_judges(here: Path) -> None:
    run, sheet = asked(here)
    assert (run.outcome, run.verb, sheet.judgements) == (Outcome.PASSED, "eval", ())
    assert (sheet.suite, sheet.agent, sheet.step) == (
        "capitals.yaml",
        "python:my_agent:reply",
        "eval.capitals",
    )
    assert [row.verdict for row in sheet.rows] == ["right"] * 6 + ["wrong"] * 3
    assert [one.id for one in history(open_project(here))] == [run.id]


def test_a_command_is_asked_turn_by_turn_and_the_whole_script_is_shown(here: Path) -> None:
    (here / "once.py").write_text(
        "import json, sys\nasked = json.load(sys.stdin)\nprint(len(asked['messages']), asked['turn'])\n"
    )
    case = {"id": "a", "input": "Hello", "turns": ["Are you there?"], "expected": "3 Are you there?"}
    (here / "cases.jsonl").write_text(json.dumps(case))
    _, sheet = asked(here, agent=f"command:{sys.executable} once.py")
    assert [(row.verdict, row.input) for row in sheet.rows] == [
        ("right", "user: Hello\nuser: Are you there?")
    ]


def test_an_address_is_asked_and_its_cases_are_all_there(here: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        text = (await request.json())["messages"][-1]["content"]
        return completion("Paris") if "France" in text else web.Response(status=500, text="no Spain")

    run, sheet = served_by(handler, here)
    assert run.outcome is Outcome.PASSED
    assert [row.verdict for row in sheet.rows] == ["right"] * 6 + ["agent error"] * 3
    assert sheet.rows[8].seen is not None
    assert sheet.rows[8].seen.said == "the agent answered 500: no Spain"


def served_by(handler: Handler, here: Path) -> tuple[Run, Sheet]:
    async def scene() -> tuple[Run, Sheet]:
        async with served(handler) as url:
            wanted = Asked(suite=Path("capitals.yaml"), agent=url, here=here)
            return await evaluate(open_here(here), Silent(), wanted)

    return asyncio.run(scene())


def test_the_gates_of_the_project_judge_what_this_suite_measures(here: Path) -> None:
    (here / "esclusa.yaml").write_text(FILE)
    run, sheet = asked(here)
    assert run.outcome is Outcome.BLOCKED
    [capitals] = sheet.judgements
    assert [rule.verdict.value for rule in capitals.rules] == ["fail", "not applicable"]
    mended(here)
    assert asked(here)[0].outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", ["file", "run", "part of a run's name"])
def test_a_baseline_is_a_file_or_a_run_and_each_case_says_what_became_of_it(here: Path, kind: str) -> None:
    (here / "esclusa.yaml").write_text(FILE)
    before, sheet = asked(here)
    (here / "before.json").write_bytes(sheet_json(sheet))
    mended(here)
    name = {"file": "before.json", "run": before.id}.get(kind, before.id[-5:])
    _, after = asked(here, baseline=name)
    assert after.baseline is not None
    assert after.baseline.evidence == sheet.evidence
    assert [row.change for row in after.rows] == [Change.SAME] * 6 + [Change.FIXED] * 3
    [capitals] = after.judgements
    assert [rule.verdict.value for rule in capitals.rules][1] == "pass", (
        "the baseline that was named is meant"
    )
