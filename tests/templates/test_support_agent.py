"""The sample agent, with its real model, through the real lock: a good version and one that a gate stops."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.toy import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Sample"]:
    made = Sample(tmp_path_factory.mktemp("sample") / "support-agent")
    try:
        yield made
    finally:
        made.esclusa("down")


EASED = (
    ("esclusa.yaml", "latency.p95 < 4 s", "latency.p95 < 60 s"),
    ("model.yaml", "timeout_seconds: 10 ", "timeout_seconds: 60 "),
    ("model.yaml", "budget_seconds: 1.5", "budget_seconds: 30"),
    ("evals/quality.yaml", "timeout: 20 s", "timeout: 120 s"),
)


class Sample:
    """The sample's repository, and esclusa called in it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._environment = {**os.environ, "SUPPORT_AGENT_PORT": str(free_port())}
        made = self._run("init", str(directory), "--template", "support-agent", cwd=directory.parent)
        assert made.returncode == 0, made.stderr

    def esclusa(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return self._run(*words, cwd=self._directory)

    def json(self, *words: str) -> Any:
        return json.loads(self.esclusa(*words, "--json").stdout)

    def eased(self, tag: str) -> str:
        """The same version, judged without a stopwatch, as a commit: how quick this machine is is no matter here."""
        self._git("checkout", "--quiet", tag)
        for name, was, becomes in EASED:
            path = self._directory / name
            text = path.read_text()
            assert was in text
            path.write_text(text.replace(was, becomes))
        self._git("commit", "--quiet", "--all", "--message", f"{tag}, without haste")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ("git", *who, *words), cwd=self._directory, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def _run(self, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            (sys.executable, "-m", "esclusa", *words),
            cwd=cwd,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


def verdicts(report: Any) -> dict[str, str]:
    return {rule["rule"]: rule["verdict"] for gate in report["gates"] for rule in gate["rules"]}


def test_the_first_version_passes_every_gate_and_serves_customers(sample: Sample) -> None:
    done = sample.esclusa("run", "--commit", sample.eased("first"))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert set(verdicts(sample.json("show")).values()) == {"pass", "not applicable"}
    [run] = sample.json("history")
    assert (run["outcome"], run["reason"]) == (
        "promoted",
        "direct: healthy; the first release, so nothing to compare with",
    )
    production = sample.json("status")[-1]
    assert production["serving"] == run["release"]
    assert production["observation"]["services"] == {"model": "healthy"}


def test_the_quicker_prompt_is_stopped_by_the_accuracy_gate(sample: Sample) -> None:
    done = sample.esclusa("run", "--commit", sample.eased("quicker-prompt"))
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr
    assert verdicts(sample.json("show"))["accuracy > 85%"] == "fail"
    blocked = sample.json("history")[0]
    assert blocked["outcome"] == "blocked"
    first = sample.json("history")[1]
    assert sample.json("status")[-1]["serving"] == first["release"]
