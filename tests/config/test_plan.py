"""The plan: order, parallelism, what gates need and who provides it, as a newcomer reads it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from esclusa.config.load import Checked, check
from esclusa.config.plan import PlannedGate, PlannedRule, levels, plan_lines, plan_of
from esclusa.core.gate import Mode
from esclusa.core.project import Stage, Step
from esclusa.core.value import replace

WHOLE = """\
project: shop
agent:
  serve: python -m shop --port {port}
  ask: {openai: /v1}
  flags: flags.json
services:
  model: {serve: "python model.py --port {port}", variable: MODEL_URL}
environments:
  staging: {smoke: evals/smoke.yaml}
  production: {port: 8080, replicas: 2, strategy: canary}
stages:
  source: [checkout, dependencies]
  build: [artifact, sbom]
  test:
    unit: pytest tests/unit
    style: {run: ruff check, allow_failure: true, retries: 2, timeout: 90 s, cache: false}
    report: {run: "first line\\nsecond line", needs: [unit, style]}
  eval:
    quality: evals/quality.yaml
    load: evals/load.yaml
  deploy: [staging, production]
gates:
  quality: [accuracy > 85%, "accuracy >= baseline - 2%"]
  performance: {rules: [latency.p95 < 2 s, "tokens_per_query < 500"], from: [eval.load], mode: warn}
  tests: [failed_tests == 0]
  relevance: [relevance > 0.8]
strategies:
  canary: {steps: [5%, 100%], sticky: x-id, guard: [error_rate <= baseline + 0.5%], max_harmed: 20, watch: 1h,
           prove: [error_rate <= baseline + 5%]}
"""
LINES = """\
shop: 5 stages, one after the other; steps with the same number run in parallel

source
  1  checkout      a clean checkout of the commit
  2  dependencies  requirements.txt resolved into a lock, one environment for each lock

build
  1  artifact      the release, sealed under one content hash
  2  sbom          its CycloneDX bill of materials

test
  1  unit          pytest tests/unit
  1  style         ruff check (up to 3 attempts, at most 1m30s, may fail, never reused)
  2  report        first line ...
  gate tests, from test.unit, test.style and test.report: blocks
     failed_tests == 0  needs failed_tests

eval
  1  quality       the suite evals/quality.yaml, asked of the built release
  1  load          the suite evals/load.yaml, asked of the built release
  gate quality, from eval.quality: blocks
     accuracy > 85%             needs accuracy
     accuracy >= baseline - 2%  needs accuracy, and that of the serving release on the same cases
  gate performance: warns
     latency.p95 < 2 s       needs p95 of latency, from eval.load
     tokens_per_query < 500  needs tokens_per_query, which nothing measures
  gate relevance: blocks
     relevance > 0.8  needs relevance, which nothing measures

deploy
  1  staging       the release into staging
  2  production    the release into production

environment staging: local, a free port, 1 replica
  direct: healthy replicas first, then all traffic at once
  done when evals/smoke.yaml is answered correctly

environment production: local, port 8080, 2 replicas
  canary: 5 % and 100 % of new conversations (by x-id), one after the other
    each share for at least 1 min and 50 turns
    until promotion 5 % stays on the serving release, to compare with
    rolls back when this is shown to be violated: error_rate <= baseline + 0.5% (at most 5 % false alarms)
    rolls back at 20 failed requests, whatever the rules say
    goes on only when this is shown: error_rate <= baseline + 5%; after 1 h it rolls back
    watched for 1 h after promotion

backing services, one of each for every environment
  model: python model.py --port {port}

flags of flags.json, sealed with each release, which finds them at OFREP_ENDPOINT

notes
  gate performance: `tokens_per_query < 500` is missing, for no step (eval.load) measures tokens_per_query; \
it is measured by eval suites, where the agent reports its token usage
  gate relevance: `relevance > 0.8` is missing and stops the run, for no step measures relevance; \
it is measured by eval suites with the scorer `relevance`
  no gate asks for secrets, vulnerabilities and pii; `esclusa scan` shows what there is
  rules that mention `baseline` are not applicable until a release serves
  the first release of an environment always goes the direct way
"""
MEASURES = {"eval.quality": ("accuracy", "error_rate"), "eval.load": ("latency", "error_rate")}


def checked(tmp_path: Path, text: str) -> Checked:
    path = tmp_path / "esclusa.yaml"
    path.write_text(text)
    return check(path, {})


def test_the_plan_reads_from_top_to_bottom(tmp_path: Path) -> None:
    plan = plan_of(replace(checked(tmp_path, WHOLE), measures=MEASURES))
    assert "\n".join(plan_lines(plan)) + "\n" == LINES


def test_a_gate_is_judged_after_the_last_stage_that_measures_for_it(tmp_path: Path) -> None:
    plan = plan_of(replace(checked(tmp_path, WHOLE), measures=MEASURES))
    assert {stage.name: [gate.name for gate in stage.gates] for stage in plan.stages} == {
        "source": [],
        "build": [],
        "test": ["tests"],
        "eval": ["quality", "performance", "relevance"],
        "deploy": [],
    }
    assert plan.stages[3].gates[2] == PlannedGate(
        name="relevance",
        mode=Mode.BLOCK,
        after="eval",
        sources=(),
        rules=(
            PlannedRule(
                text="relevance > 0.8",
                metric="relevance",
                needs="relevance",
                measured_by="eval suites with the scorer `relevance`",
                providers=(),
                mode=Mode.BLOCK,
            ),
        ),
    )


def test_a_suite_that_was_not_read_may_measure_anything(tmp_path: Path) -> None:
    plan = plan_of(checked(tmp_path, WHOLE))
    assert plan.stages[3].gates[-1].rules[0].providers == ("eval.quality", "eval.load")


SMALL = "project: p\nagent: {serve: ./serve, ask: {http: /}}\n"


@pytest.mark.parametrize(
    ("stages", "notes"),
    [
        (
            "stages: {test: {unit: pytest}}",
            (
                "no gates: a run is stopped only by a step that fails",
                "no gate asks for secrets, vulnerabilities and pii; `esclusa scan` shows what there is",
                "nothing is deployed: no step uses `deploy`",
            ),
        ),
        (
            "environments: {here: }\nstages: {build: [artifact], deploy: [here]}\n"
            "gates: {security: [failed_tests == 0]}",
            (
                "gate security: `failed_tests == 0` is missing and stops the run, for no step measures failed_tests;"
                " it is measured by test steps that write JUnit XML",
                "no gate asks for secrets, vulnerabilities and pii; `esclusa scan` shows what there is",
                "nothing is evaluated before it is deployed: no step uses `eval`",
            ),
        ),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, stages: str, notes: tuple[str, ...]) -> None:
    assert plan_of(checked(tmp_path, f"{SMALL}{stages}\n")).notes == notes


@given(some.lists(some.sets(some.integers(0, 9)), max_size=10))
def test_a_step_comes_after_all_that_it_needs_and_no_later_than_it_must(needs: list[set[int]]) -> None:
    steps = tuple(
        Step(id=f"s.{i}", stage="s", uses="command", needs=tuple(f"s.{need}" for need in wanted if need < i))
        for i, wanted in enumerate(needs)
    )
    found = levels(Stage(name="s", steps=steps))
    level = {step.id: number for number, each in enumerate(found) for step in each}
    assert sorted(level) == sorted(step.id for step in steps)
    for step in steps:
        assert level[step.id] == max((level[need] + 1 for need in step.needs), default=0)
