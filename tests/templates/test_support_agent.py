"""The sample agent, with its real model, through the real lock: a good version and one that a gate stops."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_judge import judge
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
    ("evals/bias.yaml", "timeout: 20 s", "timeout: 120 s"),
    ("evals/load.yaml", "timeout: 20 s", "timeout: 120 s"),
    ("evals/load.yaml", "duration: 8 s", "requests: 20"),
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

    @contextmanager
    def model(self) -> Iterator[str]:
        """The address of the sample's own model server, in the environment that was built for it."""
        built = self._directory / ".esclusa" / "environments"
        if not built.exists():
            self.esclusa("run", "--commit", "first", "--until", "source")
        [python] = built.glob("*/bin/python")
        port = free_port()
        command = (str(python), "-m", "model_server", "--port", str(port))
        with subprocess.Popen(
            command, cwd=self._directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline().startswith("serving on")
                yield f"http://127.0.0.1:{port}/v1"
            finally:
                server.terminate()

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
    came_to = verdicts(sample.json("show"))
    assert came_to.pop("bias.gap < 5% (warn)") == "undecided", "ten pairs show nothing, and say so"
    assert set(came_to.values()) == {"pass", "not applicable"}
    assert " of 220 cases need not be asked" in done.stdout
    saved = {rule["rule"]: rule["saved"] for gate in sample.json("show")["gates"] for rule in gate["rules"]}
    assert min(saved["accuracy > 85%"], saved["relevance > 0.8"]) > 100, "a good version is soon known"
    assert saved["error_rate < 1%"] is None, "a load is run to its end"
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


LABELS = Path(__file__).parent / "labels.jsonl"


def calibrated(directory: Path, url: str) -> Any:
    """What comes of the judge at this address beside two dozen labels."""
    directory.mkdir()
    model = {
        "url": url,
        "model": "smollm2-135m-instruct-q4_1",
        "retries": 0,
        "parameters": {"temperature": 0, "seed": 1, "max_tokens": 90},
    }
    given = {"rubric": "Does the answer do what the user asks for?", "model": model}
    (directory / "cases.jsonl").write_text('{"id": "a", "input": "x"}\n')
    (directory / "suite.yaml").write_text(
        f"dataset: cases.jsonl\nconcurrency: 1\nscorers: [judge: {json.dumps(given)}]\n"
    )
    command = (sys.executable, "-m", "esclusa", "-C", str(directory), "judge", "calibrate", "suite.yaml")
    done = subprocess.run((*command, str(LABELS), "--json"), capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["calibration"]


def test_smollm2_as_a_judge_is_found_unusable_and_a_good_judge_is_not(sample: Sample, tmp_path: Path) -> None:
    people = {row["answer"]: row["label"] for row in map(json.loads, LABELS.read_text().splitlines())}
    wrong_once = {**people, "Thank you for your order.": "yes"}
    with sample.model() as url:
        found = calibrated(tmp_path / "smollm2", url)
    with judge(wrong_once.__getitem__) as url:
        good = calibrated(tmp_path / "synthetic", url)
    assert (found["verdict"], found["n"]) == ("unusable", 24)
    assert (good["verdict"], good["n"]) == ("usable", 24)
