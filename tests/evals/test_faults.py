"""Whatever goes wrong: cases in = seen + errored + not run, and no number counts a case that it should not."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.core.case import Case
from esclusa.core.errors import OutsideError
from esclusa.core.evidence import Amounts, Coverage, Evidence, Rate, Scores
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.store import Store, open_store
from esclusa.system import SystemClock
from tests.evals.fakes import FakeClock, MemoryLog
from tests.evals.files import made_suite
from tests.evals.servers import completion, served

USAGE = {"prompt_tokens": 10, "completion_tokens": 5}
KINDS = ("right", "wrong", "agent", "outside", "outside once", "silent", "unscorable")


async def right(_: web.Request) -> web.Response:
    return completion("right", model="m", usage=USAGE)


class Planned:
    """An agent that does with each case what was planned for it."""

    def __init__(self, plan: dict[str, str]) -> None:
        self.plan = plan
        self.asked: Counter[str] = Counter()

    async def __aenter__(self) -> "Planned":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def ask(self, question: Question, timeout: float) -> Answer:  # noqa: ARG002
        self.asked[question.id] += 1
        await asyncio.sleep(0)
        kind = self.plan[question.id]
        if kind in ("agent", "outside") or (kind == "outside once" and self.asked[question.id] == 1):
            return Answer(error="boom", error_kind="agent" if kind == "agent" else "outside")
        tokens = None if kind == "silent" else 10
        data: Any = {"verdict": None if kind == "unscorable" else "right" if kind != "wrong" else "wrong"}
        return Answer(text="x", data=data, model="m", tokens_in=tokens, tokens_out=tokens)


def balanced(evidence: Evidence, total: int) -> Coverage:
    """The coverage, when all adds up."""
    coverage = evidence.coverage
    assert coverage is not None
    assert coverage.total == total == coverage.seen + coverage.errored + coverage.not_run
    for name, measured in evidence.measurements.items():
        assert isinstance(measured, Rate | Amounts | Scores)
        failed = evidence.measurements["error_rate"]
        assert isinstance(failed, Rate)
        without = failed.hits if name in ("tokens_per_query", "cost_per_query") else 0
        assert len(measured.cases) + len(measured.unseen) + without == total, name
        assert not set(measured.cases) & set(measured.unseen)
    return coverage


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=25),
    width=st.integers(1, 6),
    budget=st.sampled_from(["", "budget: 100 tokens\n", "budget: [5000 tokens, 1 h]\n"]),
    known=st.integers(0, 5),
)
def test_every_case_is_accounted_for(kinds: list[str], width: int, budget: str, known: int) -> None:
    rows = [{"id": f"c{one}", "input": "x", "expected": "right"} for one in range(len(kinds))]
    plan = {row["id"]: kind for row, kind in zip(rows, kinds, strict=True)}
    with TemporaryDirectory() as directory:
        scorer = (
            "scorers: [{json_schema: {path: verdict, schema: {enum: [right]}}}, {exact: {path: verdict}}]\n"
        )
        suite = made_suite(Path(directory), rows, f"{scorer}concurrency: {width}\n{budget}")
    mark = suite.subject[:16]
    before = [Case(id=row["id"], scores={"exact": 1.0}, subject=mark) for row in rows[:known]]
    log, agent = MemoryLog(before), Planned(plan)
    evidence = asyncio.run(run_suite(suite, agent, clock=SystemClock(), log=log))
    coverage = balanced(evidence, len(rows))
    asked = [one for one in plan if agent.asked[one] or one in {case.id for case in before}]
    assert coverage.not_run == len(rows) - len(asked)
    assert {case.id for case in log.read("", "")} == set(asked)
    assert coverage.not_run == 0 or budget
    for row in rows[:known]:
        assert agent.asked[row["id"]] == 0
    fresh = [one for one in asked if agent.asked[one]]
    assert sum(plan[one] == "agent" for one in fresh) == sum(
        case.error_kind == "agent" for case in log.read("", "")
    )


def test_a_storm_of_every_fault_loses_no_case(tmp_path: Path) -> None:
    """Half of the calls fail in some way that HTTP knows."""
    rows = [{"id": f"c{one}", "input": f"case {one}", "expected": "right"} for one in range(120)]
    suite = made_suite(tmp_path, rows, "scorers: [exact]\nconcurrency: 12\ntimeout: 1 s\n")
    fate = random.Random(5)
    faults = ("429", "503 later", "503", "500", "hang", "truncated", "not UTF-8", "50 MB", "outside")
    came: Counter[str] = Counter()

    async def handler(request: web.Request) -> web.StreamResponse:
        kind = fate.choice(faults) if fate.random() < 0.5 else "right"
        came[kind] += 1
        if kind == "hang":
            await asyncio.sleep(2.0)
        if kind in ("429", "503 later", "503", "500"):
            headers = {"retry-after": "0"} if kind in ("429", "503 later") else {}
            return web.Response(status=int(kind[:3]), headers=headers)
        if kind == "outside":
            return web.Response(status=503, headers={"x-esclusa-outside": "the model server is down"})
        if kind == "not UTF-8":
            return web.Response(body=b"\xff\xfe", content_type="application/json")
        if kind in ("truncated", "50 MB"):
            length = 100 if kind == "truncated" else 50_000_000
            response = web.StreamResponse(headers={"content-length": str(length)})
            await response.prepare(request)
            await response.write(b"{")
            assert request.transport is not None
            request.transport.close()
            return response
        return completion("right", model="m", usage=USAGE)

    class Hasty(SystemClock):
        """Waits for a refusal a hundredth of the time."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds / 100 if seconds >= 1.0 else seconds)

    async def scene() -> Evidence:
        clock = Hasty()
        async with served(handler) as url:
            subject = build_subject({"openai": "/"}, Site(url=url, clock=clock))
            return await run_suite(suite, subject, clock=clock)

    evidence = asyncio.run(scene())
    coverage = balanced(evidence, 120)
    assert coverage.not_run == 0
    assert set(came) == {*faults, "right"}
    accuracy, errors = evidence.measurements["accuracy"], evidence.measurements["error_rate"]
    assert isinstance(accuracy, Rate)
    assert isinstance(errors, Rate)
    assert accuracy.hits == coverage.seen
    assert errors.hits == sum(
        came[kind] for kind in ("503", "500", "hang", "truncated", "not UTF-8", "50 MB")
    )
    assert set(accuracy.unseen) == set(errors.unseen)


def test_a_storm_around_the_judge_makes_no_answer_wrong(tmp_path: Path) -> None:
    """The agent is well; what the model that judges says is of use one time in two."""
    rows = [{"id": f"c{one}", "input": f"case {one}"} for one in range(60)]
    fate = random.Random(3)
    faults = ("429", "503", "hang", "truncated", "not UTF-8", "50 MB", "nonsense", "another choice", "empty")
    came: Counter[str] = Counter()

    async def judge(request: web.Request) -> web.StreamResponse:
        kind = fate.choice(faults) if fate.random() < 0.5 else "yes"
        came[kind] += 1
        if kind == "hang":
            await asyncio.sleep(3.0)
        if kind in ("429", "503"):
            return web.Response(status=int(kind))
        if kind == "not UTF-8":
            return web.Response(body=b"\xff\xfe", content_type="application/json")
        if kind in ("truncated", "50 MB"):
            response = web.StreamResponse(
                headers={"content-length": "100" if kind == "truncated" else "50000000"}
            )
            await response.prepare(request)
            await response.write(b"{")
            assert request.transport is not None
            request.transport.close()
            return response
        said = {"nonsense": "Yes!", "another choice": '{"reason": "", "choice": "maybe"}', "empty": ""}
        return completion(said.get(kind, '{"reason": "", "choice": "yes"}'))

    async def scene() -> Evidence:
        async with served(judge) as url, served(right) as agent:
            model = f"{{url: {url}, model: j, retries: 0, timeout: 1 s}}"
            head = (
                f"scorers: [{{judge: {{model: {model}, rubric: Right?, accuracy: true}}}}]\nconcurrency: 10\n"
            )
            suite = made_suite(tmp_path, rows, head)
            subject = build_subject({"openai": "/"}, Site(url=agent, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock())

    evidence = asyncio.run(scene())
    assert set(came) == {*faults, "yes"}
    assert (balanced(evidence, 60).seen, came.total()) == (60, 60)
    accuracy, said = evidence.measurements["accuracy"], evidence.measurements["judge"]
    assert isinstance(accuracy, Rate)
    assert isinstance(said, Scores)
    assert accuracy.hits == accuracy.n == len(said.cases) == came["yes"]
    assert set(accuracy.unseen) == set(said.unseen)


ODD = """
def odd(question, answer):
    if question.expected == "raise":
        raise KeyError("nothing there")
    return {"nan": float("nan"), "1.7": 1.7, "text": "good"}.get(question.expected, 1.0)
"""


def test_a_scorer_that_raises_or_gives_no_share_makes_no_answer_wrong(tmp_path: Path) -> None:
    (tmp_path / "scoring.py").write_text(ODD)
    kinds = ("raise", "nan", "1.7", "text", "well", "well")
    rows = [{"id": f"c{one}", "input": "x", "expected": kind} for one, kind in enumerate(kinds)]
    suite = made_suite(tmp_path, rows, "scorers: [{python: {function: 'scoring:odd', accuracy: true}}]\n")
    log = MemoryLog()
    plan = Planned({row["id"]: "right" for row in rows})
    evidence = asyncio.run(run_suite(suite, plan, clock=SystemClock(), log=log))
    assert balanced(evidence, 6).seen == 6
    accuracy = evidence.measurements["accuracy"]
    assert isinstance(accuracy, Rate)
    assert (accuracy.hits, accuracy.n, accuracy.unseen) == (2, 2, ("c0", "c1", "c2", "c3"))
    said = {case.id: case.explanations.get("odd", "").partition("\n")[0] for case in log.read("", "")}
    assert said == {
        "c0": "scorer error: KeyError: 'nothing there'",
        "c1": "scorer error: ValueError: expected a value in [0, 1], got nan",
        "c2": "scorer error: ValueError: expected a value in [0, 1], got 1.7",
        "c3": said["c3"],
        "c4": "",
        "c5": "",
    }
    assert said["c3"].startswith("scorer error: TypeError")


def test_a_disk_that_fills_up_ends_the_suite_and_what_was_stored_is_not_asked_again(tmp_path: Path) -> None:
    rows = [{"id": f"c{one}", "input": "x " * 500, "expected": "right"} for one in range(400)]
    suite = made_suite(tmp_path, rows, "scorers: [{exact: {path: verdict}}]\nconcurrency: 4\n")
    plan = Planned({row["id"]: "right" for row in rows})
    store = open_store("", tmp_path / "state", SystemClock())

    def ran() -> Evidence:
        return asyncio.run(run_suite(suite, plan, clock=SystemClock(), log=store.cases, run="r", step="s"))

    limit(store, 12)
    with pytest.raises(OutsideError, match="the disk is full; nothing was written"):
        ran()
    stored = {case.id for case in store.cases.read("r", "s")}
    assert 0 < len(stored) < 400
    limit(store, 100_000)
    assert balanced(ran(), 400).seen == 400
    assert {case.id for case in store.cases.read("r", "s")} == plan.plan.keys()
    assert {one for one, times in plan.asked.items() if times > 1}.isdisjoint(stored)
    store.close()


def limit(store: Store, more: int) -> None:
    """So many pages more than it has, and the disk is full."""
    with store.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_disk_ends_the_suite_with_its_name(tmp_path: Path) -> None:
    suite = made_suite(tmp_path, [{"id": "a", "input": "x", "expected": "right"}], "scorers: [exact]\n")
    plan = Planned({"a": "right"})
    with pytest.raises(OutsideError, match="No space left on device"):
        asyncio.run(run_suite(suite, plan, clock=SystemClock(), asked=Path("/dev/full")))
    assert plan.asked.total() == 0


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_jumps_changes_no_number(tmp_path: Path, hours: int) -> None:
    rows = [{"id": f"c{one}", "input": "x", "expected": "right"} for one in range(9)]
    suite = made_suite(tmp_path, rows, "scorers: [{exact: {path: verdict}}]\nbudget: 1 h\n")

    class Jumping(SystemClock):
        def now(self) -> Any:
            jumped = FakeClock()
            jumped.slept.append(hours * 3600.0)
            return jumped.now()

    evidence = asyncio.run(
        run_suite(suite, Planned(dict.fromkeys((row["id"] for row in rows), "right")), clock=Jumping())
    )
    assert balanced(evidence, 9).seen == 9
    latency = evidence.measurements["latency"]
    assert isinstance(latency, Amounts)
    assert max(latency.cases.values()) < 1.0
