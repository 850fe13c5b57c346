"""The metrics of a scene, line by line as Prometheus reads them."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from esclusa.core.gate import Verdict
from esclusa.core.rollout import RolloutState
from esclusa.core.value import replace
from esclusa.monitor.scene import Scene
from esclusa.monitor.server import exposition
from tests.monitor.scenes import SCENE

HERE = Path(__file__).parent


def lines(scene: Scene) -> list[str]:
    """Without help and types, and without the zeros of states that are not."""
    text = exposition(scene).decode()
    return [line for line in text.splitlines() if not line.startswith("#") and not line.endswith(" 0.0")]


def test_a_whole_scene_is_told() -> None:
    assert lines(SCENE) == (HERE / "scene.txt").read_text().splitlines()


def test_every_state_and_every_verdict_has_a_series_so_that_an_alert_sees_it_go() -> None:
    text = exposition(SCENE).decode()
    for state in RolloutState:
        assert f'esclusa_rollout_state{{environment="production",state="{state}"}}' in text
    for verdict in Verdict:
        assert f'esclusa_gate_result{{gate="quality",verdict="{verdict}"}}' in text


def test_a_target_that_cannot_be_asked_is_down_and_the_weight_is_what_was_intended() -> None:
    staging, production = SCENE.places
    told = lines(replace(SCENE, places=(staging, replace(production, observation=None))))
    assert 'esclusa_rollout_candidate_weight_ratio{environment="production"} 0.25' in told
    assert not any(line.startswith("esclusa_target_up") for line in told)


def test_an_empty_project_is_told_too() -> None:
    assert lines(Scene(project="", version="1")) == ['esclusa_build_info{version="1"} 1.0']


def test_every_metric_is_described_with_its_labels() -> None:
    page = (HERE.parents[1] / "docs" / "monitoring.md").read_text()
    described = {}
    for row in (line.split("|") for line in page.splitlines() if line.startswith("| `")):
        described |= {name.strip("` "): row[2].strip() for name in row[1].split(", ")}
    found = {}
    for family in text_string_to_metric_families(exposition(SCENE).decode()):
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != "le")
        found[name] = set(labels)
    assert {name: set(filter(None, labels.split(", "))) for name, labels in described.items()} == found


def test_nothing_but_info_names_a_run_or_a_release() -> None:
    for family in text_string_to_metric_families(exposition(SCENE).decode()):
        for sample in family.samples:
            if not sample.name.endswith("_info"):
                assert not {"run", "rollout", "release", "candidate", "stable"} & sample.labels.keys()
