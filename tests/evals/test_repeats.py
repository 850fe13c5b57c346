"""Repeated cases, through the real runner and a server: the case is the unit, whatever it is asked of."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Coverage, Evidence, Rate, Scores
from esclusa.core.gate import Verdict
from esclusa.evals.kept import Answers
from esclusa.evals.order import Order
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, metrics
from esclusa.gates.judge import judge
from esclusa.gates.stopping import Stopping
from esclusa.system import SystemClock
from tests.evals.fakes import MemoryAnswers, MemoryLog
from tests.evals.files import made_suite, write_suite
from tests.evals.servers import completion, served
from tests.gates.worlds import gate, rule

STEP = "eval.quality"
USAGE = {"prompt_tokens": 10, "completion_tokens": 5}


def rows(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"c{one}", "input": f"case {one}", "expected": "right", "tags": ["odd"] if one % 2 else []}
        for one in range(number)
    ]


class Flaky:
    """An agent that is wrong on its first answers to some cases, so many of them by case; that falls over on
    the first ones to others; and counts how often it was asked.
    """

    def __init__(
        self, wrong: Mapping[int, int], broken: Mapping[int, int] | None = None, down: int | None = None
    ) -> None:
        """`down`: of this case, only the first asking is answered."""
        self.asked: Counter[int] = Counter()
        self._wrong = wrong
        self._broken = broken or {}
        self._down = down

    async def answer(self, request: web.Request) -> web.Response:
        number = int((await request.json())["messages"][-1]["content"].split()[-1])
        self.asked[number] += 1
        if number == self._down and self.asked[number] > 1:
            return web.Response(status=503, headers={"x-esclusa-outside": "the model server is down"})
        if self.asked[number] <= self._broken.get(number, 0):
            return web.Response(status=500)
        said = "wrong" if self.asked[number] <= self._wrong.get(number, 0) else "right"
        return completion(said, model="m", usage=USAGE)


def ran(suite: Suite, agent: Flaky, **more: Any) -> Evidence:
    async def scene() -> Evidence:
        async with served(agent.answer) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock(), **more)

    return asyncio.run(scene())


SUITE = "scorers: [exact]\nconcurrency: 8\nrepeats: 3\n"


def test_a_case_counts_once_with_the_mean_of_its_askings(tmp_path: Path) -> None:
    agent, log = Flaky({0: 1, 1: 2, 2: 3}, {3: 1}), MemoryLog()
    evidence = ran(made_suite(tmp_path, rows(5), SUITE), agent, log=log)
    two, one = 2 / 3, 1 / 3
    accuracy = {"c0": two, "c1": one, "c2": 0.0, "c3": two, "c4": 1.0}
    assert agent.asked == Counter(dict.fromkeys(range(5), 3))
    assert evidence.measurements["accuracy"] == Scores(cases=accuracy)
    assert evidence.measurements["exact"] == Scores(cases=accuracy)
    assert evidence.measurements["error_rate"] == Scores(
        cases={"c0": 0.0, "c1": 0.0, "c2": 0.0, "c3": one, "c4": 0.0}
    )
    assert evidence.measurements["flaky"] == Rate(
        hits=3, n=5, cases={"c0": 1.0, "c1": 1.0, "c2": 0.0, "c3": 1.0, "c4": 0.0}
    )
    assert evidence.measurements["pass^2"] == Scores(
        cases={"c0": one, "c1": 0.0, "c2": 0.0, "c3": one, "c4": 1.0}
    )
    assert evidence.measurements["pass^3"] == Scores(
        cases={"c0": 0.0, "c1": 0.0, "c2": 0.0, "c3": 0.0, "c4": 1.0}
    )
    assert evidence.slices["odd"]["flaky"] == Rate(hits=2, n=2, cases={"c1": 1.0, "c3": 1.0})
    assert evidence.coverage == Coverage(
        total=5,
        seen=4,
        errored=1,
        notes=(
            "each case was asked 3 times and counts once, with its mean",
            "1 case scored 0 in an asking or more: the agent failed",
        ),
    )
    assert sorted((case.id, case.repeat) for case in log.read("", "")) == [
        (f"c{one}", repeat) for one in range(5) for repeat in range(3)
    ]
    found = judge(
        gate("pass^3 >= 80%", "flaky <= 5%"), {STEP: evidence}, None, baseline_state="none yet"
    ).rules
    assert [one.verdict for one in found] == [Verdict.FAIL, Verdict.FAIL]
    assert [one.n for one in found] == [5, 5]
    assert "5 cases asked 3 times each" in found[0].sentence
    assert "3 of 5 cases asked 3 times each" in found[1].sentence


def test_a_case_of_which_an_asking_was_not_seen_is_unseen_and_not_wrong(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(4), SUITE.replace("8", "1") + "budget: [75 tokens]\n")
    evidence = ran(suite, Flaky({}))
    accuracy = evidence.measurements["accuracy"]
    assert isinstance(accuracy, Scores)
    assert (list(accuracy.cases.values()), len(accuracy.unseen)) == ([1.0], 3)
    assert evidence.coverage is not None
    assert (evidence.coverage.seen, evidence.coverage.not_run) == (1, 3)
    assert (
        evidence.coverage.notes[-1]
        == "3 cases not run, 1 of them asked fewer than 3 times: the budget of 75 tokens is spent: 75 tokens"
    )
    judged = judge(gate("pass^3 >= 80%"), {STEP: evidence}, None, baseline_state="none yet")
    assert judged.verdict is Verdict.UNDECIDED


def test_an_asking_that_something_outside_failed_leaves_its_case_unseen(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(2), SUITE.replace("8", "1"))
    evidence = ran(suite, Flaky({}, down=0))
    assert evidence.measurements["accuracy"] == Scores(cases={"c1": 1.0}, unseen=("c0",))
    assert evidence.measurements["latency"].unseen == ("c0",)  # type: ignore[union-attr]
    assert evidence.coverage is not None
    assert evidence.coverage == Coverage(total=2, seen=1, errored=1, notes=evidence.coverage.notes)
    assert "1 case unseen: the model server is down" in evidence.coverage.notes


def test_a_resumed_suite_asks_only_the_askings_that_are_lacking(tmp_path: Path) -> None:
    suite, log = made_suite(tmp_path, rows(6), SUITE), MemoryLog()
    first = ran(suite, Flaky({0: 3, 1: 3}), log=log)
    cases = list(log.read("", ""))
    lacking = Flaky({0: 3, 1: 3})
    again = ran(suite, lacking, log=MemoryLog(cases[:10]))
    assert sum(lacking.asked.values()) == 8
    assert again.measurements["accuracy"] == first.measurements["accuracy"]


def test_answers_are_kept_by_asking(tmp_path: Path) -> None:
    suite, cache = made_suite(tmp_path, rows(2), SUITE), MemoryAnswers()
    agent = Flaky({0: 1})
    first = ran(suite, agent, kept=Answers(cache, "r1"))
    again = ran(suite, agent, kept=Answers(cache, "r1"))
    assert len(cache.bodies) == 6
    assert sum(agent.asked.values()) == 6
    assert again.measurements["flaky"] == first.measurements["flaky"]


def test_a_suite_stops_at_whole_cases(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(300), SUITE.replace("8", "20") + "stop: settled\n")
    stop = Stopping((rule("pass^3 >= 80%"), rule("flaky <= 20%")), STEP)
    agent = Flaky(dict.fromkeys(range(0, 300, 50), 1))
    evidence = ran(suite, agent, stop=stop)
    judged = judge(gate("pass^3 >= 80%", "flaky <= 20%"), {STEP: evidence}, None, baseline_state="none yet")
    assert judged.verdict is Verdict.PASS
    assert evidence.draw is not None
    assert len(evidence.draw.order) == 300
    assert len(evidence.draw.not_run) > 150
    assert evidence.coverage is not None
    assert evidence.coverage.not_run == len(evidence.draw.not_run)
    assert sum(agent.asked.values()) <= 3 * (300 - len(evidence.draw.not_run)) + 20


def test_the_askings_of_a_case_stand_together_in_the_order_that_cases_are_drawn_in(tmp_path: Path) -> None:
    once = [question.id for question in Order(made_suite(tmp_path, rows(20), "scorers: [exact]\n")).questions]
    thrice = Order(made_suite(tmp_path, rows(20), SUITE)).questions
    assert [(one.id, one.repeat) for one in thrice] == [(one, again) for one in once for again in range(3)]


def test_a_suite_is_compared_with_as_many_askings_only(tmp_path: Path) -> None:
    subjects = {
        made_suite(tmp_path, rows(2), f"scorers: [exact]\nrepeats: {often}\n").subject for often in (1, 2, 3)
    }
    assert len(subjects) == 3
    assert made_suite(tmp_path, rows(2), "scorers: [exact]\n").subject in subjects


def test_a_suite_says_which_metrics_its_repeats_add(tmp_path: Path) -> None:
    def added(text: str) -> list[str]:
        names = [metric.name for metric in metrics(made_suite(tmp_path, rows(2), text))]
        return [name for name in names if name == "flaky" or "^" in name]

    assert added(SUITE) == ["flaky", "pass^2", "pass^3"]
    assert added("scorers: [exact]\n") == []
    assert added("scorers: [edit_distance]\nrepeats: 3\n") == []


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("scorers: [exact]\nrepeats: 0\n", "repeats"),
        ("scorers: [exact]\nrepeats: 11\n", "repeats"),
        ("load: {rate: 5, duration: 1 s}\nrepeats: 2\n", "repeats"),
    ],
)
def test_repeats_that_make_no_sense_are_named(tmp_path: Path, more: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        made_suite(tmp_path, rows(2), more)
    assert (raised.value.key, raised.value.line) == (key, len(more.splitlines()) + 1)


def test_pairs_are_not_repeated(tmp_path: Path) -> None:
    pairs = [{"id": "p", "group": "age", "pair": {"young": "at 20", "old": "at 80"}}]
    write_suite(tmp_path, pairs, "")
    with pytest.raises(ConfigurationError, match="counterfactual pairs are asked once"):
        made_suite(tmp_path, pairs, "scorers: []\nbias: {decision: metadata.intent}\nrepeats: 2\n")
