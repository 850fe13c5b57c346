"""Strategies end to end, on real parts, with customers who must notice nothing but an agent's bug."""

import asyncio
import contextlib
import re
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.prometheus import scraping
from tests.processes import wait_until
from tests.toy import Toy, customers

pytestmark = pytest.mark.real

GREEN = "{uses: blue-green, sticky: x-conversation-id, bake: 2 s, min_samples: 10, keep: 4 s, max_harmed: 30, guard: [error_rate <= 5%]}"
ROLLING = "{uses: rolling, sticky: x-conversation-id, bake: 1 s, min_samples: 30, max_harmed: 30, guard: [error_rate <= baseline + 1%]}"


SHADOW = "{uses: shadow, sticky: x-conversation-id, mirror: 50%, side_effects: none, bake: 2 s, deadline: 2 s, min_samples: 20, guard: [error_rate <= baseline + 1%, latency.p90 < 5 s]}"


AB = "{uses: ab, sticky: x-conversation-id, split: 50%, hold: 12 s, deadline: 2 s, winner: promote, guard: [error_rate <= baseline + 5%]}"


def going_by(toy: Toy, strategy: str, replicas: int) -> None:
    """Let production take over by another strategy."""
    file = (toy.root / "esclusa.yaml").read_text()
    file = re.sub(r"canary: \{steps.*?\]\}", f"canary: {strategy}", file, flags=re.DOTALL)
    toy.write("esclusa.yaml", file.replace("replicas: 2", f"replicas: {replicas}"), "Another strategy")


def versions(
    toy: Toy, *manners: str, at_once: int = 8, opinion: Callable[[str], float] | None = None
) -> tuple[list[dict[str, Any]], set[str]]:
    """Run each version, the first without customers; the runs, oldest first, and what the customers met."""

    async def played() -> set[str]:
        commits = [toy.write("prompts/manner.txt", f"{manner}\n", f"Be {manner}") for manner in manners]
        await asyncio.to_thread(toy.esclusa, "run", "--commit", commits[0])
        async with customers(toy.url, at_once=at_once, opinion=opinion) as seen:
            for commit in commits[1:]:
                await asyncio.to_thread(toy.esclusa, "run", "--commit", commit)
        return set(seen)

    seen = asyncio.run(played())
    return list(reversed(toy.json("history"))), seen


def production(toy: Toy) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in toy.json("status") if one["name"] == "production")
    return found


def moves(toy: Toy, rollout: str) -> list[str]:
    """The states of a rollout, as they came."""
    events = [one["event"] for one in toy.json("why", rollout)["events"]]
    states = [event["state"] for event in events if event["kind"] == "rollout.moved"]
    return [state for number, state in enumerate(states) if states[number - 1 : number] != [state]]


def test_blue_green_promotes_what_is_good_and_goes_back_from_what_fails(toy: Toy) -> None:
    going_by(toy, GREEN, 2)
    runs, seen = versions(toy, "good one", "good and better", "bug")
    assert [run["outcome"] for run in runs] == ["promoted", "promoted", "rolled_back"]
    assert seen == {"200", "500"}, "nobody met anything but an answer or the bug"
    assert moves(toy, runs[1]["rollouts"][-1]) == [
        "preparing",
        "shifting",
        "baking",
        "shifting",
        "baking",
        "promoting",
        "promoted",
    ]
    assert production(toy)["serving"] == runs[1]["release"]


def test_a_release_that_answers_right_and_too_late_is_rolled_back(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write(
        "esclusa.yaml",
        file.replace("guard: [error_rate <= baseline + 0.5%]", 'guard: ["latency.p95 < 800 ms"]'),
        "Guard latency",
    )
    runs, seen = versions(toy, "good one", "slow")
    assert [run["outcome"] for run in runs] == ["promoted", "rolled_back"]
    assert "failed or took longer than 0.8 s in" in runs[1]["reason"]
    assert seen == {"200"}, "nothing failed"
    assert toy.json("why", runs[1]["rollouts"][-1])["rollout"]["harmed"] == 0


@pytest.mark.parametrize(("when_busy", "outcome"), [("replace", "superseded"), ("queue", "promoted")])
def test_a_newer_release_takes_the_place_of_one_that_is_on_its_way_or_waits(
    toy: Toy, when_busy: str, outcome: str
) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write(
        "esclusa.yaml",
        file.replace("strategy: canary, ", f"strategy: canary, when_busy: {when_busy}, "),
        "When busy",
    )
    first = toy.write("prompts/manner.txt", "good one\n", "Be good")
    second, third = (toy.write("prompts/manner.txt", f"good {n}\n", f"Be {n}") for n in ("two", "three"))
    assert toy.esclusa("run", "--commit", first).returncode == 0

    async def overtaken() -> set[str]:
        async with customers(toy.url) as seen:
            with toy.started("run", "--commit", second) as older:
                await asyncio.to_thread(wait_until, lambda: toy.state() == "baking", 120.0)
                if when_busy == "replace":  # or it is over before the newer one comes, on a busy machine
                    await asyncio.to_thread(toy.json, "pause", "production")
                older.kill()
            newer = await asyncio.to_thread(toy.esclusa, "run", "--commit", third)
            assert newer.returncode == 0, newer.stdout
        return set(seen)

    assert asyncio.run(overtaken()) == {"200"}
    newest, older, _ = toy.json("history")
    assert (newest["outcome"], older["outcome"]) == ("promoted", outcome)
    assert production(toy)["serving"] == newest["release"]


def test_while_blue_is_kept_the_way_back_starts_nothing(toy: Toy) -> None:
    going_by(toy, GREEN.replace("keep: 4 s", "keep: 5 m"), 2)
    first = toy.write("prompts/manner.txt", "good one\n", "Be good")
    second = toy.write("prompts/manner.txt", "better and good\n", "Be better")
    assert toy.esclusa("run", "--commit", first).returncode == 0

    blue = toy.rollout()

    def in_its_third_phase() -> bool:
        green = toy.rollout()
        return green is not None and green != blue and green.position == 2

    async def taken_back() -> tuple[set[int], set[str]]:
        before = set(production(toy)["observation"]["processes"])
        async with customers(toy.url) as seen:
            with toy.started("run", "--commit", second) as running:
                await asyncio.to_thread(wait_until, in_its_third_phase, 120.0)
                await asyncio.to_thread(toy.json, "rollback")
                assert await asyncio.to_thread(running.wait, 60) == 1, toy.said
        return before, set(seen)

    before, seen = asyncio.run(taken_back())
    assert toy.json("history")[0]["outcome"] == "rolled_back"
    assert set(production(toy)["observation"]["processes"]) == before, "blue was there all the time"
    assert seen == {"200"}


def test_rolling_replaces_every_replica_and_revives_what_was_retired(toy: Toy) -> None:
    going_by(toy, ROLLING, 3)
    runs, seen = versions(toy, "good one", "good and better", "bug")
    assert [run["outcome"] for run in runs] == ["promoted", "promoted", "rolled_back"]
    assert seen == {"200", "500"}, "nobody met anything but an answer or the bug"
    serving = production(toy)
    assert serving["serving"] == runs[1]["release"]
    [workload] = serving["observation"]["workloads"]
    assert (workload["release"], workload["healthy"]) == (runs[1]["release"], 3)


LIVE = """
dataset: quality.jsonl
scorers: [exact, {regex: {name: sensible, pattern: '^(hello|refund|word[0-9]+)$'}}]
"""


def test_answers_that_get_worse_while_nothing_errors_are_rolled_back_by_the_online_score(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    # Enough pairs that chance does not let it pass: without a violation shown, a phase ends.
    scored = "score: evals/live.yaml, min_scores: 40, scores_per_minute: 1200"
    scored += ', guard: ["sensible >= baseline - 10%"]'
    toy.write("evals/live.yaml", LIVE, "What live answers are worth")
    toy.write("esclusa.yaml", file.replace("guard: [error_rate <= baseline + 0.5%]", scored), "Score them")
    runs, seen = versions(toy, "good one", "good and better", "vague")
    assert [run["outcome"] for run in runs] == ["promoted", "promoted", "rolled_back"]
    assert "the candidate's mean sensible is" in runs[2]["reason"]
    assert seen == {"200"}, "nothing failed"
    told = toy.json("why", runs[2]["rollouts"][-1])["rollout"]
    assert told["harmed"] == 0
    rule = told["judgement"]["rules"][0]
    assert (rule["verdict"], rule["unit"], rule["evidence_from"]) == ("fail", "share", "scored conversations")
    assert rule["estimate"] < 0.9 < rule["baseline"] == 1.0
    said = b"".join(path.read_bytes() for path in (toy.root / ".esclusa").rglob("*") if path.is_file())
    assert b"hello there" not in said, "what customers say is stored nowhere"


def test_what_customers_say_of_answers_takes_a_release_back(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    said = 'min_scores: 20, guard: ["feedback >= baseline - 10%"]'
    file = file.replace("guard: [error_rate <= baseline + 0.5%]", said)
    toy.write("esclusa.yaml", file.replace("agent:\n", "agent:\n  feedback: /feedback\n"), "Hear them")
    runs, seen = versions(
        toy, "good one", "vague", opinion=lambda answer: 0.1 if "nonsense" in answer else 0.9
    )
    assert [run["outcome"] for run in runs] == ["promoted", "rolled_back"]
    assert "the candidate's mean feedback is" in runs[1]["reason"]
    assert seen == {"200", "feedback 204"}, "nothing failed, and every customer was heard"
    told = toy.json("why", runs[1]["rollouts"][-1])["rollout"]
    assert told["harmed"] == 0
    rule = told["judgement"]["rules"][0]
    assert (rule["metric"], rule["verdict"]) == ("feedback", "fail")
    assert rule["estimate"] < rule["baseline"] == pytest.approx(0.9)


COUNTED = """prometheus: {url: "http://127.0.0.1:PORT", every: 1 s, settle: 2 s, rates: {tool_errors: {
           of: "sum(tools_total{release='{release}'})", failed: "sum(tools_total{release='{release}',ok='no'})"}}},
           guard: [tool_errors <= baseline + 10%]"""


def test_what_a_prometheus_counts_takes_a_release_back(toy: Toy, tmp_path: Path) -> None:
    """The agent's own counter, scraped by a real Prometheus; no customer notices anything."""
    tally = tmp_path / "tally"
    tally.mkdir()
    with tools_used(tally) as metrics, scraping(tmp_path / "prometheus", metrics, "") as prometheus:
        file = (toy.root / "esclusa.yaml").read_text()
        counted = COUNTED.replace("http://127.0.0.1:PORT", prometheus.url)
        file = file.replace("guard: [error_rate <= baseline + 0.5%]", counted)
        # Enough turns that some are counted after the settling: without a violation shown, a phase ends.
        file = file.replace("min_samples: 10", "min_samples: 200")
        file = file.replace("  ask:", f"  variables: {{TALLY: {tally}}}\n  ask:", 1)
        toy.write("esclusa.yaml", file, "Watch its tools")
        runs, seen = versions(toy, "good one", "good and better", "clumsy")
    assert [run["outcome"] for run in runs] == ["promoted", "promoted", "rolled_back"]
    assert "tool_errors <= baseline + 10% is violated" in runs[2]["reason"]
    assert seen == {"200"}, "nothing failed"
    told = toy.json("why", runs[2]["rollouts"][-1])["rollout"]["judgement"]["rules"][0]
    assert (told["verdict"], told["evidence_from"]) == ("fail", "Prometheus")


@contextlib.contextmanager
def tools_used(tally: Path) -> Iterator[str]:
    """An exporter of what the replicas have written down, summed up by release."""

    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lines = ["# TYPE tools_total counter"]
            for path in sorted(tally.iterdir()):
                release, used = path.stem, path.suffix.removeprefix(".")
                lines.append(f'tools_total{{release="{release}",ok="{used}"}} {path.stat().st_size}')
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(("\n".join(lines) + "\n").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()


def test_a_release_that_answers_a_suite_wrongly_is_taken_back_before_any_customer_has_met_it(
    toy: Toy,
) -> None:
    """Before it has traffic by a preflight suite; and by cases replayed while no customer is there at all."""
    file = (toy.root / "esclusa.yaml").read_text()
    guard = "guard: [error_rate <= baseline + 0.5%]"
    assert guard in file
    toy.write("evals/more.yaml", "dataset: more.jsonl\nscorers: [exact]\n", "What else is asked")
    toy.write("evals/more.jsonl", '{"id": "h", "input": "hello you", "expected": "hello"}\n', "Hello")
    assert toy.esclusa("run").returncode == 0
    toy.write("prompts/manner.txt", "vague\n", "Vague")
    toy.write("esclusa.yaml", file.replace(guard, f"preflight: evals/more.yaml, {guard}"), "Fly first")
    assert toy.esclusa("run").returncode == 1
    replayed = (
        "replay: evals/more.yaml, replays_per_minute: 600, min_scores: 5, guard: [accuracy >= baseline - 10%]"
    )
    toy.write("esclusa.yaml", file.replace(guard, replayed), "Replay cases")
    assert toy.esclusa("run").returncode == 1
    replays, flight, _ = (toy.json("why", run["rollouts"][-1])["rollout"] for run in toy.json("history"))
    assert (flight["state"], flight["reason"], flight["exposed"]) == (
        "rolled_back",
        "1 of 1 preflight cases answered wrongly: h",
        0,
    )
    assert (replays["state"], replays["exposed"]) == ("rolled_back", 0)
    assert "accuracy >= baseline - 10% is violated: the candidate's mean accuracy is 0 %" in replays["reason"]


def test_a_shadow_shows_what_a_release_would_do_and_nobody_meets_it(toy: Toy) -> None:
    going_by(toy, SHADOW, 2)
    runs, seen = versions(toy, "good one", "good and better", "bug")
    assert [run["outcome"] for run in runs] == ["promoted", "concluded", "rolled_back"]
    assert seen == {"200"}, "the bug was seen in copies alone"
    assert "error_rate <= baseline + 1% is violated" in runs[2]["reason"]
    stories = [toy.json("why", run["rollouts"][-1])["rollout"] for run in runs[1:]]
    assert all((story["exposed"], story["harmed"]) == (0, 0) for story in stories)
    assert all(story["mirrored"] > 20 for story in stories)
    assert [story["mirrored_failed"] > 0 for story in stories] == [False, True]
    assert production(toy)["serving"] == runs[0]["release"]
    assert "sent copies of" in toy.esclusa("why", runs[2]["rollouts"][-1]).stdout


def test_a_b_that_is_better_wins_and_one_that_is_slower_is_reported(toy: Toy) -> None:
    going_by(toy, AB, 2)
    runs, seen = versions(toy, "bug", "good and better", "slow", at_once=24)
    assert [run["outcome"] for run in runs] == ["promoted", "promoted", "concluded"]
    assert runs[1]["reason"].startswith("canary: better: B against A, over ")
    assert runs[2]["reason"].startswith("worse: B against A, over ")
    assert seen == {"200", "500"}, "the bug was A's"
    better, slower = (toy.json("why", run["rollouts"][-1])["rollout"]["trial"] for run in runs[1:])
    found = {one["metric"]: one["finding"] for one in better["differences"]}
    assert (better["finding"], found["error_rate"]) == ("better", "better")
    assert [(one["name"], one["share"]) for one in slower["variants"]] == [("A", 0.5), ("B", 0.5)]
    found = {one["metric"]: one["finding"] for one in slower["differences"]}
    assert (found["error_rate"], found["latency.p95"]) == ("no difference shown", "worse")
    assert production(toy)["serving"] == runs[1]["release"]
    for words in (("why", runs[2]["rollouts"][-1]), ("show",), ("status",), ("show", "--markdown")):
        assert "B against A" in toy.esclusa(*words).stdout


def installed(site: Path) -> Path:
    """The strategy of the page on extending, as an installed package has it: a module and its entry point."""
    page = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[1]
    points = tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[1])["project"]["entry-points"]
    package, metadata = site / "my_package", site / "my_package-1.dist-info"
    for folder in (package, metadata):
        folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tenth.py").write_text(code)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    lines = [
        f"[{group}]\n" + "".join(f"{n} = {o}\n" for n, o in them.items()) for group, them in points.items()
    ]
    (metadata / "entry_points.txt").write_text("".join(lines))
    return site


def test_a_strategy_of_the_user_s_own_is_checked_planned_and_carried_out(toy: Toy, tmp_path: Path) -> None:
    going_by(
        toy,
        "{uses: tenth, sticky: x-conversation-id, bake: 1 s, min_samples: 5, guard: [error_rate <= baseline + 5%]}",
        1,
    )
    unknown = toy.esclusa("check")
    assert (unknown.returncode, "unknown strategy `tenth`" in unknown.stderr + unknown.stdout) == (2, True)
    site = str(installed(tmp_path / "site"))
    assert "10 %: 10 % to the new release (1 new and 1 old)" in toy.esclusa("check", PYTHONPATH=site).stdout
    commits = [toy.write("prompts/manner.txt", f"{manner}\n", manner) for manner in ("good one", "good two")]
    assert toy.esclusa("run", "--commit", commits[0], PYTHONPATH=site).returncode == 0

    async def carried_out() -> set[str]:
        async with customers(toy.url) as seen:
            done = await asyncio.to_thread(toy.esclusa, "run", "--commit", commits[1], PYTHONPATH=site)
            assert done.returncode == 0, done.stdout
        return set(seen)

    assert asyncio.run(carried_out()) == {"200"}
    run = toy.json("history")[0]
    assert run["outcome"] == "promoted"
    assert [phase["name"] for phase in toy.json("why", run["rollouts"][-1])["rollout"]["phases"]] == [
        "10 %",
        "all",
    ]
