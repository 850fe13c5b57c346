"""`uses: import`, on what the tools wrote."""

import shutil
from pathlib import Path

import anyio
import pytest

from esclusa.config.load import check
from esclusa.core.action import Task
from esclusa.core.errors import ConfigurationError, StepFailed
from esclusa.core.evidence import Evidence, Rate
from esclusa.core.gate import Verdict
from esclusa.core.project import Step
from esclusa.gates.judge import NONE_YET, judge
from esclusa.stages.imports import ImportResults
from esclusa.workspace.content import content_key

WRITTEN = Path(__file__).parents[1] / "evals" / "imports" / "files"
FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /}}
environments: {production: {}}
stages:
  source: [checkout]
  build: [artifact]
  eval:
    promptfoo: {run: npx promptfoo eval -o results/promptfoo.json, cache: false}
    answers: {uses: import, from: [results/*], metrics: {METRICS}, needs: [promptfoo]}
  deploy: [production]
gates:
  answers: [RULE, "error_rate < 50%"]
"""


def checked(
    tmp_path: Path, metrics: str = "accuracy: passed, tone: tone", rule: str = "tone >= 50%"
) -> object:
    file = tmp_path / "esclusa.yaml"
    file.write_text(FILE.replace("METRICS", metrics).replace("RULE", rule))
    return check(file, {})


def step(**settings: object) -> Step:
    settings = {"from": ("results/*",), "metrics": {"accuracy": "passed"}, **settings}
    return Step(id="eval.answers", stage="eval", uses="import", settings=settings)


def run(source: Path | None, asked: Step) -> tuple[Evidence, list[str]]:
    said: list[str] = []
    task = Task(
        run="r",
        step=asked,
        commit="c",
        directory=Path(),
        source=source,
        variables={},
        needs={},
        say=said.append,
        tell=lambda _: None,
    )
    return anyio.run(ImportResults(None, asked).run, task), said  # type: ignore[arg-type]


def test_what_another_tool_found_opens_and_closes_gates(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    shutil.copy(WRITTEN / "promptfoo.json", tmp_path / "results")
    project = checked(tmp_path)
    assert project.measures["eval.answers"] == (
        *("accuracy", "tone", "error_rate", "latency", "tokens_per_query", "cost_per_query"),
    )
    asked = next(one for stage in project.project.stages for one in stage.steps if one.uses == "import")
    evidence, said = run(tmp_path, asked)
    assert said == ["3 results in 1 file", "1 case unseen: the agent is away"]
    assert evidence.measurements["tone"] == Rate(
        hits=1,
        n=2,
        cases={"test 0: greets back": 1.0, "test 1: answers in Spanish": 0.0},
        unseen=("test 2",),
    )
    judged = judge(project.project.gates[0], {"eval.answers": evidence}, None, baseline_state=NONE_YET)
    # What could not be asked may have been right or wrong, and that decides here.
    assert [rule.verdict for rule in judged.rules] == [Verdict.UNDECIDED, Verdict.PASS]


def test_a_rule_on_what_no_file_is_said_to_hold_is_refused_before_a_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tone"):
        checked(tmp_path, metrics="accuracy: passed")


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("latency", "is measured otherwise"),
        ("feedback", "is measured otherwise"),
        ("Tone", "cannot be the name"),
    ],
)
def test_a_score_cannot_take_the_name_of_something_else(tmp_path: Path, name: str, odd: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        checked(tmp_path, metrics=f"{name}: tone", rule="error_rate < 90%")
    assert f"`{name}` {odd}" in str(error.value)
    assert error.value.line == 10


def test_results_are_never_taken_from_an_earlier_run() -> None:
    assert content_key(step(), {"source.checkout": Evidence(outputs={"tree": "t", "source": "."})}) is None


def test_without_files_or_a_checkout_it_fails_and_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as error:
        run(tmp_path, step())
    assert error.value.message == "from: no file is called results/*"
    assert "cache: false" in error.value.mend
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.xml").write_text("<testsuite>\n<testcase/></testsuite>")
    with pytest.raises(StepFailed) as error:
        run(tmp_path, step())
    assert error.value.message == "results/a.xml:2: a <testcase> has no name"
    with pytest.raises(StepFailed, match="there is no checkout to read from"):
        run(None, step())
