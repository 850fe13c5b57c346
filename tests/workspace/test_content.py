"""The content key of a step: another one exactly when what its result depends on is another."""

from pathlib import Path

import pytest

from esclusa.core.errors import StepFailed
from esclusa.core.evidence import Artifact, Evidence
from esclusa.core.project import Price, Step
from esclusa.core.value import replace
from esclusa.workspace.content import content_key

UNIT = Step(id="test.unit", stage="test", uses="command", settings={"run": "pytest"})


def needs(source: Path, *, tree: str = "t1", lock: str = "l1", release: str = "r1") -> dict[str, Evidence]:
    return {
        "source.checkout": Evidence(
            outputs={"source": str(source), "tree": tree, "commit": "c", "subject": "s"}
        ),
        "source.dependencies": Evidence(outputs={"lock": lock, "environment": "/e", "lock_file": "/l"}),
        "build.artifact": Evidence(
            outputs={"release": release}, artifacts={"release": Artifact(digest="d", path="/p")}
        ),
    }


def test_the_key_is_the_same_wherever_and_whenever_the_same_content_lies(tmp_path: Path) -> None:
    moved = needs(tmp_path / "elsewhere")
    moved["source.checkout"] = replace(
        moved["source.checkout"],
        outputs={"source": str(tmp_path), "tree": "t1", "commit": "another", "subject": "other words"},
    )
    assert content_key(UNIT, needs(tmp_path)) == content_key(UNIT, moved)


@pytest.mark.parametrize(
    "other",
    [
        (replace(UNIT, settings={"run": "pytest -x"}), {}),
        (replace(UNIT, variables={"A": "1"}), {}),
        (replace(UNIT, uses="sbom"), {}),
        (UNIT, {"tree": "t2"}),
        (UNIT, {"lock": "l2"}),
        (UNIT, {"release": "r2"}),
    ],
    ids=["settings", "variables", "action", "tree", "lock", "release"],
)
def test_whatever_the_result_depends_on_makes_another_key(
    tmp_path: Path, other: tuple[Step, dict[str, str]]
) -> None:
    step, changes = other
    assert content_key(step, needs(tmp_path, **changes)) != content_key(UNIT, needs(tmp_path))


def test_with_declared_inputs_only_these_count(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    (tmp_path / "notes.txt").write_text("1")
    step = replace(UNIT, inputs=("src",))
    before = content_key(step, needs(tmp_path))
    (tmp_path / "notes.txt").write_text("2")
    assert content_key(step, needs(tmp_path, tree="t2")) == before
    (tmp_path / "src" / "a.py").write_text("2")
    assert content_key(step, needs(tmp_path, tree="t3")) != before


def test_an_input_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="its input 'gone' is not in the commit"):
        content_key(replace(UNIT, inputs=("gone",)), needs(tmp_path))


@pytest.mark.parametrize("uses", ["checkout", "dependencies", "deploy"])
def test_what_is_about_the_world_as_it_is_has_no_key(tmp_path: Path, uses: str) -> None:
    assert content_key(replace(UNIT, uses=uses), needs(tmp_path)) is None


def test_a_price_matters_to_an_eval_and_to_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text("dataset: cases.jsonl\nscorers: [exact]\n")
    (tmp_path / "cases.jsonl").write_text('{"id": "c1", "input": "a", "expected": "a"}\n')
    suite = Step(id="eval.quality", stage="eval", uses="eval", settings={"suite": "suite.yaml"})
    cheap, dear = ({"m": Price(input=price, output=1.0)} for price in (1.0, 2.0))
    assert content_key(suite, needs(tmp_path), cheap) != content_key(suite, needs(tmp_path), dear)
    assert content_key(UNIT, needs(tmp_path), cheap) == content_key(UNIT, needs(tmp_path), dear)


def test_files_that_scorers_name_are_part_of_an_evals_key_and_code_makes_it_anew(tmp_path: Path) -> None:
    suite = Step(id="eval.quality", stage="eval", uses="eval", settings={"suite": "quality.yaml"})
    (tmp_path / "d.jsonl").write_text('{"id": "a", "input": "x"}\n')
    (tmp_path / "answer.json").write_text("{}")
    (tmp_path / "quality.yaml").write_text(
        "dataset: d.jsonl\nscorers: [{json_schema: {file: answer.json}}]\n"
    )
    before = content_key(suite, needs(tmp_path))
    (tmp_path / "answer.json").write_text('{"type": "object"}')
    assert content_key(suite, needs(tmp_path)) not in (before, None)
    (tmp_path / "quality.yaml").write_text("dataset: d.jsonl\nscorers: [{python: scorers:short}]\n")
    assert content_key(suite, needs(tmp_path)) is None
