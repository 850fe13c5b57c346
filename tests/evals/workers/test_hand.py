"""A hand, in this process: what one worker does with what it is given."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from esclusa import __version__
from esclusa.evals.answer import Answer
from esclusa.evals.suite import Suite
from esclusa.evals.workers.hand import Done, Errand, Hand, Job, unpacked
from tests.evals.files import made_suite

AGENT = """
def reply(text):
    if text == "case 1":
        raise RuntimeError("no idea")
    return "right"
"""


def suite_in(directory: Path, more: str = "scorers: [exact]\n", cases: int = 3) -> Suite:
    (directory / "hands_agent.py").write_text(AGENT)
    rows = [{"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in range(cases)]
    return made_suite(directory, rows, more)


def job_of(suite: Suite, ask: str = "hands_agent:reply", version: str = __version__) -> Job:
    return Job(
        suite=suite, ask={"python": ask}, url="", directory=str(suite.directory), version=version, missing={}
    )


def done_by(hand: Hand, errands: Sequence[Errand]) -> list[Done]:
    """All that comes of them, by number."""

    async def scene() -> list[Done]:
        hello = await hand.begin()
        assert hello.refused == ""
        await hand.give(errands)
        done: list[Done] = []
        while len(done) < len(errands):
            done += [unpacked(parcel) for parcel in await hand.take()]
        await hand.end()
        return sorted(done, key=lambda one: one.number)

    return asyncio.run(scene())


def test_it_asks_and_scores_and_only_scores_an_answer_of_before(tmp_path: Path) -> None:
    hand = Hand(job_of(suite_in(tmp_path)))
    kept = Answer(text="wrong")
    errands = [
        Errand(number=1, question="c0"),
        Errand(number=2, question="c1"),
        Errand(number=3, question="c2", answer=kept),
    ]
    first, second, third = done_by(hand, errands)
    assert (first.answer.text, first.scores) == ("right", {"exact": 1.0})
    assert (second.answer.error_kind, second.scores) == ("agent", {})
    assert (third.answer, third.scores) == (kept, {"exact": 0.0})


def test_what_no_agent_is_to_blame_for_is_given_back_too(tmp_path: Path) -> None:
    suite = suite_in(tmp_path)
    job = Job(suite=suite, ask={"command": "./is-not-there"}, url="", directory=str(tmp_path))
    [done] = done_by(Hand(job), [Errand(number=1, question="c0")])
    assert "is-not-there" in str(done.raised)


def test_it_says_what_it_lacks_before_anything_is_asked(tmp_path: Path) -> None:
    suite = suite_in(tmp_path)
    hello = asyncio.run(Hand(job_of(suite, "is_not_there:reply")).begin())
    assert hello.refused.startswith("ask.python: `is_not_there:reply` cannot be imported")
    hello = asyncio.run(Hand(job_of(suite, version="0.0.1")).begin())
    assert hello.refused == f"it has esclusa {__version__}, and here is 0.0.1"


def test_a_scorer_that_measures_here_and_not_there_is_refused(tmp_path: Path) -> None:
    suite = suite_in(tmp_path, "scorers: [relevance]\n", cases=1)
    hello = asyncio.run(Hand(job_of(suite)).begin())
    assert hello.refused.startswith("relevance cannot be measured: ")


def test_one_that_has_nothing_to_give_back_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esclusa.evals.workers.hand.IDLE", 0.001)
    assert asyncio.run(Hand(job_of(suite_in(tmp_path))).take()) == []
