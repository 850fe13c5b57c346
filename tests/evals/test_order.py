"""The order drawn: cases are looked at in it alone, and the runner stops when they have settled the gates."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from esclusa.core.case import Case
from esclusa.core.evidence import Evidence
from esclusa.core.gate import Verdict
from esclusa.core.value import replace
from esclusa.evals.order import Order
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.gates.judge import judge
from esclusa.gates.stopping import Stopping
from esclusa.system import SystemClock
from tests.evals.fakes import MemoryLog
from tests.evals.files import made_suite
from tests.evals.servers import completion, served
from tests.gates.worlds import gate, rule

RULE = "accuracy > 85%"
STEP = "eval.quality"
ROWS = [{"id": f"c{number}", "input": f"case {number}", "expected": "right"} for number in range(400)]
SUITE = "scorers: [exact]\nconcurrency: 50\nstop: settled\n"
STOP = Stopping((rule(RULE),), STEP)


def asked(directory: Path, wrong: int, *, slow: str, log: MemoryLog | None = None) -> Evidence:
    """The suite over an agent that is wrong on the first cases, and slow where it is `right` or `wrong`."""
    suite = made_suite(directory, ROWS, SUITE)

    async def handler(request: web.Request) -> web.Response:
        number = int((await request.json())["messages"][-1]["content"].split()[-1])
        said = "wrong" if number < wrong else "right"
        await asyncio.sleep(0.03 if said == slow else 0)
        return completion(said)

    async def scene() -> Evidence:
        async with served(handler) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock(), stop=STOP, log=log)

    return asyncio.run(scene())


def verdict(evidence: Evidence) -> Verdict:
    return judge(gate(RULE), {STEP: evidence}, None, baseline_state="none yet").verdict


@pytest.mark.parametrize("slow", ["right", "wrong"])
@pytest.mark.parametrize(("wrong", "came_to"), [(12, Verdict.PASS), (120, Verdict.FAIL)])
def test_the_verdict_does_not_hang_on_which_answers_are_quick(
    tmp_path: Path, wrong: int, came_to: Verdict, slow: str
) -> None:
    evidence = asked(tmp_path, wrong, slow=slow)
    assert verdict(evidence) is came_to
    assert evidence.coverage is not None
    assert evidence.coverage.not_run > 100
    assert evidence.coverage.seen + evidence.coverage.errored + evidence.coverage.not_run == 400
    assert "not run: those asked had settled the gates" in evidence.coverage.notes[-1]


def test_a_resumed_suite_comes_to_the_same_verdict_and_asks_no_more_than_it_needs(tmp_path: Path) -> None:
    log = MemoryLog()
    first = asked(tmp_path, 12, slow="", log=log)
    kept = [case for batch in log.batches for case in batch]
    again = asked(tmp_path, 12, slow="", log=MemoryLog(kept[:20]))
    done = asked(tmp_path, 400, slow="", log=MemoryLog(kept))
    assert [verdict(one) for one in (first, again, done)] == [Verdict.PASS] * 3
    assert done.draw == first.draw


def test_a_case_waits_for_those_drawn_before_it(tmp_path: Path) -> None:
    order = Order(made_suite(tmp_path, ROWS, SUITE), STOP)
    right = [Case(id=question.id, scores={"exact": 1.0}) for question in order.questions]
    for case in right[1:300]:
        order.came(case)
    assert not order.settled
    order.came(right[0])
    assert order.settled


def test_a_case_that_turns_out_otherwise_is_looked_at_again(tmp_path: Path) -> None:
    order = Order(made_suite(tmp_path, ROWS, SUITE), STOP)
    cases = [Case(id=question.id, scores={"exact": 1.0}) for question in order.questions[:40]]
    for case in cases:
        order.came(case)
    assert order.settled
    for case in cases[:20]:
        order.came(replace(case, error="the model server is down", error_kind="outside", scores={}))
    assert not order.settled


def test_a_suite_that_does_not_want_to_stop_is_asked_to_the_end(tmp_path: Path) -> None:
    order = Order(made_suite(tmp_path, ROWS, "scorers: [exact]\n"), STOP)
    for question in order.questions:
        order.came(Case(id=question.id, scores={"exact": 1.0}))
    assert not order.settled
    assert order.draw({}) is None


def test_a_rule_on_the_first_token_waits_for_all_cases(tmp_path: Path) -> None:
    first = Stopping((rule(RULE), rule("time_to_first_token.p95 < 1 s")), STEP)
    order = Order(made_suite(tmp_path, ROWS, SUITE), first)
    for question in order.questions:
        order.came(Case(id=question.id, scores={"exact": 1.0}, first_token=0.1))
    assert not order.settled


@pytest.mark.parametrize(("rules", "settled"), [((), True), (("bias.gap < 50%",), False)])
def test_a_rule_on_counterfactual_pairs_waits_for_all_cases(
    tmp_path: Path, rules: tuple[str, ...], settled: bool
) -> None:
    pairs = [
        {"id": f"p{number}", "group": "age", "pair": {"young": f"{number} at 20", "old": f"{number} at 80"}}
        for number in range(100)
    ]
    suite = made_suite(tmp_path, pairs, "scorers: []\nbias: {decision: metadata.intent}\nstop: settled\n")
    order = Order(suite, Stopping(tuple(map(rule, ("error_rate < 10%", *rules))), STEP))
    for question in order.questions:
        order.came(Case(id=question.id, decision='"refund"'))
    assert order.settled is settled


def test_a_budget_that_is_spent_ends_a_suite_before_it_is_settled(tmp_path: Path) -> None:
    suite = made_suite(
        tmp_path, ROWS, "scorers: [exact]\nconcurrency: 2\nstop: settled\nbudget: [100 tokens]\n"
    )

    async def handler(_: web.Request) -> web.Response:
        return completion("right", usage={"prompt_tokens": 10, "completion_tokens": 10})

    async def scene() -> Evidence:
        async with served(handler) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock(), stop=STOP)

    evidence = asyncio.run(scene())
    assert evidence.coverage is not None
    assert "not run: the budget of 100 tokens is spent" in evidence.coverage.notes[-1]
    assert verdict(evidence) is Verdict.UNDECIDED
