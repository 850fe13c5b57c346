"""The alert rules, checked and tested by promtool itself."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from esclusa.monitor.rules import alert_rules
from esclusa.monitor.server import exposition
from tests.monitor.prometheus import promtool
from tests.monitor.scenes import SCENE

HERE = Path(__file__).parent
pytestmark = pytest.mark.real


def run(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run((promtool(), *words), cwd=cwd, capture_output=True, text=True, check=False)


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(alert_rules())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_promtool_finds_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(alert_rules())
    done = run("check", "rules", "--lint-fatal", "rules.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(alert_rules())
    (tmp_path / "tests.yml").write_text((HERE / "alerts.yml").read_text())
    done = run("test", "rules", "tests.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = {
        case["alertname"]
        for test in yaml.safe_load((HERE / "alerts.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert tested == {rule["alert"] for rule in rules()}


def test_every_metric_that_a_rule_names_is_exported() -> None:
    exported = {line.partition("{")[0].partition(" ")[0] for line in exposition(SCENE).decode().splitlines()}
    named = {word for rule in rules() for word in _words(rule["expr"]) if word.startswith("esclusa_")}
    assert named
    assert named <= exported


def _words(expression: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in expression).split()


def test_promtool_finds_nothing_wrong_with_the_metrics_themselves() -> None:
    done = subprocess.run(
        (promtool(), "check", "metrics"), input=exposition(SCENE), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
