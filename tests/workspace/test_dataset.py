"""`esclusa dataset`: inspected with what shapes the agent, and grown from runs."""

from pathlib import Path

import pytest

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.core.events import RunFinished, RunStarted, StepFinished
from esclusa.core.evidence import Coverage, Evidence
from esclusa.core.run import Outcome, StepState
from esclusa.evals.datasets import load_dataset
from esclusa.workspace.dataset import Added, add_cases, check_dataset
from esclusa.workspace.opened import Opened
from tests.fakes import FakeClock

FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /}, behaviour: [prompts/, model.json]}
environments: {production: {}}
stages: {source: [checkout], build: [artifact], eval: {quality: evals/quality.yaml}, deploy: [production]}
"""


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "quality.yaml").write_text("dataset: quality.jsonl\nscorers: [exact]\n")
    (tmp_path / "evals" / "quality.jsonl").write_text(
        '{"id": "a", "input": "Where is my parcel?", "expected": "order"}\n'
        '{"id": "b", "input": "I would like my money back", "expected": "refund"}\n'
    )
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "system.md").write_text("Be kind.\nSomebody asks: where is my parcel?\n")
    (tmp_path / "prompts" / "logo.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "model.json").write_text('{"examples": [{"said": "I would like my money back"}], "n": 1}')
    (tmp_path / "esclusa.yaml").write_text(FILE)
    return Opened(root=tmp_path, clock=FakeClock())


def with_run(opened: Opened, *cases: Case) -> Opened:
    evidence = Evidence(coverage=Coverage(total=2, seen=2))
    opened.store.cases.add("run-1", "eval.quality", cases)
    opened.store.journal.append(
        RunStarted(run="run-1", project="p", commit="c", steps=("eval.quality",)),
        StepFinished(run="run-1", step="eval.quality", state=StepState.SUCCEEDED, evidence=evidence),
        RunFinished(run="run-1", outcome=Outcome.BLOCKED),
    )
    return opened


def test_a_suites_dataset_is_compared_with_what_shapes_the_agent(opened: Opened) -> None:
    by_suite = check_dataset(opened.root, Path("evals/quality.yaml"))
    assert by_suite == check_dataset(opened.root, Path("evals/quality.jsonl"))
    assert by_suite.compared_with == ("prompts/system.md", "model.json")
    assert [(one.kind, one.file, one.cases) for one in by_suite.findings] == [
        ("leak", "prompts/system.md", ("a",)),
        ("leak", "model.json", ("b",)),
    ]


def test_other_files_may_be_named_and_outside_a_project_none_are_looked_through(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    named = check_dataset(opened.root, Path("evals/quality.jsonl"), [Path("prompts/system.md")])
    assert [one.cases for one in named.findings] == [("a",)]
    with pytest.raises(UsageError, match=r"there is no file .*absent\.txt"):
        check_dataset(opened.root, Path("evals/quality.jsonl"), [Path("absent.txt")])
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "d.jsonl").write_text('{"id": "a", "input": "x"}\n')
    assert check_dataset(elsewhere, Path("d.jsonl")).compared_with == ()


def test_a_broken_dataset_is_inspected_all_the_same(opened: Opened) -> None:
    with (opened.root / "evals" / "quality.jsonl").open("a") as file:
        file.write("{torn\n[]\n")
    found = check_dataset(opened.root, Path("evals/quality.yaml"))
    assert [(one.kind, one.lines) for one in found.findings] == [("broken", (3,)), ("broken", (4,))]
    assert (
        found.note == "esclusa.yaml is not valid, so what shapes the agent's behaviour was not looked through"
    )
    (opened.root / "odd.yaml").write_text("scorers: []\n")
    with pytest.raises(ConfigurationError, match="expected a suite with a `dataset`, or a list of cases"):
        check_dataset(opened.root, Path("odd.yaml"))


def test_what_failed_in_a_run_becomes_cases(opened: Opened) -> None:
    target = opened.root / "evals" / "regressions.jsonl"
    with_run(
        opened,
        Case(id="a", answer="refund", scores={"exact": 0.0}),
        Case(id="b", answer="refund", scores={"exact": 1.0}),
        Case(id="gone", error="boom", error_kind="agent"),
    )
    assert add_cases(opened, "run-1", target, only="failed") == Added(
        file=str(target), run="run-1", cases=("a",), lost=("gone",)
    )
    [question] = load_dataset(target).questions
    assert (question.id, question.expected, question.tags) == ("a", "order", ("to-review",))
    again = add_cases(opened, "run-1", target, only="all", step="quality")
    assert (again.cases, again.known) == (("b",), 1)


def test_a_run_without_such_cases_is_said(opened: Opened) -> None:
    with_run(opened)
    with pytest.raises(
        UsageError,
        match=r"run run-1 asked no cases in a step load\n  mend: its steps with cases: eval\.quality",
    ):
        add_cases(opened, "run-1", opened.root / "x.jsonl", only="failed", step="load")
