"""A whole passage through a suite by a crew whose workers are lost: nothing that one process does is missing."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.case import Case, Scoring
from esclusa.core.evidence import Evidence, Rate
from esclusa.core.value import replace
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite
from esclusa.evals.workers.hand import Job
from esclusa.evals.workers.spread import Spread
from esclusa.gates.stopping import Stopping
from esclusa.system import SystemClock
from tests.evals.fakes import MemoryLog
from tests.evals.files import made_suite
from tests.evals.models import said_model
from tests.evals.workers.fakes import HandPool
from tests.gates.worlds import rule

AGENT = """
ASKED = []

async def reply(text):
    ASKED.append(text)
    number = int(text.split()[-1])
    if number % 11 == 0:
        raise RuntimeError("no idea")
    message = {"role": "assistant", "content": "wrong" if number % 7 == 0 else f"right, {number}"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return {"choices": [{"index": 0, "message": message}], "model": "m", "usage": usage}
"""
CASES = 200
ASK = {"python": "passage_agent:reply"}
SUITE = "scorers: [contains]\nconcurrency: 16\nseed: 3\n"


def suite_in(directory: Path, more: str = "") -> Suite:
    (directory / "passage_agent.py").write_text(AGENT)
    rows = [{"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in range(CASES)]
    return made_suite(directory, rows, SUITE + more)


def asked(
    suite: Suite, takes: Callable[[], int] | None = None, log: MemoryLog | None = None, **more: Any
) -> tuple[Evidence, dict[str, Case]]:
    """The evidence, and every case that came of it, without its seconds."""
    log = log or MemoryLog()
    clock = SystemClock()
    subject = build_subject(ASK, Site(directory=suite.directory, clock=clock))
    crew = None
    if takes is not None:
        job = Job(suite=suite, ask=ASK, url="", directory=str(suite.directory))
        crew = Spread(HandPool(3, job, takes), ["contains"], print)
    evidence = asyncio.run(run_suite(suite, subject, clock=clock, log=log, crew=crew, **more))
    return evidence, {case.id: replace(case, seconds=0.0) for case in log.read("", "")}


def never() -> int:
    return -1


@pytest.mark.parametrize("seed", range(5))
def test_whichever_workers_are_lost_every_case_comes_to_what_it_does_in_one_process(
    tmp_path: Path, seed: int
) -> None:
    suite = suite_in(tmp_path)
    chance = random.Random(seed)
    alone, cases = asked(suite)
    spread, others = asked(suite, lambda: chance.randint(2, 8))
    assert others == cases
    assert spread.measurements["accuracy"] == alone.measurements["accuracy"]
    assert spread.coverage is not None
    assert spread.coverage.notes[0].endswith("a worker was lost before it gave the answer back")


def test_every_asking_of_a_case_has_the_score_of_its_own_answer(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, "repeats: 3\n")
    (tmp_path / "passage_agent.py").write_text(
        "ASKED = []\n\nasync def reply(text):\n    ASKED.append(text)\n"
        '    return f\'{"right" if ASKED.count(text) % 2 else "wrong"}, {text}\'\n'
    )
    log = MemoryLog()
    evidence, _ = asked(suite, never, log)
    cases = log.read("", "")
    assert sorted(case.repeat for case in cases) == sorted([0, 1, 2] * CASES)
    assert [case.scores for case in cases] == [{"contains": float("right" in case.answer)} for case in cases]
    flaky = evidence.measurements["flaky"]
    assert isinstance(flaky, Rate)
    assert (flaky.hits, flaky.n) == (CASES, CASES)


def test_what_was_answered_before_is_not_asked_again(tmp_path: Path) -> None:
    suite = suite_in(tmp_path)
    _, cases = asked(suite)
    log = MemoryLog(list(cases.values())[:150])
    said: list[str] = []
    _, others = asked(suite, never, log, say=said.append)
    assert f"150 of {CASES} cases were answered before; not asked again" in said
    assert sum(map(len, log.batches[1:])) == 50
    assert others == cases


def test_a_budget_ends_it_and_what_is_left_was_not_run(tmp_path: Path) -> None:
    evidence, cases = asked(suite_in(tmp_path, "budget: 900 tokens\n"), never)
    assert sum(not case.error_kind for case in cases.values()) == 60
    assert evidence.coverage is not None
    assert evidence.coverage.not_run == CASES - len(cases)


def test_what_judges_take_at_the_workers_is_part_of_the_budget(tmp_path: Path) -> None:
    (tmp_path / "passage_agent.py").write_text(AGENT)
    rows = [{"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in (1, 2, 3, 4, 5)]
    log = MemoryLog()

    async def scene() -> Evidence:
        async with said_model({"reason": "", "choice": "yes"}) as model:
            judge = f"{{judge: {{model: {{url: {model.url}, model: j}}, rubric: Right?}}}}"
            head = f"scorers: [contains, {judge}]\nconcurrency: 1\nbudget: 150 tokens\n"
            suite = made_suite(tmp_path, rows, head)
            clock = SystemClock()
            subject = build_subject(ASK, Site(directory=tmp_path, clock=clock))
            job = Job(suite=suite, ask=ASK, url="", directory=str(tmp_path))
            crew = Spread(HandPool(2, job, never), ["contains", "judge"], print)
            return await run_suite(suite, subject, clock=clock, log=log, crew=crew)

    coverage = asyncio.run(scene()).coverage
    assert coverage is not None
    assert "the models that score took 110 tokens, in 2 calls; the agent 30 tokens" in coverage.notes
    assert coverage.notes[-1].startswith("3 cases not run: the budget of 150 tokens is spent: 140 tokens")
    taken = Scoring(calls=1, tokens_in=50, tokens_out=5, unpriced=("judge-1",))
    assert [case.scoring for case in log.read("", "")] == [taken, taken]


def test_it_stops_once_its_cases_have_settled_the_gates_with_the_same_order(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, "stop: settled\n")
    stop = Stopping((rule("accuracy > 30%"),), "eval.quality")
    alone, _ = asked(suite, stop=stop)
    spread, cases = asked(suite, never, stop=stop)
    assert spread.draw is not None
    assert alone.draw is not None
    assert spread.draw.order == alone.draw.order
    assert len(cases) == CASES - len(spread.draw.not_run) < CASES
