"""What happens when a run is interrupted, killed or stood in the way of, on real processes."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.events import StepStarted
from esclusa.core.value import Entry
from tests.processes import living
from tests.terminal import CTRL_C, terminal
from tests.toy import COMMAND, Toy, customers

pytestmark = pytest.mark.real

BETTER = "good, and better\n"


def until(so: Callable[[], Any], toy: Toy, seconds: float = 120.0) -> Any:
    """What it is once it is true."""
    end = time.monotonic() + seconds
    while not (found := so()):
        assert time.monotonic() < end, f"it did not happen; it said: {toy.said}; {toy.json('history')}"
        time.sleep(0.1)
    return found


@contextmanager
def waiting_toy(directory: Path) -> Iterator[tuple[Toy, Path]]:
    """A toy whose unit tests, with a grandchild, last until the file is there."""
    go_on = directory / "go-on"
    toy = Toy(
        directory / "toy", unit=f"echo x >> {directory}/passes; test -e {go_on} || (sleep 77 & sleep 77)"
    )
    try:
        yield toy, go_on
    finally:
        toy.esclusa("down")
    assert toy.processes() == []


def running(toy: Toy, step: str) -> bool:
    steps = [event for event in toy.events(Entry) if getattr(event, "step", "") == step]
    return bool(steps) and isinstance(steps[-1], StepStarted)


def sleepers(toy: Toy) -> list[str]:
    return [words for words in toy.processes() if words.startswith("sleep 77")]


def test_ctrl_c_stops_all_that_was_started_and_resume_repeats_nothing_that_succeeded(tmp_path: Path) -> None:
    with waiting_toy(tmp_path) as (toy, go_on):
        with toy.started("run", "--until", "test") as started:
            until(lambda: running(toy, "test.unit") and sleepers(toy), toy)
            started.send_signal(signal.SIGINT)
            assert started.wait(60) == 130, toy.said
        assert sleepers(toy) == []
        [run] = toy.json("history")
        assert (run["outcome"], run["reason"]) == ("interrupted", "interrupted")
        assert f"go on with: esclusa run --resume {run['id']}" in toy.said
        go_on.touch()
        done = toy.esclusa("run", "--resume")
        assert done.returncode == 0, done.stdout + done.stderr
        [run] = toy.json("history")
        assert run["outcome"] == "passed"
        steps = {one["id"]: one for one in toy.json("show")["steps"]}
        assert {name: one["attempts"] for name, one in steps.items()} == {
            "source.checkout": 1,
            "build.artifact": 1,
            "test.unit": 1,
        }
        assert (tmp_path / "passes").read_text() == "x\nx\n"


def test_a_killed_run_is_shown_as_interrupted_its_programs_end_with_the_resumed_one(tmp_path: Path) -> None:
    with waiting_toy(tmp_path) as (toy, go_on):
        with toy.started("run", "--until", "test") as started:
            until(lambda: running(toy, "test.unit") and sleepers(toy), toy)
            started.kill()
        [run] = toy.json("history")
        assert (run["outcome"], run["reason"]) == ("interrupted", "its process is gone")
        go_on.touch()
        done = toy.esclusa("run", "--resume")
        assert done.returncode == 0, done.stdout + done.stderr
        assert sleepers(toy) == []
        assert toy.json("history")[0]["outcome"] == "passed"


def test_a_second_run_at_the_same_time_is_refused_and_names_the_first(tmp_path: Path) -> None:
    with waiting_toy(tmp_path) as (toy, go_on):
        with toy.started("run", "--until", "test") as started:
            until(lambda: running(toy, "test.unit"), toy)
            shown = toy.esclusa("status").stdout
            assert f"run {toy.json('history')[0]['id']} ▶ running for " in shown
            assert "\n  test.unit for " in shown
            second = toy.esclusa("run", "--until", "test")
            assert second.returncode == 2
            assert f"another run is under way on this project, by process {started.pid}@" in second.stderr
            down = toy.esclusa("down")
            assert down.returncode == 2, "its evals are served by what this would stop"
            assert f"a run is under way, by process {started.pid}@" in down.stderr
            assert len(toy.json("history")) == 1
            started.send_signal(signal.SIGTERM)
            assert started.wait(60) == 130, toy.said
        assert not go_on.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_a_rollout_goes_on_without_the_command_line(toy: Toy, number: signal.Signals) -> None:
    assert toy.esclusa("run").returncode == 0
    second = toy.write("prompts/manner.txt", BETTER, "Better")

    async def left_alone() -> dict[str, int]:
        async with customers(toy.url) as seen:
            with toy.started("run", "--commit", second) as started:
                await asyncio.to_thread(until, lambda: toy.state() == "baking", toy)
                started.send_signal(number)
                code = await asyncio.to_thread(started.wait, 60)
                assert code == (130 if number == signal.SIGINT else -9), toy.said
            await asyncio.to_thread(until, lambda: toy.state() == "promoted", toy)
            await asyncio.to_thread(until, lambda: toy.json("history")[0]["outcome"] != "running", toy)
        return dict(seen)

    seen = asyncio.run(left_alone())
    assert toy.json("history")[0]["outcome"] == "promoted"
    assert seen.keys() == {"200"}


def test_in_a_terminal_ctrl_c_asks_again_means_detach_and_a_letter_takes_it_back(toy: Toy) -> None:
    assert toy.esclusa("run").returncode == 0
    toy.write("prompts/manner.txt", BETTER, "Better")  # nobody talks to it: it bakes until somebody ends it
    with terminal((*COMMAND, "run"), toy.root) as screen:
        until(lambda: toy.state() == "baking", toy)
        screen.type(CTRL_C)
        screen.until("d or a, then Enter: ")
        screen.type(CTRL_C)
        assert screen.ended() == 130, screen.shown
        assert "the rollout goes on without this terminal" in screen.shown
    assert toy.state() == "baking"
    toy.esclusa("abort")
    until(lambda: toy.state() == "rolled_back", toy)
    with terminal((*COMMAND, "run"), toy.root) as screen:
        until(lambda: toy.state() == "baking", toy)
        screen.type(CTRL_C)
        screen.until("d or a, then Enter: ")
        screen.type("a\r")
        assert screen.ended() == 1
        assert "aborted by Ctrl-C" in screen.shown
    assert toy.state() == "rolled_back"


def test_a_detached_run_goes_on_by_itself(toy: Toy) -> None:
    begun = toy.json("run", "--detach")
    until(lambda: toy.state() == "promoted", toy)
    run = until(lambda: [one for one in toy.json("history") if one["outcome"] != "running"], toy)[0]
    assert (run["id"], run["outcome"]) == (begun["run"], "promoted")
    until(lambda: not living(begun["pid"]), toy)


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Somebody else has the port."""
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        somebody.bind(("127.0.0.1", port))
        somebody.listen()
        yield


def test_a_port_that_somebody_else_has_is_named_before_anything_is_run(toy: Toy) -> None:
    taken = f"port {toy.port} of environment production is taken by process {os.getpid()} ("
    with listening(toy.port):
        done = toy.esclusa("run")
        assert (done.returncode, done.stdout) == (3, "")
        assert taken in done.stderr
        assert "mend: free the port and run again, or give production another one" in done.stderr
        assert toy.json("history") == []
        look = {one["name"]: one for one in toy.json_any("doctor")}[f"port {toy.port} of production"]
        assert not look["ok"]
        assert look["found"].startswith(f"taken by process {os.getpid()} (")
        assert toy.esclusa("run", "--until", "eval").returncode == 0


def test_a_port_taken_while_a_run_is_under_way_ends_its_rollout_and_resume_begins_another(
    toy: Toy, tmp_path: Path
) -> None:
    assert toy.esclusa("run").returncode == 0
    assert [(one["serves"], one["down"]) for one in toy.json("releases")] == [(["staging", "production"], [])]
    toy.esclusa("down", "production")
    assert [(one["serves"], one["down"]) for one in toy.json("releases")] == [(["staging"], ["production"])]
    assert toy.esclusa("run").returncode == 0
    assert "the release that served here before it was taken down" in toy.json("history")[0]["reason"]
    toy.esclusa("down", "production")
    toy.write("prompts/manner.txt", BETTER, "Better")
    go_on = tmp_path / "go-on"
    file = (toy.root / "esclusa.yaml").read_text()
    waiting = f"sh -c 'until test -e {go_on}; do sleep 0.1; done'"
    toy.write("esclusa.yaml", file.replace('"true"', f'"{waiting}"').replace("25%, 50%", "50%"), "Slow tests")
    with toy.started("run") as started:
        until(lambda: running(toy, "test.unit"), toy)
        with listening(toy.port):
            go_on.touch()
            assert started.wait(60) == 3, toy.said
    run = toy.json("history")[0]
    assert (run["outcome"], toy.state()) == ("failed", "needs_human")
    assert f"cannot be brought back: port {toy.port} of environment production is taken" in run["reason"]
    assert "free the port and run again" in run["reason"]
    with toy.started("run", "--resume"):
        until(lambda: toy.state() == "baking", toy)
        assert toy.json("show")["outcome"] == "running"
        begun = toy.json("history")[0]["rollouts"][-2:]
    assert begun == [f"{run['id']}.production", f"{run['id']}.production.2"]


def test_a_release_that_never_becomes_healthy_leaves_the_stable_one_serving(toy: Toy) -> None:
    assert toy.esclusa("run").returncode == 0
    [stable] = [one["release"] for one in toy.json("history")]
    toy.write("agent.py", "raise SystemExit('no such model')\n", "Broken at the start")
    done = toy.esclusa("run")
    assert done.returncode == 3, done.stdout
    assert 1 <= done.stdout.count("did not become healthy") <= 3, "once as it happens, once at the end"
    assert "no such model" in done.stdout
    serving = {one["name"]: one["serving"] for one in toy.json("status")}
    assert serving == {"staging": stable, "production": stable}


def test_a_gate_whose_evidence_never_came_blocks(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write("esclusa.yaml", file.replace("prices: {toy: {input: 0.1, output: 0.2}}\n", ""), "No price")
    done = toy.esclusa("run", "--until", "eval")
    assert done.returncode == 1, done.stdout
    [gate] = toy.json("show")["gates"]
    verdicts = {one["metric"]: one["verdict"] for one in gate["rules"]}
    assert verdicts["cost_per_query"] == "missing"
    assert toy.json("history")[0]["outcome"] == "blocked"


def test_a_model_server_that_dies_in_mid_eval_is_not_held_against_the_agent(tmp_path: Path) -> None:
    toy = Toy(tmp_path / "toy", model=True)
    try:
        with toy.started("run", "--until", "eval") as started:
            until(lambda: toy.thoughts.exists() and toy.thoughts.stat().st_size > 4, toy)
            killed = _kill_model(toy)
            assert started.wait(120) == 0, toy.said
    finally:
        toy.esclusa("down")
    assert killed
    assert "outside the agent: model " in toy.said
    rules = {rule["rule"]: rule for gate in toy.json("show")["gates"] for rule in gate["rules"]}
    assert (rules["accuracy > 85%"]["verdict"], rules["accuracy > 85%"]["n"]) == ("pass", 30)
    assert toy.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_an_eval_that_was_interrupted_is_gone_on_with(tmp_path: Path, number: signal.Signals) -> None:
    toy = Toy(tmp_path / "toy", model=True)
    try:
        with toy.started("run", "--until", "eval") as started:
            until(lambda: toy.thoughts.exists() and toy.thoughts.stat().st_size > 4, toy)
            started.send_signal(number)
            assert started.wait(60) == (130 if number == signal.SIGINT else -9), toy.said
        done = toy.esclusa("run", "--resume")
        assert done.returncode == 0, done.stdout + done.stderr
        assert toy.json("history")[0]["outcome"] == "passed"
    finally:
        toy.esclusa("down")
    assert toy.processes() == []


def test_a_wrong_file_runs_nothing_and_names_place_and_mend(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write("esclusa.yaml", file.replace("gates:", "gatez:"), "A typing error")
    done = toy.esclusa("run")
    assert done.returncode == 2
    assert "esclusa.yaml:16: unknown key `gatez`" in done.stderr
    assert "did you mean `gates`?" in done.stderr
    assert "Traceback" not in done.stderr
    assert toy.json("history") == []


def test_two_projects_on_one_port_do_not_serve_each_others_customers(toy: Toy, tmp_path: Path) -> None:
    other = Toy(tmp_path / "other")
    file = (other.root / "esclusa.yaml").read_text()
    other.write("esclusa.yaml", file.replace(str(other.port), str(toy.port)), "The port of somebody else")
    assert toy.esclusa("run").returncode == 0
    try:
        done = other.esclusa("run")
        assert done.returncode == 3, done.stdout
        assert f"port {toy.port} of environment production is taken" in done.stderr
    finally:
        other.esclusa("down")
    assert other.processes() == []
    assert {one["name"]: one["observation"]["router"] for one in toy.json("status")} == {
        "staging": "serving",
        "production": "serving",
    }


def _kill_model(toy: Toy) -> bool:
    """Kill -9 of the model server, found by its command line in this repository."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            inside = os.readlink(place / "cwd").startswith(str(toy.root))
        except OSError:
            continue
        if inside and b"model.py" in words:
            os.kill(int(place.name), signal.SIGKILL)
            return True
    return False
