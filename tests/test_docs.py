"""What the pages show works as it stands there."""

import json
import re
from pathlib import Path
from typing import Any

import anyio

from esclusa.config.load import load
from esclusa.core.action import Task
from esclusa.core.evidence import Count, Evidence
from esclusa.core.fleet import Fleet, Program, Route, Workload
from esclusa.core.project import Step, StrategySpec
from esclusa.evals.datasets import load_dataset
from esclusa.evals.labels import load_labels
from esclusa.evals.question import Question
from esclusa.evals.suite import load_suite
from esclusa.stats import drops

ROOT = Path(__file__).resolve().parents[1]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert found
    return found


def names(code: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(compile(code, "page", "exec"), made)
    return made


def test_the_file_in_the_readme_loads(tmp_path: Path) -> None:
    file = tmp_path / "esclusa.yaml"
    file.write_text(blocks("README.md", "yaml")[0])
    project = load(file, {})
    assert [stage.name for stage in project.stages] == ["source", "build", "test", "eval", "deploy"]


def test_the_stage_in_the_page_on_imports_loads(tmp_path: Path) -> None:
    file = tmp_path / "esclusa.yaml"
    head = (
        "project: p\nagent: {serve: 'python a.py {port}', ask: {openai: /}}\nenvironments: {production: {}}\n"
    )
    page = blocks("docs/imports.md", "yaml")[0]
    file.write_text(head + page.replace("stages:\n", "stages:\n  source: [checkout]\n  build: [artifact]\n"))
    assert [rule.metric for rule in load(file, {}).gates[0].rules] == ["accuracy", "tone", "error_rate"]


def test_the_strategy_in_the_page_on_evidence_loads(tmp_path: Path) -> None:
    file = tmp_path / "esclusa.yaml"
    head = "project: p\nagent: {serve: 'python a.py {port}', ask: {openai: /}}\nenvironments: {production: {strategy: canary}}\n"
    stages = "stages: {source: [checkout], build: [artifact], deploy: [production]}\n"
    file.write_text(head + stages + blocks("docs/evidence.md", "yaml")[0])
    assert len(load(file, {}).strategies["canary"].rules) == 5


def test_the_action_in_the_page_on_extending_counts_long_prompts(tmp_path: Path) -> None:
    action = names(blocks("docs/extending.md", "python")[0])["PromptLength"]
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "short.txt").write_text("Be brief.")
    (tmp_path / "prompts" / "long.txt").write_text("Be brief. " * 500)
    step = Step(id="test.prompts", stage="test", uses="prompt-length", settings={"most": 3000})
    said: list[str] = []
    task = Task(
        run="r",
        step=step,
        commit="c",
        directory=tmp_path,
        source=tmp_path,
        variables={},
        needs={},
        say=said.append,
        tell=lambda _: None,
    )
    assert anyio.run(action(None, step).run, task) == Evidence(measurements={"long_prompts": Count(n=1)})
    assert said == ["long.txt is longer than 3000 characters"]


def test_the_strategy_in_the_page_on_extending_plans_two_phases() -> None:
    tenth = names(blocks("docs/extending.md", "python")[1])["tenth"]
    spec = StrategySpec(name="tenth", uses="tenth", sticky="x-conversation-id")
    phases = tenth(_fleet("old"), _fleet("new"), spec)
    assert [(phase.name, phase.fleet.route.weights) for phase in phases] == [
        ("10 %", (("new", 0.1), ("old", 0.9))),
        ("all", (("new", 1.0),)),
    ]
    assert [phase.name for phase in tenth(None, _fleet("new"), spec)] == ["all"]


def _fleet(release: str) -> Fleet:
    program = Program(argv=("agent",), directory=".")
    return Fleet(
        environment="production",
        port=8080,
        workloads=(Workload(release=release, program=program, replicas=1),),
        route=Route(weights=((release, 1.0),)),
    )


def test_the_table_in_the_page_on_planning_is_counted() -> None:
    rows = re.findall(
        r"\| (\d+) points \| ([\d,]+) cases \| ([\d,]+) cases \|", (ROOT / "docs/planning.md").read_text()
    )
    assert len(rows) == 4
    for points, together, apart in rows:
        drop = int(points) / 100
        assert f"{drops.paired_cases(0.9, drop, 0.6):,}" == together
        assert f"{drops.unpaired_cases(0.9, drop):,}" == apart


def test_the_labels_the_pair_and_the_suite_in_the_page_on_judges_are_read(tmp_path: Path) -> None:
    labels, pair = blocks("docs/judges.md", "json")
    lines = [json.loads(line) for line in labels.splitlines()]
    cases = {line["id"]: Question(id=line["id"], input="x") for line in lines}
    (tmp_path / "labels.jsonl").write_text(labels * 4)
    read = load_labels(tmp_path / "labels.jsonl", {"no": 0.0, "yes": 1.0}, cases, pairwise=False)
    assert [label.label for label in read[:3]] == ["yes", "no", "yes"]
    (tmp_path / "pairs.jsonl").write_text(pair)
    assert [one.id for one in load_dataset(tmp_path / "pairs.jsonl").questions] == [
        "refund-3/man",
        "refund-3/woman",
    ]
    (tmp_path / "suite.yaml").write_text(blocks("docs/judges.md", "yaml")[0])
    assert len(load_suite(tmp_path / "suite.yaml").dataset.questions) == 600
