"""`esclusa plan-samples`: how many cases a question takes, and what a suite's cases can tell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from esclusa.cli.main import main
from esclusa.core.errors import UsageError
from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence, Rate
from esclusa.core.run import StepState
from esclusa.core.value import encode
from esclusa.evals.calibration import Calibration, file_of
from esclusa.evals.suite import Suite, load_suite
from esclusa.workspace.opened import Opened
from esclusa.workspace.plan_samples import Design, SamplePlan, SuitePlan, Wishes, plan_samples, plan_suite
from tests.fakes import FakeClock

FILE = """
project: p
agent: {serve: "agent {port}", ask: {openai: /}}
environments: {production: {}}
stages:
  source: [checkout]
  build: [artifact]
  eval: {quality: evals/quality.yaml, speed: evals/load.yaml}
  deploy: [production]
gates:
  quality: [accuracy > 85%, accuracy >= baseline - 2%, "accuracy{lang=es} > 80% (warn)",
            "accuracy{lang=fr} > 80% (warn)"]
  speed: [latency.p95 < 2 s]
"""
SUITE = "dataset: cases.jsonl\nscorers: [exact]\n"
LOAD = "dataset: cases.jsonl\nload: {rate: 5, duration: 10 s}\n"


def opened(root: Path) -> Opened:
    (root / "evals").mkdir()
    (root / "esclusa.yaml").write_text(FILE)
    (root / "evals" / "quality.yaml").write_text(SUITE)
    (root / "evals" / "load.yaml").write_text(LOAD)
    cases = (
        {"id": f"c{one}", "input": "hi", "expected": "hi", "tags": ["lang=es"] if one < 20 else []}
        for one in range(80)
    )
    (root / "evals" / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return Opened(root=root, clock=FakeClock())


def run(opened: Opened, name: str, wrong: range, *, cached: bool = False, subject: str = "s") -> None:
    cases = {f"c{one}": float(one not in wrong) for one in range(80)}
    accuracy = Rate(hits=80 - len(wrong), n=80, cases=cases)
    evidence = Evidence(measurements={"accuracy": accuracy}, subject=subject)
    opened.store.journal.append(
        StepFinished(
            run=name, step="eval.quality", state=StepState.SUCCEEDED, evidence=evidence, cached=cached
        )
    )


def first(plan: SuitePlan) -> list[tuple[str, str, int, float | None]]:
    return [
        (one.gate, one.resolution.rule, one.resolution.cases, one.resolution.expects) for one in plan.rules
    ]


def test_a_fall_takes_so_many_cases_of_either_design() -> None:
    assert plan_samples(Wishes(drop="2%")) == SamplePlan(
        cases=None,
        drop=0.02,
        baseline=0.9,
        correlation=0.6,
        power=0.8,
        alpha=0.05,
        interval=None,
        designs=(Design(design="paired", cases=1626), Design(design="unpaired", cases=3841)),
    )


def test_so_many_cases_show_a_fall_of_either_design() -> None:
    plan = plan_samples(Wishes(cases=80, baseline="0.95", correlation=0.5, power="90%", alpha="10%"))
    assert (plan.baseline, plan.power, plan.alpha) == (0.95, 0.9, 0.1)
    assert plan.interval == pytest.approx((0.8928, 0.9775), abs=1e-3)
    assert [design.drop for design in plan.designs] == pytest.approx([0.1000, 0.1503], abs=0.02)


def test_a_fall_and_cases_have_a_power() -> None:
    plan = plan_samples(Wishes(cases=400, drop="3%"))
    assert [design.power for design in plan.designs] == pytest.approx([0.4835, 0.2641], abs=1e-3)


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        (Wishes(), "nothing is asked"),
        (Wishes(drop="2"), "--drop: expected a share such as `2%` or `0.02`, found '2'"),
        (Wishes(drop="0"), "a share of 0.9 cannot fall by 0"),
        (Wishes(drop="50%", baseline="40%"), "a share of 0.4 cannot fall by 0.5"),
        (Wishes(cases=8, baseline="0"), "nothing falls from 0 %"),
        (Wishes(cases=8, power="20%"), "--power is at least 50 % and under 100 %, not 20%"),
        (Wishes(cases=8, alpha="0"), "--alpha is between 0 and 50 %, not 0"),
    ],
)
def test_numbers_that_make_no_question_are_refused(wishes: Wishes, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        plan_samples(wishes)
    assert error.value.message == problem


def test_the_rules_over_a_suite_are_told_with_its_cases_and_nothing_is_touched(tmp_path: Path) -> None:
    plan = plan_suite(opened(tmp_path), "quality", Wishes())
    assert first(plan) == [
        ("quality", "accuracy > 85%", 80, 0.9),
        ("quality", "accuracy >= baseline - 2%", 80, 0.04),
        ("quality", "accuracy{lang=es} > 80% (warn)", 20, 0.9),
        ("quality", "accuracy{lang=fr} > 80% (warn)", 0, None),
    ]
    assert plan.rules[3].resolution.says == ("no case of the suite is tagged `lang=fr`",)
    assert (plan.step, plan.suite, plan.cases, plan.runs) == ("eval.quality", "evals/quality.yaml", 80, ())
    assert not (tmp_path / ".esclusa").exists()


def test_a_suite_is_named_by_its_step_or_its_file_and_may_be_thought_larger(tmp_path: Path) -> None:
    project = opened(tmp_path)
    names = ("eval.quality", "evals/quality.yaml", str(tmp_path / "evals" / "quality.yaml"))
    assert {plan_suite(project, name, Wishes()).step for name in names} == {"eval.quality"}
    larger = plan_suite(project, "quality", Wishes(cases=400, baseline="95%", drop="5%"))
    assert first(larger)[:2] == [
        ("quality", "accuracy > 85%", 400, 0.95),
        ("quality", "accuracy >= baseline - 2%", 400, 0.05),
    ]
    assert first(larger)[2][2] == 100


def test_the_newest_two_runs_say_what_is_expected(tmp_path: Path) -> None:
    project = opened(tmp_path)
    run(project, "r1", range(8))
    alone = plan_suite(project, "quality", Wishes())
    run(project, "r2", range(4))
    run(project, "r3", range(4), cached=True)
    both = plan_suite(project, "quality", Wishes())
    assert (alone.runs, both.runs) == (("r1",), ("r2", "r1"))
    assert first(alone)[0][3] == 0.9
    assert first(both)[0][3] == 0.95
    assert first(both)[2] == ("quality", "accuracy{lang=es} > 80% (warn)", 20, 0.9)
    run(project, "r4", range(4), subject="another dataset")
    other = plan_suite(project, "quality", Wishes())
    # What was measured on other cases says nothing about how the answers of two releases hang together.
    assert both.rules[1].resolution.unchanged == pytest.approx(0.8477, abs=1e-3)
    assert other.rules[1].resolution.unchanged == pytest.approx(0.8158, abs=1e-3)
    assert other.runs == ("r4",)


def test_what_a_person_says_goes_before_what_runs_saw(tmp_path: Path) -> None:
    project = opened(tmp_path)
    run(project, "r1", range(8))
    run(project, "r2", range(4))
    seen, share, alike = (
        plan_suite(project, "quality", wishes).rules
        for wishes in (Wishes(), Wishes(baseline="80%"), Wishes(correlation=0.6))
    )
    assert [one[0].resolution.expects for one in (seen, share, alike)] == [0.95, 0.8, 0.95]
    unchanged = [one[1].resolution.unchanged for one in (seen, share, alike)]
    assert unchanged == pytest.approx([0.8477, 0.7052, 0.8158], abs=1e-3)


def test_labels_that_correct_a_judges_mean_are_told_of(tmp_path: Path) -> None:
    project = opened(tmp_path)
    (tmp_path / "esclusa.yaml").write_text(
        FILE.replace("speed: evals", "polite: evals/polite.yaml, speed: evals").replace(
            "  speed: [", "  polite: [judge > 50%, judge >= baseline - 2%]\n  speed: ["
        )
    )
    path = tmp_path / "evals" / "polite.yaml"
    path.write_text(
        "dataset: cases.jsonl\n"
        "scorers: [judge: {model: {url: 'http://127.0.0.1:9/v1', model: m}, rubric: Is it polite?}]\n"
    )
    file_of(path, "judge").write_bytes(encode(usable(load_suite(path))))
    fixed, compared = plan_suite(project, "polite", Wishes()).rules
    told = "20 labels of people correct it: what they leave open comes on top, however many the cases"
    assert fixed.resolution.says[-1] == told
    assert told not in compared.resolution.says


def usable(suite: Suite) -> Calibration:
    """Its judge beside 20 labels, with all of which it agrees."""
    return Calibration(
        scorer="judge",
        judge=suite.judge(suite.scorers[0]),
        model="m",
        labels_digest="",
        at_least=0.4,
        verdict="usable",
        sentence="usable",
        n=20,
        agreed=1.0,
        agreed_interval=(0.8, 1.0),
        constant=0.5,
        kappa=1.0,
        kappa_interval=(0.8, 1.0),
        confusion=(("no", "no", 10), ("yes", "yes", 10)),
        labels=(0.0, 1.0) * 10,
        said=(0.0, 1.0) * 10,
    )


def test_what_is_no_suite_with_cases_is_refused(tmp_path: Path) -> None:
    project = opened(tmp_path)
    for name, wishes, problem in [
        ("nothing", Wishes(), "there is no suite 'nothing'"),
        (
            "speed",
            Wishes(),
            "eval.speed measures a load: how much it tells hangs on its time, not on its cases",
        ),
        ("quality", Wishes(alpha="1%"), "gates judge at 95 %, so a suite has no `--alpha`"),
    ]:
        with pytest.raises(UsageError) as error:
            plan_suite(project, name, wishes)
        assert error.value.message == problem


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return "\n".join(line.rstrip() for line in result.output.splitlines())


def test_the_command_shows_both_designs() -> None:
    assert said("plan-samples", "--drop", "2%") == (
        "to show with 80 % power that 90 % fell by 2 points, it takes\n"
        "\n"
        "paired    1626 cases  the same cases under both releases, correlation 0.6\n"
        "unpaired  3841 cases  other cases under each, so many on each side\n"
        "\n"
        "Noise alone is called a fall in at most 2.5 % of comparisons."
    )
    assert "paired    a fall of 10.8 points" in said("plan-samples", "--cases", "80")
    assert "90 % right over 80 cases: 95 % interval 81.5 to 94.8 %" in said("plan-samples", "--cases", "80")
    assert "paired    in 48.4 % of runs" in said("plan-samples", "--cases", "400", "--drop", "3%")
    assert "paired    no fall" in said("plan-samples", "--cases", "3")
    assert "more cases than anybody has" in said("plan-samples", "--drop", "0.00001%")
    assert json.loads(said("plan-samples", "--drop", "2%", "--json"))["designs"][0]["cases"] == 1626


def test_the_command_shows_what_the_rules_over_a_suite_can_tell(tmp_path: Path) -> None:
    opened(tmp_path)
    page = said("-C", str(tmp_path), "plan-samples", "quality")
    assert page.startswith(
        "eval.quality: 80 cases of evals/quality.yaml\n"
        "\n"
        "quality: accuracy > 85%\n"
        "  it passes with 69 or more of 80\n"
    )
    assert "quality: accuracy{lang=es} > 80% (warn), 20 cases\n" in page
    assert page.endswith(
        "No run is stored: 90 % right and 1 % errors are assumed."
        " The correlation between two releases is assumed to be 0.6."
    )
    rules = json.loads(said("-C", str(tmp_path), "plan-samples", "quality", "--json"))["rules"]
    assert rules[0]["resolution"]["says"][0] == "it passes with 69 or more of 80"
