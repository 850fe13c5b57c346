"""A suite spread over workers: all is asked, what is lost is asked again, and nothing is taken twice."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec import structs

from esclusa.core.errors import EsclusaError, OutsideError, UsageError
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.workers.hand import Done, Errand, packed
from esclusa.evals.workers.spread import LIVES, Spread
from tests.evals.workers.fakes import FakePool, done_of

SILENT = 30.0


def always(_: Errand) -> bool:
    return True


def never(_: Errand) -> bool:
    return False


def questions(number: int) -> list[Question]:
    return [Question(id=f"c{one}", input=f"case {one}") for one in range(number)]


class Scene:
    """A crew over a fake pool, and what it said and lost."""

    def __init__(
        self,
        places: int,
        hires: Callable[[int], Callable[[Errand], bool] | EsclusaError],
        *,
        silent: float = SILENT,
        together: float = 0.0,
    ) -> None:
        self.pool = FakePool(places, hires)
        self.said: list[str] = []
        self.lost: list[str] = []
        self.crew = Spread(self.pool, ["exact"], self.said.append, silent=silent, together=together)

    def ask(self, question: Question) -> "asyncio.Task[Answer]":
        return asyncio.create_task(self.crew.ask(question, lambda: self.lost.append(question.id)))

    async def asked(self, number: int) -> list[str]:
        """The texts that so many questions were answered with."""
        answers = await asyncio.gather(*(self.ask(question) for question in questions(number)))
        return [answer.text or answer.error for answer in answers]


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_all_questions_are_answered_and_the_work_is_even() -> None:
    async def scene() -> None:
        made = Scene(3, lambda _: always)
        async with made.crew:
            assert await made.asked(30) == [question.id for question in questions(30)]
        assert [len(worker.given) for worker in made.pool.workers] == [10, 10, 10]
        assert made.lost == []

    asyncio.run(scene())


def test_whoever_is_done_is_handed_the_next_question() -> None:
    async def scene() -> None:
        made = Scene(2, lambda number: never if number == 0 else always)
        async with made.crew:
            waiting = made.ask(Question(id="slow", input="slow"))
            await settled()
            for question in questions(3):
                assert (await made.ask(question)).text == question.id
            waiting.cancel()
        assert [len(worker.given) for worker in made.pool.workers] == [1, 3]

    asyncio.run(scene())


def test_scores_travel_with_the_answer_and_an_answer_of_before_is_only_scored() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: always)
        [question] = questions(1)
        async with made.crew:
            answer = await made.ask(question)
            assert await made.crew.score(question, answer) == ({"exact": 1.0}, {})
            kept = Answer(text="of before")
            assert await made.crew.score(question, kept) == ({"exact": 1.0}, {})
        [worker] = made.pool.workers
        assert [errand.answer for errand in worker.given] == [None, kept]

    asyncio.run(scene())


def test_askings_of_one_case_that_are_under_way_together_keep_their_own_scores() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: never)
        askings = [Question(id="a", input="a", repeat=repeat) for repeat in range(2)]
        async with made.crew:
            asking = [made.ask(one) for one in askings]
            await settled()
            [worker] = made.pool.workers
            for errand, score in zip(worker.given, (0.0, 1.0), strict=True):
                done = done_of(errand, f"{score:g}")
                worker.bring(packed(structs.replace(done, scores={"exact": score})))
            answers = await asyncio.gather(*asking)
            assert [answer.text for answer in answers] == ["0", "1"]
            pairs = zip(askings, answers, strict=True)
            assert [(await made.crew.score(*pair))[0] for pair in pairs] == [{"exact": 0.0}, {"exact": 1.0}]

    asyncio.run(scene())


def test_what_a_lost_worker_had_is_asked_again_by_those_that_are_left() -> None:
    async def scene() -> None:
        made = Scene(2, lambda number: never if number == 0 else always)
        async with made.crew:
            asking = asyncio.create_task(made.asked(10))
            await settled()
            assert not asking.done()
            made.pool.workers[0].go()
            assert await asking == [question.id for question in questions(10)]
        first, second, third = made.pool.workers
        assert first.dismissed
        assert sorted(made.lost) == sorted(errand.question for errand in first.given)
        assert len(first.given) == 5
        assert len(second.given) + len(third.given) == 10
        assert "worker 1.0 was lost; cases that are asked again: 5" in made.said

    asyncio.run(scene())


def test_a_worker_that_says_nothing_is_taken_to_be_lost() -> None:
    async def scene() -> None:
        made = Scene(1, lambda number: never if number == 0 else always, silent=0.01)
        async with made.crew:
            assert await made.asked(2) == ["c0", "c1"]
        assert made.lost == ["c0", "c1"]

    asyncio.run(scene())


def test_what_comes_back_twice_is_taken_once() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: never)
        async with made.crew:
            asking = [made.ask(question) for question in questions(2)]
            await settled()
            [worker] = made.pool.workers
            first, second = worker.given
            worker.bring(packed(done_of(first, "the first")), packed(done_of(first, "another")))
            worker.bring(packed(done_of(first, "late")), packed(done_of(second)))
            assert [answer.text for answer in await asyncio.gather(*asking)] == ["the first", "c1"]

    asyncio.run(scene())


def test_a_case_that_costs_one_worker_after_another_is_unseen_and_the_others_are_not() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: lambda errand: errand.question != "c1")
        async with made.crew:
            others = await made.ask(questions(1)[0])
            asking = made.ask(questions(2)[1])
            for life in range(LIVES):
                await settled()
                made.pool.workers[life].go()
            answer = await asking
            assert (others.text, await made.asked(1)) == ("c0", ["c0"])
        assert (answer.error, answer.error_kind) == (
            f"{LIVES} workers were lost while they had this case",
            "outside",
        )
        assert made.lost == ["c1"] * (LIVES - 1)

    asyncio.run(scene())


def test_a_score_that_costs_one_worker_after_another_is_a_scorer_error() -> None:
    async def scene() -> None:
        made = Scene(1, lambda number: always if number == 0 else never)
        [question] = questions(1)
        async with made.crew:
            await made.ask(question)
            made.pool.workers[0].go()
            await settled()
            await made.crew.score(question, Answer(text="x"))  # what came with the answer
            scoring = asyncio.create_task(made.crew.score(question, Answer(text="x")))
            for life in range(1, LIVES + 1):
                await settled()
                made.pool.workers[life].go()
            assert await scoring == (
                {},
                {"exact": f"scorer error: {LIVES} workers were lost while they had this case"},
            )

    asyncio.run(scene())


def test_a_place_that_loses_one_worker_after_another_stays_empty_and_without_any_place_it_ends() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: never)
        async with made.crew:
            for number in range(3):
                await settled()
                made.pool.workers[number].go()
            await settled()
            with pytest.raises(OutsideError, match="3 workers in a row were lost"):
                await made.ask(questions(1)[0])

    asyncio.run(scene())


def test_one_place_without_a_worker_leaves_the_work_to_the_others() -> None:
    async def scene() -> None:
        made = Scene(2, lambda number: always if number == 0 else OutsideError("no room"))
        async with made.crew:
            assert await made.asked(4) == ["c0", "c1", "c2", "c3"]
        assert made.said == ["one worker fewer: no room", "workers that ask and score: 1"]

    asyncio.run(scene())


@pytest.mark.parametrize("error", [OutsideError("no room"), UsageError("it lacks a module")])
def test_where_no_worker_is_of_use_nothing_is_asked_and_the_pool_is_closed(error: EsclusaError) -> None:
    async def scene() -> None:
        made = Scene(2, lambda _: error)
        with pytest.raises(type(error), match=error.message):
            async with made.crew:
                pass
        assert not made.pool.open

    asyncio.run(scene())


def test_a_worker_of_no_use_ends_it_though_others_are() -> None:
    async def scene() -> None:
        made = Scene(2, lambda number: always if number == 0 else UsageError("it lacks a module"))
        with pytest.raises(UsageError, match="lacks a module"):
            async with made.crew:
                pass
        assert (made.pool.open, [worker.dismissed for worker in made.pool.workers]) == (False, [True])

    asyncio.run(scene())


def test_what_is_no_fault_of_the_agents_is_raised_here_as_it_was_there() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: never)
        async with made.crew:
            asking = made.ask(questions(1)[0])
            await settled()
            [worker] = made.pool.workers
            raised = OutsideError("the program cannot be started", mend="install it")
            worker.bring(
                packed(
                    Done(
                        number=worker.given[0].number,
                        answer=Answer(),
                        scores={},
                        explanations={},
                        raised=raised,
                    )
                )
            )
            with pytest.raises(OutsideError, match="cannot be started") as found:
                await asking
            assert found.value.mend == "install it"

    asyncio.run(scene())


def test_an_answer_that_cannot_travel_is_unseen() -> None:
    async def scene() -> None:
        made = Scene(1, lambda _: never)
        async with made.crew:
            asking = made.ask(questions(1)[0])
            await settled()
            [worker] = made.pool.workers
            number = worker.given[0].number
            spoilt = Answer(text="x", data=lambda: None)
            worker.bring(packed(Done(number=number, answer=spoilt, scores={}, explanations={})))
            answer = await asking
        assert answer.error_kind == "outside"
        assert answer.error.startswith("the answer cannot be sent between processes: ")

    asyncio.run(scene())


def test_cancelled_it_dismisses_every_worker_and_closes_the_pool() -> None:
    async def scene() -> None:
        made = Scene(2, lambda _: never)

        async def passage() -> None:
            async with made.crew:
                await made.asked(4)

        task = asyncio.create_task(passage())
        await settled()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not made.pool.open
        assert [(worker.dismissed, worker.ended) for worker in made.pool.workers] == [(True, False)] * 2

    asyncio.run(scene())


def test_in_the_end_each_says_what_it_spent() -> None:
    async def scene() -> None:
        made = Scene(2, lambda _: always)
        async with made.crew:
            await made.asked(3)
            assert made.crew.spending() == ()
        assert made.crew.spending() == ("judge: 2 calls (worker 1.0)", "judge: 1 calls (worker 2.1)")

    asyncio.run(scene())
