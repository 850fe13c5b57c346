"""`esclusa eval`: whom it asks, what it is compared with, how it ends, and what it refuses."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner, Result

from esclusa.cli.main import main
from esclusa.core.release import Release
from esclusa.core.rollout import RolloutState
from esclusa.reports.sheet import read_sheet
from esclusa.workspace.history import history
from esclusa.workspace.opened import open_project
from tests.evals.servers import completion, served
from tests.workspace.projects import roll_out

CAPITALS = {"France": "Paris", "Spain": "Madrid", "Italy": "Rome", "Peru": "Lima"}
AGENT = f"""
CAPITALS = {CAPITALS}
def reply(text):
    return CAPITALS[text]
def forgetful(text):
    return "?" if text == "Spain" else CAPITALS[text]
moods = iter([False])
def moody(text):
    return CAPITALS[text] if text != "Spain" or next(moods, True) else "?"
"""
PROJECT = """
project: p
agent: {serve: "agent {port}", ask: {openai: /v1/chat/completions}}
environments: {production: {}}
stages:
  source: [checkout]
  build: [artifact]
  eval: {capitals: capitals.yaml}
  deploy: [production]
gates: {quality: [accuracy > 90%, accuracy >= baseline - 2%]}
"""


async def answers(request: web.Request) -> web.StreamResponse:
    asked = (await request.json())["messages"][-1]["content"]
    return completion(CAPITALS[asked])


@pytest.fixture
def url() -> Iterator[str]:
    """The address of an agent that knows every capital."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served(answers)) as address:
        yield address


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a suite and an agent's module, and no project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "capitals_agent", raising=False)
    (tmp_path / "capitals_agent.py").write_text(AGENT)
    suite_of("capitals", CAPITALS)
    return tmp_path


def suite_of(name: str, capitals: dict[str, str]) -> None:
    cases = [
        {"id": country.lower(), "input": country, "expected": city} for country, city in capitals.items()
    ]
    Path(f"{name}.jsonl").write_text("\n".join(map(json.dumps, cases)) + "\n")
    Path(f"{name}.yaml").write_text(f"dataset: {name}.jsonl\nscorers: [exact]\n")


def asked(*arguments: str, suite: str = "capitals.yaml") -> Result:
    return CliRunner().invoke(main, ["eval", suite, *arguments])


def of(function: str) -> tuple[str, str]:
    return ("--agent", f"python:capitals_agent:{function}")


@pytest.mark.usefixtures("place")
def test_an_address_is_asked_without_a_project_and_every_report_is_written(url: str) -> None:
    names = {"json": "sheet.json", "junit": "junit.xml", "markdown": "summary.md", "html": "page.html"}
    files = [word for kind, name in names.items() for word in (f"--{kind}", f"out/{name}")]
    ended = asked("--agent", url, *files)
    assert ended.exit_code == 0, ended.output
    assert "4 cases: 4 right" in ended.output
    sheet = read_sheet(Path("out/sheet.json"))
    assert (sheet.agent, [row.verdict for row in sheet.rows]) == (url, ["right"] * 4)
    assert {path.name for path in Path("out").iterdir()} == set(names.values())
    assert "<h1>Accuracy is 100 %</h1>" in Path("out/page.html").read_text()
    assert Path("out/summary.md").read_text().startswith("## 📏 capitals.yaml\n")
    assert '<testcase name="france"' in Path("out/junit.xml").read_text()


@pytest.mark.usefixtures("place")
def test_a_function_is_compared_with_a_file_and_with_a_run() -> None:
    assert asked(*of("reply"), "--json", "base.json").exit_code == 0
    run = read_sheet(Path("base.json")).run
    for baseline, name in (("base.json", "base.json"), (run, f"run {run}"), (run[-5:], f"run {run}")):
        ended = asked(*of("forgetful"), "--baseline", baseline)
        assert ended.exit_code == 0, ended.output
        assert f"against {name}\n1 broken: spain" in ended.output
        assert "0 better, 1 worse" in ended.output


def test_cases_that_are_right_now_and_wrong_then_are_named(place: Path) -> None:
    with Path("capitals.yaml").open("a") as file:
        file.write("repeats: 3\n")
    (place / "esclusa.yaml").write_text(PROJECT.replace("accuracy > 90%", "accuracy > 90%, flaky <= 5%"))
    ended = asked(*of("moody"), "--json", "sheet.json")
    assert ended.exit_code == 1, ended.output
    assert "4 cases, asked 12 times: 11 right, 1 wrong" in ended.output
    assert "flaky: spain (2 of 3 right)" in ended.output
    assert "flaky is 25 % (1 of 4 cases asked 3 times each" in " ".join(ended.output.split())
    sheet = read_sheet(Path("sheet.json"))
    assert (len(sheet.rows), sheet.evidence.repeats) == (12, 3)
    assert asked(*of("moody"), "--baseline", "sheet.json").exit_code == 0, "it is in a better mood by now"


@pytest.mark.parametrize(("function", "code"), [("reply", 0), ("forgetful", 1)])
def test_the_exit_code_is_the_verdict_of_the_gates(place: Path, function: str, code: int) -> None:
    (place / "esclusa.yaml").write_text(PROJECT)
    ended = asked(*of(function), "--junit", "junit.xml")
    assert ended.exit_code == code, ended.output
    assert "accuracy &gt; 90%" in Path("junit.xml").read_text()


def test_rules_on_a_baseline_mean_the_stable_release_and_an_environment_can_be_named(place: Path) -> None:
    (place / "esclusa.yaml").write_text(PROJECT.replace("accuracy > 90%, ", ""))
    assert asked(*of("reply")).exit_code == 0
    opened = open_project(place)
    measured = history(opened)[0].id
    release = Release(
        id="a" * 64,
        project="p",
        commit="c",
        sealed=datetime(2026, 1, 1, tzinfo=UTC),
        artifact="",
        environment="",
        run=measured,
    )
    opened.store.releases.add(release)
    roll_out(opened, "a", RolloutState.PROMOTED)
    for more in ((), ("--baseline", "production")):
        ended = asked(*of("forgetful"), *more)
        assert ended.exit_code == 1, ended.output
        assert f"against production (release {release.short})\n1 broken: spain" in ended.output


@pytest.mark.usefixtures("place")
def test_a_baseline_of_other_questions_too_is_not_compared_and_says_why() -> None:
    assert asked(*of("reply"), "--json", "base.json").exit_code == 0
    suite_of("more", {**CAPITALS, "Chile": "Santiago"})
    ended = asked(*of("reply"), "--baseline", "base.json", suite="more.yaml")
    assert ended.exit_code == 0, ended.output
    assert "not compared: the baseline was measured on another dataset" in " ".join(ended.output.split())


BAD = [
    (("--agent", "http://127.0.0.1:1"), 3, "http://127.0.0.1:1 cannot be reached: "),
    (
        ("--agent", "python:capitals_agent:nope"),
        2,
        "`capitals_agent:nope` cannot be imported: AttributeError",
    ),
    (("--agent", "python:nowhere:reply"), 2, "`nowhere:reply` cannot be imported: ModuleNotFoundError"),
    (("--agent", "python:raising:reply"), 2, "`raising:reply` cannot be imported: RuntimeError: oh"),
    (("--agent", "python:leaving:reply"), 2, "`leaving:reply` cannot be imported: SystemExit: 0"),
    (("--agent", "somebody"), 2, "'somebody' names no agent"),
    ((), 2, "there is no release to ask"),
    ((*of("reply"), "--baseline", "torn.json"), 2, "torn.json is no result of an eval: "),
    ((*of("reply"), "--baseline", "gone.json"), 2, "there is no file gone.json"),
    ((*of("reply"), "--baseline", "nowhere"), 2, "there is no baseline 'nowhere'"),
    ((*of("reply"), "--json", "torn.json/x"), 2, "torn.json/x cannot be written: "),
    ((*of("reply"), "--json", "x", "--junit", "x"), 2, "two reports are to be written to one file"),
    ((*of("reply"), "--junit", "-"), 2, "a report is written to a file, not to the output"),
    ((*of("reply"), "--workers", "rays"), 2, "'rays' names no workers"),
    ((*of("reply"), "--workers", "ray://127.0.0.1:1"), 3, "ray://127.0.0.1:1 cannot be reached: "),
    (
        ("--agent", "http://127.0.0.1:1", "--workers", "ray://192.0.2.1:10001"),
        2,
        "http://127.0.0.1:1 cannot be reached by the workers of ray://192.0.2.1:10001",
    ),
    (
        ("--workers", "ray://192.0.2.1:10001"),
        2,
        "the release, which is served on this machine, cannot be reached by the workers",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "said"), BAD, ids=[said for _, _, said in BAD])
def test_what_cannot_work_is_refused_before_anything_is_asked(
    place: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (place / "raising.py").write_text("raise RuntimeError('oh')")
    (place / "leaving.py").write_text("raise SystemExit(0)")
    (place / "torn.json").write_text('{"schema":"esclusa.eval/1","sheet":{"run"')
    before = {*place.iterdir(), place / "__pycache__", place / ".esclusa"}
    ended = asked(*arguments)
    assert (ended.exit_code, "Traceback" in ended.output) == (code, False)
    assert said in " ".join(ended.output.split())
    assert before.issuperset(place.iterdir())
    assert not (place / ".esclusa").exists() or history(open_project(place)) == ()


@pytest.mark.usefixtures("place")
def test_a_suite_that_is_not_there_is_told_with_the_nearest() -> None:
    ended = asked(*of("reply"), suite="capital.yaml")
    assert (ended.exit_code, ended.output) == (
        2,
        "error: there is no suite capital.yaml\n  mend: did you mean capitals.yaml?\n",
    )


@pytest.mark.usefixtures("place")
def test_a_baseline_of_other_cases_is_refused_and_names_some() -> None:
    assert asked(*of("reply"), "--json", "base.json").exit_code == 0
    suite_of("other", {"Chile": "Santiago"})
    ended = asked(*of("reply"), "--baseline", "base.json", suite="other.yaml")
    assert ended.exit_code == 2
    assert (
        "base.json has not one case of other.yaml: it has france, italy, peru and 1 more; the suite has chile"
        in ended.output
    )


@pytest.mark.parametrize("spread", [(), pytest.param(("--workers", "ray"), marks=pytest.mark.real)])
def test_ctrl_c_ends_it_at_once_writes_no_report_and_leaves_no_worker(
    place: Path, spread: tuple[str, ...]
) -> None:
    came = threading.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        came.set()
        await asyncio.Event().wait()
        return web.Response()

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served(silent)) as address:
        command = (
            sys.executable,
            "-m",
            "esclusa",
            "eval",
            "capitals.yaml",
            "--agent",
            address,
            "--json",
            "x",
            *spread,
        )
        with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as eval_:
            assert came.wait(60)
            eval_.send_signal(signal.SIGINT)
            said, _ = eval_.communicate(timeout=60)
    assert (eval_.returncode, b"Traceback" in said) == (130, False), said
    assert not (place / "x").exists()
    assert started_in(place) == []


def started_in(place: Path) -> list[str]:
    """The command lines of other processes that work in a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(process.name) != os.getpid() and place.samefile(os.readlink(process / "cwd")):
                found.append((process / "cmdline").read_text())
    return found
