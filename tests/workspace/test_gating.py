"""Which gate is judged when, and against what."""

from pathlib import Path

from esclusa.core.events import StepFinished
from esclusa.core.evidence import Evidence, Rate
from esclusa.core.gate import Verdict
from esclusa.core.project import Stage
from esclusa.core.rollout import RolloutState
from esclusa.core.run import StepState
from esclusa.core.value import replace
from esclusa.workspace.gating import Gating
from esclusa.workspace.opened import Opened
from tests.workspace.projects import FILE, opened_with_releases, roll_out

CASES = {f"c{number}": 1.0 for number in range(40)}
SEEN = Evidence(measurements={"accuracy": Rate(hits=40, n=40, cases=CASES)}, subject="the same questions")


def judged(opened: Opened, stage: str = "eval") -> list[tuple[Verdict, str]]:
    """What the one rule of the one gate comes to after a stage."""
    stages = opened.project.stages
    after = next((one for one in stages if one.name == stage), Stage(name=stage, steps=()))
    found = Gating(opened.checked, opened.store).after(after, {"eval.quality": SEEN})
    return [(rule.verdict, rule.sentence) for judgement in found for rule in judgement.rules]


def project(root: Path) -> Opened:
    opened = opened_with_releases(root)
    (root / "quality.yaml").write_text("dataset: quality.jsonl\nscorers: [exact]\n")
    (root / "quality.jsonl").write_text('{"id": "c1", "input": "a", "expected": "a"}\n')
    stages = "build: [artifact], eval: {quality: quality.yaml}, "
    gates = 'gates: {quality: ["accuracy >= baseline - 2%"]}\n'
    (root / "esclusa.yaml").write_text(FILE.replace("build: [artifact], ", stages) + gates)
    return Opened(root=root, clock=opened.clock)


def test_a_gate_is_judged_once_after_the_last_stage_that_tells_it_something(tmp_path: Path) -> None:
    opened = project(tmp_path)
    assert {stage.name: len(judged(opened, stage.name)) for stage in opened.project.stages} == {
        "source": 0,
        "build": 0,
        "eval": 1,
        "deploy": 0,
    }


def test_while_nothing_serves_there_is_no_baseline_yet(tmp_path: Path) -> None:
    [(verdict, _)] = judged(project(tmp_path))
    assert verdict is Verdict.NOT_APPLICABLE


def test_the_baseline_is_what_the_serving_release_was_sealed_on(tmp_path: Path) -> None:
    opened = project(tmp_path)
    release = opened.store.releases.get("a" * 64)
    assert release is not None
    opened.store.releases.add(replace(release, run="run-1"))
    finished = StepFinished(run="run-1", step="eval.quality", state=StepState.SUCCEEDED, evidence=SEEN)
    opened.store.journal.append(finished)
    roll_out(opened, "a", RolloutState.PROMOTED)
    [(verdict, sentence)] = judged(opened)
    assert (verdict, "baseline" in sentence) == (Verdict.PASS, True)


def test_a_baseline_that_cannot_be_read_is_missing_and_says_why(tmp_path: Path) -> None:
    opened = project(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED)
    [(verdict, sentence)] = judged(opened)
    assert verdict is Verdict.MISSING
    assert "is not in the journal any more" in sentence
    opened.store.releases.remove("a" * 64)
    [(verdict, sentence)] = judged(opened)
    assert verdict is Verdict.MISSING
    assert "the stable release aaaaaaaaaaaa is not in the store any more" in sentence
