"""The lock, end to end, on real parts: git, the supervisor, Envoy, the controller, live customers."""

import asyncio
from typing import Any

import pytest

from tests.processes import wait_until
from tests.toy import Toy, customers

pytestmark = pytest.mark.real

GOOD, BAD, BUG, BETTER = "good\n", "bad\n", "bug\n", "good, and better\n"


def play(toy: Toy, history: list[str]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Run each version after the other with customers at the door; the runs, oldest first, and what they saw."""

    async def played() -> dict[str, int]:
        commits = [toy.write("prompts/manner.txt", manner, f"Be {manner}") for manner in history]
        await asyncio.to_thread(toy.esclusa, "run", "--commit", commits[0])
        async with customers(toy.url) as seen:
            for commit in commits[1:]:
                await asyncio.to_thread(toy.esclusa, "run", "--commit", commit)
        return dict(seen)

    seen = asyncio.run(played())
    return list(reversed(toy.json("history"))), seen


@pytest.mark.parametrize(
    ("history", "outcomes"),
    [
        ([BETTER, BAD, BUG, "good again\n"], ["promoted", "blocked", "rolled_back", "promoted"]),
        ([BETTER, BUG, BAD, "good again\n"], ["promoted", "rolled_back", "blocked", "promoted"]),
    ],
    ids=["as it was", "two commits swapped"],
)
def test_a_good_version_is_promoted_a_bad_one_blocked_and_one_that_slipped_through_taken_back(
    toy: Toy, history: list[str], outcomes: list[str]
) -> None:
    runs, seen = play(toy, history)
    assert [run["outcome"] for run in runs] == outcomes
    by_outcome = {run["outcome"]: run for run in runs}
    assert "accuracy is 0 %" in by_outcome["blocked"]["reason"]
    assert "the candidate failed" in by_outcome["rolled_back"]["reason"]
    rollout = toy.json("why", by_outcome["rolled_back"]["rollouts"][-1])["rollout"]
    assert 0 < rollout["harmed"] <= rollout["exposed"]
    assert seen.keys() == {"200", "500"}, "nobody met anything but an answer or the bug"
    serving = {one["name"]: one["serving"] for one in toy.json("status")}
    assert serving["production"] == runs[-1]["release"]


def test_what_history_says_of_a_run_is_a_contract(toy: Toy) -> None:
    done = toy.esclusa("run", "--until", "eval")
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = toy.json("history")
    assert run.keys() >= {"id", "commit", "release", "outcome", "reason", "started", "seconds"}
    assert (run["commit"], run["outcome"], len(run["release"])) == (toy.first, "passed", 64)


def test_a_rollback_brings_all_of_the_earlier_release_back_even_while_the_file_is_broken(toy: Toy) -> None:
    second = toy.write("prompts/manner.txt", BETTER, "Better")
    for commit in (toy.first, second):
        done = toy.esclusa("run", "--commit", commit) if commit == toy.first else _promoted(toy, commit)
        assert done.returncode == 0, done.stdout + done.stderr
    first_release = toy.json("history")[1]["release"]
    (toy.root / "esclusa.yaml").write_text("project: {broken")
    begun = toy.json("rollback")
    assert begun["release"] == first_release
    story = _until(toy, begun["rollout"], "promoted", "rolled_back", "failed")
    assert story["rollout"]["state"] == "promoted"
    serving = {one["name"]: one["serving"] for one in toy.json("status")}
    assert serving["production"] == first_release


def test_a_person_can_pause_promote_and_abort_a_rollout(toy: Toy) -> None:
    assert toy.esclusa("run").returncode == 0
    second = toy.write("prompts/manner.txt", BETTER, "Better")
    with toy.started("run", "--commit", second) as running:
        rollout = _under_way(toy)
        toy.json("pause", rollout, "--reason", "lunch")
        assert _until(toy, rollout, "paused")["rollout"]["reason"]
        toy.json("abort", rollout, "--reason", "no appetite")
        assert running.wait(60) == 1, toy.said
    assert toy.json("history")[0]["outcome"] == "rolled_back"
    again = toy.esclusa("abort", rollout)
    assert again.returncode == 2
    assert "is over: rolled back" in again.stderr


def test_a_smoke_suite_is_not_got_past_by_running_again(toy: Toy) -> None:
    toy.write("evals/smoke.jsonl", '{"id": "s", "input": "hello", "expected": "goodbye"}\n', "Asks too much")
    for _ in range(2):
        done = toy.esclusa("run")
        assert done.returncode == 1, done.stdout
        assert "1 of 1 smoke cases answered wrongly: s; staging serves it: there is no earlier release" in (
            " ".join(done.stdout.split())
        )
    assert [run["outcome"] for run in toy.json("history")] == ["blocked", "blocked"]
    assert {one["name"]: bool(one["serving"]) for one in toy.json("status")} == {
        "staging": True,
        "production": False,
    }


def test_an_environment_whose_smoke_suite_is_answered_wrongly_goes_back(toy: Toy) -> None:
    assert toy.esclusa("run").returncode == 0
    stable = toy.json("history")[0]["release"]
    toy.write("evals/smoke.jsonl", '{"id": "s", "input": "hello", "expected": "goodbye"}\n', "Asks too much")
    toy.write("prompts/manner.txt", BETTER, "Better")
    done = toy.esclusa("run")
    assert done.returncode == 1, done.stdout
    [run, _] = toy.json("history")
    assert (run["outcome"], run["reason"]) == (
        "blocked",
        f"deploy.staging: staging: 1 of 1 smoke cases answered wrongly: s; went back to {stable[:12]}",
    )
    assert {one["name"]: one["serving"] for one in toy.json("status")} == dict.fromkeys(
        ("staging", "production"), stable
    )


def _promoted(toy: Toy, commit: str) -> Any:
    """Run with customers, so that the canary has something to judge."""

    async def ran() -> Any:
        async with customers(toy.url):
            return await asyncio.to_thread(toy.esclusa, "run", "--commit", commit)

    return asyncio.run(ran())


def _under_way(toy: Toy) -> str:
    """The rollout into production, once it bakes."""
    wait_until(lambda: toy.state() == "baking", 120)
    return str({one["name"]: one["rollout"] for one in toy.json("status")}["production"]["id"])


def _until(toy: Toy, rollout: str, *states: str) -> Any:
    """What is told of a rollout once it is in one of these states."""
    wait_until(
        lambda: (at := toy.rollout()) is not None and at.id == rollout and at.state.value in states, 120
    )
    return toy.json("why", rollout)
