"""Bills: what models that score take is counted, and they are asked no further than a budget goes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import Case, Scoring
from esclusa.core.evidence import Coverage, Evidence, Rate, Scores
from esclusa.core.project import Price
from esclusa.evals.answer import Answer
from esclusa.evals.bill import Bill, Call, laid_open
from esclusa.evals.embeddings import Remote
from esclusa.evals.endpoint import EndpointFailed
from esclusa.evals.kept import Answers
from esclusa.evals.question import Question
from esclusa.evals.runner import run_suite
from esclusa.evals.scorers.judge import Judge
from esclusa.evals.scorers.pairwise import Pairwise
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite
from esclusa.system import SystemClock
from tests.evals.fakes import ImpatientClock, MemoryAnswers, MemoryLog
from tests.evals.files import made_suite
from tests.evals.models import SaidModel, said_model
from tests.evals.servers import completion, served

YES = {"reason": "so it is", "choice": "yes"}
CALL = Scoring(calls=1, tokens_in=50, tokens_out=5, cost=0.25)
ASKED = Question(id="a", input="Hi", expected="Hello")


def bill() -> Bill:
    return Bill(lambda call: 0.25 if call.tokens_in else None, lambda: "")


def taken(scene: Callable[[SaidModel], Awaitable[Any]], *replies: Any) -> Scoring:
    """What the bill says of what the scene asks."""

    async def run() -> Scoring:
        mine = bill()
        async with said_model(*replies) as model:
            with laid_open(mine):
                await scene(model)
        return mine.scoring

    return asyncio.run(run())


def times(number: int) -> Scoring:
    return Scoring(calls=number, tokens_in=50 * number, tokens_out=5 * number, cost=0.25 * number)


def test_a_bill_sums_its_calls_and_names_the_models_that_have_no_price() -> None:
    mine = Bill(lambda call: 0.5 if call.model == "a" else None, lambda: "")
    for model, tokens in [("b", 1), ("a", 2), ("b", 3)]:
        mine.add(Call(model, tokens, 1))
    assert mine.scoring == Scoring(calls=3, tokens_in=6, tokens_out=3, cost=0.5, unpriced=("b",))
    mine.add(Call("a", None, 1))
    assert mine.scoring.tokens_in is None


def test_every_vote_of_a_judge_is_on_the_bill() -> None:
    async def scene(model: SaidModel) -> None:
        again = {"votes": 3, "near": 1.0}
        judge = Judge({"model": {"url": model.url, "model": "j"}, "rubric": "Right?", "again": again}, Path())
        await judge.score(ASKED, Answer(text="Hello"))

    assert taken(scene, YES) == times(3)


def test_both_orders_of_a_pair_are_on_the_bill() -> None:
    async def scene(model: SaidModel) -> None:
        pairwise = Pairwise({"model": {"url": model.url, "model": "j"}}, Path())
        await pairwise.score(ASKED, Answer(text="Hello"))

    assert taken(scene, {"reason": "r", "choice": "tie"}) == times(2)


def test_nonsense_is_paid_for_and_a_refused_call_is_not() -> None:
    async def scene(model: SaidModel) -> None:
        settings = {"model": {"url": model.url, "model": "j", "retries": 2}, "rubric": "Right?"}
        with pytest.raises(EndpointFailed):
            await Judge(settings, Path(), ImpatientClock()).score(ASKED, Answer(text="Hello"))

    assert taken(scene, "nonsense", web.Response(status=503), "nonsense") == times(2)


def test_embeddings_write_no_tokens_and_are_on_the_bill() -> None:
    async def scene(model: SaidModel) -> None:
        await Remote({"url": model.url, "model": "e"}).embed(["a"])

    usage = {"prompt_tokens": 4, "total_tokens": 4}
    found = taken(scene, web.json_response({"data": [{"index": 0, "embedding": [1.0]}], "usage": usage}))
    assert found == Scoring(calls=1, tokens_in=4, tokens_out=0, cost=0.25)


def test_a_model_that_does_not_say_what_it_took_is_on_the_bill_as_such() -> None:
    async def scene(model: SaidModel) -> None:
        judge = Judge({"model": {"url": model.url, "model": "j"}, "rubric": "Right?"}, Path())
        await judge.score(ASKED, Answer(text="Hello"))

    found = taken(scene, completion('{"reason": "r", "choice": "yes"}'))
    assert found == Scoring(calls=1, tokens_in=None, tokens_out=None)


# In a suite: the agent takes 15 tokens for a case, the judge 55 for each call


def suite_of(place: Path, model: SaidModel, budget: str, again: str = "") -> Suite:
    judge = f"{{model: {{url: {model.url}, model: j, retries: 1}}, rubric: Is it right?{again}}}"
    rows = [{"id": f"c{one}", "input": "Say it", "expected": "right"} for one in range(5)]
    return made_suite(
        place, rows, f"scorers: [exact, {{judge: {judge}}}]\nconcurrency: 1\nbudget: {budget}\n"
    )


async def ran(suite: Suite, **more: Any) -> Evidence:
    async def right(_: web.Request) -> web.Response:
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        return completion("right", model="m", usage=usage)

    async with served(right) as url:
        subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
        return await run_suite(suite, subject, clock=SystemClock(), **more)


def coverage(evidence: Evidence) -> Coverage:
    assert evidence.coverage is not None
    return evidence.coverage


def test_what_a_judge_takes_is_part_of_a_suites_budget_and_named_apart(tmp_path: Path) -> None:
    log = MemoryLog()

    async def scene() -> Evidence:
        async with said_model(YES) as model:
            prices = {"m": Price(input=1, output=1), "judge-1": Price(input=10, output=10)}
            return await ran(suite_of(tmp_path, model, "150 tokens"), log=log, prices=prices)

    found = coverage(asyncio.run(scene()))
    assert (found.seen, found.errored, found.not_run) == (2, 0, 3)
    assert (
        "the models that score took 0.0011 USD, 110 tokens, in 2 calls; the agent 3e-05 USD, 30 tokens"
        in found.notes
    )
    why = "3 cases not run: the budget of 150 tokens is spent: 140 tokens, and one more takes 70 tokens"
    assert found.notes[-1] == why
    assert [case.scoring for case in log.read("", "")] == [
        Scoring(calls=1, tokens_in=50, tokens_out=5, cost=0.00055)
    ] * 2


def test_a_judge_without_a_price_ends_a_budget_in_money(tmp_path: Path) -> None:
    async def scene() -> Evidence:
        async with said_model(YES) as model:
            return await ran(suite_of(tmp_path, model, "1 USD"), prices={"m": Price(input=1, output=1)})

    why = "4 cases not run: the budget of 1 USD cannot be kept: there is no price for judge-1, which scores"
    assert coverage(asyncio.run(scene())).notes[-1] == why


def test_an_answer_that_nothing_was_left_to_judge_is_unseen_for_the_judge_and_is_asked_again_with_more(
    tmp_path: Path,
) -> None:
    log = MemoryLog()

    async def scene() -> tuple[Evidence, list[Case], Evidence]:
        async with said_model(YES) as model:
            again = ", again: {votes: 3, near: 1.0}"  # 165 tokens an answer, of which 110 are spent after two
            first = await ran(suite_of(tmp_path, model, "100 tokens", again), log=log)
            cases = list(log.read("", ""))
            more = await ran(suite_of(tmp_path, model, "1000000 tokens", again), log=log)
            return first, cases, more

    first, (case,), more = asyncio.run(scene())
    why = "the budget of 100 tokens is spent: 110 tokens"
    assert (case.scores, case.explanations) == ({"exact": 1.0}, {"judge": f"not scored: {why}"})
    assert case.scoring == Scoring(calls=2, tokens_in=100, tokens_out=10, unpriced=("judge-1",), refused=why)
    accuracy = first.measurements["accuracy"]
    assert isinstance(accuracy, Rate)
    assert (accuracy.hits, accuracy.n, len(accuracy.unseen)) == (1, 1, 4)
    assert "judge" not in first.measurements
    assert f"1 answer was not scored by every scorer: {why}" in coverage(first).notes
    assert "4 cases not run: the budget of 100 tokens is spent: 125 tokens" in coverage(first).notes
    votes = more.measurements["judge"]
    assert isinstance(votes, Scores)
    assert len(votes.cases) == 5
    # Two calls of the first passage, three for each case of the second.
    assert "the models that score took 935 tokens, in 17 calls; the agent 90 tokens" in coverage(more).notes


@pytest.mark.parametrize("tokens", [300, 1000, 2900])
def test_with_many_under_way_no_case_is_lost_and_little_more_is_spent_than_there_was(
    tmp_path: Path, tokens: int
) -> None:
    log = MemoryLog()

    async def scene() -> Evidence:
        async with said_model({"reason": "", "choice": "no"}) as model:
            given = f"{{url: {model.url}, model: j}}, rubric: Right?, again: {{votes: 3, near: 0}}, accuracy: true"
            rows = [{"id": f"c{one}", "input": "Say it"} for one in range(20)]
            head = f"scorers: [{{judge: {{model: {given}}}}}]\nconcurrency: 6\nbudget: {tokens} tokens\n"
            return await ran(made_suite(tmp_path, rows, head), log=log)

    evidence = asyncio.run(scene())
    found, cases = coverage(evidence), log.read("", "")
    assert (found.total, found.errored) == (20, 0)
    assert found.seen + found.not_run == 20
    assert found.seen == len(cases)
    assert found.not_run > 0
    judged = [case for case in cases if case.scores]
    accuracy = evidence.measurements.get("accuracy")
    assert accuracy is None or (isinstance(accuracy, Rate) and accuracy.n == len(judged))
    assert all(case.scores or "not scored: the budget of" in case.explanations["judge"] for case in cases)
    calls = sum(case.scoring.calls for case in cases if case.scoring)
    assert 15 * len(cases) + 55 * calls <= tokens + 6 * (15 + 55)


def test_answers_from_the_cache_cost_what_their_judge_takes(tmp_path: Path) -> None:
    async def scene() -> Evidence:
        cache = MemoryAnswers()
        async with said_model(YES) as model:
            for _ in range(2):
                suite = suite_of(tmp_path, model, "100 tokens")
                found = await ran(suite, kept=Answers(cache, "r", {}))
            return found

    found = coverage(asyncio.run(scene()))
    assert (found.seen, found.not_run) == (1, 4)
    assert "the models that score took 55 tokens, in 1 call; the agent 0 USD, 0 tokens" in found.notes
