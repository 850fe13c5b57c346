"""The runner, against real servers: nothing lost, nothing counted twice, and the right one to blame."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError, StateError
from esclusa.core.evidence import Coverage, Evidence, Rate
from esclusa.core.project import Price
from esclusa.core.value import replace
from esclusa.evals import runner
from esclusa.evals.kept import Answers
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite
from esclusa.system import SystemClock
from tests.evals.fakes import MemoryAnswers, MemoryLog
from tests.evals.files import made_suite
from tests.evals.servers import Handler, completion, served

USAGE = {"prompt_tokens": 10, "completion_tokens": 5}


def rows(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"c{one}", "input": f"case {one}", "expected": "right", **more} for one in range(number)]


async def case_of(request: web.Request) -> int:
    """Which case it is that asks."""
    return int((await request.json())["messages"][-1]["content"].split()[-1])


def ran(suite: Suite, handler: Handler, **more: Any) -> Evidence:
    """The evidence of the suite over a server with this handler."""

    async def scene() -> Evidence:
        async with served(handler) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock(), **more)

    return asyncio.run(scene())


def rate(evidence: Evidence, name: str) -> Rate:
    found = evidence.measurements[name]
    assert isinstance(found, Rate)
    return found


def test_a_script_is_asked_turn_by_turn_and_kept_whole(tmp_path: Path) -> None:
    asked: list[int] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(len((await request.json())["messages"]))
        return completion("right" if asked[-1] == 3 else "what?", model="m", usage=USAGE)

    suite = made_suite(tmp_path, rows(1, turns=["I mean it"]), "scorers: [exact]\n")
    log = MemoryLog()
    assert rate(ran(suite, handler, log=log), "accuracy").hits == 1
    [case] = log.read("", "")
    assert (asked, case.earlier, case.answer, case.tokens_in) == ([1, 3], ("what?",), "right", 20)


async def right(_: web.Request) -> web.Response:
    return completion("right", model="m", usage=USAGE)


def test_no_answer_is_lost_or_counted_twice_however_they_come(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(500), "scorers: [exact]\nconcurrency: 50\n")
    delays = random.Random(1)
    full = asyncio.Event()
    under_way = most = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if most == 50:
            full.set()
        await full.wait()
        await asyncio.sleep(delays.random() * 0.01)
        under_way -= 1
        return completion("wrong" if await case_of(request) % 50 == 0 else "right", model="m", usage=USAGE)

    log = MemoryLog()
    evidence = ran(suite, handler, log=log, prices={"m": Price(input=1, output=2)})
    wrong = {f"c{number}" for number in range(0, 500, 50)}
    assert rate(evidence, "accuracy") == Rate(
        hits=490, n=500, cases={row["id"]: float(row["id"] not in wrong) for row in rows(500)}
    )
    assert evidence.coverage == Coverage(total=500, seen=500)
    assert evidence.missing == {}
    assert most == 50
    assert sorted(case.id for batch in log.batches for case in batch) == sorted(
        f"c{one}" for one in range(500)
    )


def test_no_answer_is_lost_when_the_suite_ends_while_a_write_waits_for_its_turn(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(2), "scorers: [exact]\nconcurrency: 2\n")
    log = MemoryLog()

    async def second_is_late(request: web.Request) -> web.Response:
        if await case_of(request) == 1:
            await asyncio.sleep(0.4)
        return completion("right", model="m", usage=USAGE)

    async def scene() -> None:
        with ThreadPoolExecutor(1) as only:
            asyncio.get_running_loop().set_default_executor(only)
            async with served(second_is_late) as url:
                busy = asyncio.create_task(asyncio.to_thread(time.sleep, 1.0))
                subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
                await run_suite(suite, subject, clock=SystemClock(), log=log)
                await busy

    asyncio.run(scene())
    assert sorted(case.id for batch in log.batches for case in batch) == ["c0", "c1"]


def test_a_case_says_all_there_is_to_say(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(1, tags=["es"]), "scorers: [exact, {contains: {words: [no]}}]\n")
    log = MemoryLog()
    ran(suite, right, log=log, release="r1", prices={"m": Price(input=1, output=2)})
    (case,) = log.read("", "")
    assert replace(case, seconds=0.0) == Case(
        id="c0",
        answer="right",
        scores={"exact": 1.0, "contains": 0.0},
        explanations={"contains": "does not contain 'no'"},
        tokens_in=10,
        tokens_out=5,
        cost=20e-6,
        tags=("es",),
        model="m",
        subject=f"{suite.subject[:16]} r1",
    )


def test_the_order_is_random_and_repeatable(tmp_path: Path) -> None:
    def order(seed: int) -> list[int]:
        asked: list[int] = []

        async def handler(request: web.Request) -> web.Response:
            asked.append(await case_of(request))
            return completion("right")

        ran(made_suite(tmp_path, rows(20), f"scorers: [exact]\nconcurrency: 1\nseed: {seed}\n"), handler)
        return asked

    first = order(1)
    assert sorted(first) == list(range(20))
    assert first != sorted(first)
    assert order(1) == first
    assert order(2) != first


def test_one_hanging_case_costs_its_own_timeout_and_no_other_case(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(20), "scorers: [exact]\nconcurrency: 4\ntimeout: 5 s\n")

    async def handler(request: web.Request) -> web.Response:
        if await case_of(request) == 7:
            await asyncio.Event().wait()
        return completion("right", model="m", usage=USAGE)

    evidence = ran(suite, handler)
    assert rate(evidence, "error_rate").hits == 1
    assert rate(evidence, "accuracy") == Rate(
        hits=19, n=20, cases={f"c{one}": float(one != 7) for one in range(20)}
    )


def test_numbers_and_failures_are_told_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FLUSH", 0.01)
    monkeypatch.setattr(runner, "TELL", 1)
    suite = made_suite(tmp_path, rows(4), "scorers: [exact]\nconcurrency: 1\n")
    told: list[Mapping[str, str]] = []
    said: list[str] = []
    answered = itertools.count()
    reached = {f"{number}/4": asyncio.Event() for number in range(5)}

    def tell(numbers: Mapping[str, str]) -> None:
        told.append(numbers)
        reached[numbers["cases"]].set()

    async def handler(request: web.Request) -> web.Response:
        """Answers once the last answer was told."""
        await reached[f"{next(answered)}/4"].wait()
        return completion("wrong" if await case_of(request) == 2 else "right")

    ran(suite, handler, tell=tell, say=said.append)
    assert list(dict.fromkeys(numbers["cases"] for numbers in told)) == ["0/4", "1/4", "2/4", "3/4", "4/4"]
    assert told[-1]["accuracy"] == "75.0 %"
    assert said == ["c2: wrong · exact: expected 'right', found 'wrong'"]


def test_relevance_is_scored_over_the_whole_suite_and_logged(tmp_path: Path) -> None:
    cases = [
        {"id": "c0", "input": "Where is my package? 0"},
        {"id": "c1", "input": "I want my money back 1"},
        {"id": "c2", "input": "How do I change my password? 2"},
    ]
    answers = [
        "Your parcel arrives tomorrow",
        "The refund is on your card",
        "Reset your password in the profile",
    ]
    suite = made_suite(tmp_path, cases, "scorers: [relevance]\n")
    log = MemoryLog()

    async def handler(request: web.Request) -> web.Response:
        return completion(answers[await case_of(request)])

    evidence = ran(suite, handler, log=log)
    assert evidence.measurements["relevance"].cases == {"c0": 1.0, "c1": 1.0, "c2": 1.0}  # type: ignore[union-attr]
    assert [case.scores for case in log.read("", "")] == [{"relevance": 1.0}] * 3


def test_one_case_is_too_few_for_relevance(tmp_path: Path) -> None:
    said: list[str] = []
    evidence = ran(made_suite(tmp_path, rows(1), "scorers: [exact, relevance]\n"), right, say=said.append)
    reason = "relevance ranks an answer among the questions of other cases, and there is only one case"
    assert evidence.missing["relevance"] == reason
    assert said == [f"relevance will be missing: {reason}"]


def test_a_mistake_is_found_before_anything_is_asked(tmp_path: Path) -> None:
    async def handler(_: web.Request) -> web.Response:
        raise AssertionError("asked")

    suite = made_suite(tmp_path, [*rows(3), {"id": "x", "input": "y"}], "scorers: [exact]\n")
    with pytest.raises(ConfigurationError, match=r"cases\.jsonl:4: x: the scorer `exact` needs `expected`$"):
        ran(suite, handler)


# Outside failures


class Model:
    """A model server that an agent needs: down from a call on, until its state was asked for so many times."""

    def __init__(self, down_from: int, back_after: int | None = None) -> None:
        self.calls = itertools.count(1)
        self.down_from = down_from
        self.back_after = back_after
        self.down = False

    async def agent(self, _: web.Request) -> web.Response:
        if next(self.calls) == self.down_from:
            self.down = True
        if self.down:
            return web.Response(status=500, text="connection refused")
        await asyncio.sleep(0.005)
        return completion("right", model="m", usage=USAGE)

    def outside(self) -> str | None:
        if self.down and self.back_after is not None:
            self.back_after -= 1
            self.down = self.back_after > 0
        return "the model server is down" if self.down else None


def test_a_model_server_that_dies_in_mid_eval_leaves_cases_unseen_and_not_wrong(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(60), "scorers: [exact]\nconcurrency: 4\n")
    model = Model(down_from=21)
    said: list[str] = []
    evidence = ran(suite, model.agent, outside=model.outside, patience=0.3, say=said.append)
    accuracy = rate(evidence, "accuracy")
    coverage = evidence.coverage
    assert coverage is not None
    assert accuracy.hits == accuracy.n == coverage.seen
    assert accuracy.n == 20
    assert len(accuracy.unseen) == 60 - accuracy.n
    assert rate(evidence, "error_rate").hits == 0
    assert 1 <= coverage.errored <= 4
    assert coverage.not_run == 60 - coverage.seen - coverage.errored
    assert "outside the agent: the model server is down; waiting for it up to 0 s" in said
    assert "not waiting any longer: the model server is down" in said


def test_a_model_server_that_comes_back_costs_no_case(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(60), "scorers: [exact]\nconcurrency: 4\n")
    model = Model(down_from=21, back_after=6)
    said: list[str] = []
    evidence = ran(suite, model.agent, outside=model.outside, say=said.append)
    assert rate(evidence, "accuracy") == Rate(hits=60, n=60, cases={f"c{one}": 1.0 for one in range(60)})
    assert evidence.coverage == Coverage(total=60, seen=60)
    assert "over: the model server is down" in said


def test_an_agent_that_fails_while_all_is_well_outside_is_to_blame(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(10), "scorers: [exact]\n")
    evidence = ran(suite, Model(down_from=1).agent, outside=lambda: None)
    assert rate(evidence, "error_rate") == Rate(hits=10, n=10, cases={f"c{one}": 1.0 for one in range(10)})


@pytest.mark.parametrize("noticed_by", ["a later failure", "the end"])
def test_a_failure_just_before_an_outage_was_noticed_is_laid_to_it(tmp_path: Path, noticed_by: str) -> None:
    suite = made_suite(tmp_path, rows(2), "scorers: [exact]\nconcurrency: 1\n")
    failing = {"a later failure": 2, "the end": 1}[noticed_by]
    answers = itertools.count(1)
    asked = itertools.count(1)

    async def handler(_: web.Request) -> web.Response:
        return completion("right") if next(answers) > failing else web.Response(status=500)

    def outside() -> str | None:
        """Notices late, then is over."""
        return "the model server is down" if next(asked) == 2 else None

    evidence = ran(suite, handler, outside=outside)
    assert rate(evidence, "accuracy") == Rate(hits=2, n=2, cases={"c0": 1.0, "c1": 1.0})


def test_a_restart_long_before_a_failure_is_no_excuse_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK", 1)
    suite = made_suite(tmp_path, rows(2), "scorers: [exact]\nconcurrency: 1\nseed: 1\n")
    restarts = iter(["the model server was started again"])
    noticed = asyncio.Event()
    asked = itertools.count(1)

    def outside() -> str:
        """Said once, whoever asks first."""
        noticed.set()
        return next(restarts, "")

    async def handler(_: web.Request) -> web.Response:
        if next(asked) == 1:
            await noticed.wait()
            return completion("right")
        return web.Response(status=500)

    evidence = ran(suite, handler, outside=outside)
    assert (rate(evidence, "accuracy").hits, rate(evidence, "accuracy").n) == (1, 2)
    assert evidence.coverage == Coverage(
        total=2, seen=1, errored=1, notes=("1 case scored 0: the agent failed",)
    )


def test_what_the_agent_itself_calls_outside_is_asked_again_once(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(5), "scorers: [exact]\n")
    calls: list[int] = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(await case_of(request))
        if calls[-1] == 3 or (calls[-1] == 1 and calls.count(1) == 1):
            return web.Response(status=503, headers={"x-esclusa-outside": "the model server is down"})
        return completion("right")

    evidence = ran(suite, handler)
    assert sorted(calls) == [0, 1, 1, 2, 3, 3, 4]
    assert rate(evidence, "accuracy").unseen == ("c3",)
    assert evidence.coverage == Coverage(
        total=5, seen=4, errored=1, notes=("1 case unseen: the model server is down",)
    )


# Budget and cache


def test_a_budget_ends_the_suite_and_what_was_not_run_is_unseen_and_not_wrong(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(50), "scorers: [exact]\nconcurrency: 4\nbudget: 300 tokens\n")
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return completion("right", model="m", usage=USAGE)

    evidence = ran(suite, handler)
    accuracy, coverage = rate(evidence, "accuracy"), evidence.coverage
    assert asked == 20
    assert (accuracy.hits, accuracy.n, len(accuracy.unseen)) == (20, 20, 30)
    assert coverage == Coverage(
        total=50,
        seen=20,
        not_run=30,
        notes=("30 cases not run: the budget of 300 tokens is spent: 300 tokens",),
    )
    assert evidence.failure is None


def test_what_was_spent_before_an_interruption_is_part_of_the_budget(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(5), "scorers: [exact]\nconcurrency: 1\nbudget: 1 USD\n")
    mark = f"{suite.subject[:16]} r1"
    paid = Case(id="c0", scores={"exact": 1.0}, cost=0.9, tokens_in=1, tokens_out=1, subject=mark)
    evidence = ran(suite, right, log=MemoryLog([paid]), release="r1", prices={"m": Price(input=0, output=0)})
    assert evidence.coverage is not None
    assert evidence.coverage.notes == (
        "4 cases not run: the budget of 1 USD is spent: 0.9 USD, and one more takes 0.9 USD",
    )


def test_a_budget_in_money_needs_a_price(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(5), "scorers: [exact]\nconcurrency: 1\nbudget: 1 USD\n")
    evidence = ran(suite, right)
    assert evidence.coverage is not None
    assert evidence.coverage.notes == (
        "4 cases not run: the budget of 1 USD cannot be kept: there is no price for the model m",
    )


def test_answers_of_before_are_not_asked_for_again_and_keep_what_they_took_and_cost(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(6), "scorers: [exact]\n")
    changed = made_suite(tmp_path, rows(6), "scorers: [{contains: {words: [i]}}]\nbudget: 1 tokens\n")
    cache, log = MemoryAnswers(), MemoryLog()

    async def nobody(_: web.Request) -> web.Response:
        raise AssertionError("asked")

    first = ran(suite, right, kept=Answers(cache, "r1"), prices={"m": Price(input=1, output=2)})
    second = ran(changed, nobody, kept=Answers(cache, "r1"), log=log)
    for name in ("latency", "tokens_per_query", "cost_per_query"):
        assert second.measurements[name] == first.measurements[name]
    assert rate(second, "contains").hits == 6
    assert all(case.cached for case in log.read("", ""))
    assert first.coverage == Coverage(total=6, seen=6)
    assert second.coverage == Coverage(
        total=6, seen=6, notes=("answers from the cache, with the latency and cost of then: 6",)
    )


# Interrupted and resumed


def resumed(suite: Suite, log: MemoryLog, release: str = "") -> tuple[Evidence, set[int]]:
    """What a second passage sees, and the cases that it asks for; it says how many it does not."""
    asked: set[int] = set()
    said: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.add(await case_of(request))
        return completion("right", model="m", usage=USAGE)

    evidence = ran(suite, handler, log=log, release=release, say=said.append)
    total = len(suite.dataset.questions)
    taken = total - len(asked)
    note = f"{taken} of {total} cases were answered before; not asked again"
    assert (note in said) == (taken > 0)
    return evidence, asked


def test_a_cancelled_suite_has_logged_what_was_answered_and_goes_on_from_there(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, rows(40), "scorers: [exact]\nconcurrency: 4\n")
    log = MemoryLog()
    enough = asyncio.Event()
    answered: set[int] = set()
    said = itertools.count(1)
    heard = asyncio.Event()

    def say(_: str) -> None:
        """Every case is wrong, and is named when it has come."""
        if next(said) == 15:
            heard.set()

    async def handler(request: web.Request) -> web.Response:
        number = await case_of(request)
        if len(answered) == 15:
            enough.set()
            await asyncio.sleep(60)
        answered.add(number)
        return completion("wrong", model="m", usage=USAGE)

    async def scene() -> None:
        async with served(handler) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            task = asyncio.create_task(run_suite(suite, subject, clock=SystemClock(), log=log, say=say))
            await enough.wait()
            await heard.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scene())
    logged = {int(case.id[1:]) for case in log.read("", "")}
    assert logged == answered
    evidence, asked = resumed(suite, log)
    assert asked == set(range(40)) - answered
    assert rate(evidence, "accuracy").hits == 40 - len(answered)
    assert evidence.coverage == Coverage(total=40, seen=40)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({}, {1}),
        ({"release": "r2"}, {0, 1, 2}),
        ({"suite": "scorers: [{exact: {ignore: [case]}}]\n"}, {0, 1, 2}),
    ],
)
def test_only_answers_of_the_same_suite_and_release_are_taken_over(
    tmp_path: Path, change: dict[str, str], again: set[int]
) -> None:
    suite = made_suite(tmp_path, rows(3), "scorers: [exact]\n")
    mark = f"{suite.subject[:16]} r1"
    log = MemoryLog(
        [
            Case(id="c0", error="boom", error_kind="agent", subject=mark),
            Case(id="c1", error="down", error_kind="outside", subject=mark),
            Case(id="c2", scores={"exact": 0.0}, subject=mark),
            Case(id="gone", scores={"exact": 0.0}, subject=mark),
        ]
    )
    if "suite" in change:
        suite = made_suite(tmp_path, rows(3), change["suite"])
    evidence, asked = resumed(suite, log, change.get("release", "r1"))
    assert asked == again
    assert rate(evidence, "accuracy").hits == len(again)


def test_answers_that_could_not_be_written_are_written_with_the_next_ones(tmp_path: Path) -> None:
    class Busy(MemoryLog):
        refused: Sequence[Case] = ()

        def add(self, run: str, step: str, cases: Iterable[Case]) -> None:
            if not self.refused:
                self.refused = list(cases)
                raise StateError("the database is locked")
            super().add(run, step, cases)

    suite = made_suite(tmp_path, rows(2000), "scorers: [exact]\nconcurrency: 1\n")
    log = Busy()
    with pytest.raises(StateError, match="locked"):
        ran(suite, right, log=log)
    assert log.refused
    assert log.batches[1][: len(log.refused)] == log.refused


def test_a_log_that_cannot_be_written_ends_the_suite_with_its_error(tmp_path: Path) -> None:
    class Full(MemoryLog):
        def add(self, *_: Any) -> None:
            raise StateError("the disk is full")

    suite = made_suite(tmp_path, rows(200), "scorers: [exact]\nconcurrency: 1\n")

    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return completion("right")

    with pytest.raises(StateError, match="the disk is full"):
        ran(suite, handler, log=Full())


def test_a_plugins_subject_that_raises_is_its_bug_and_not_hidden(tmp_path: Path) -> None:
    class Broken:
        async def __aenter__(self) -> "Broken":
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def ask(self, *_: object) -> Any:
            raise ZeroDivisionError

    suite = made_suite(tmp_path, rows(3), "scorers: [exact]\n")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_suite(suite, Broken(), clock=SystemClock()))
