"""A judge beside people: usable, unusable, or too few labels to say; and what a suite then makes of its word."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError, EsclusaError, OutsideError
from esclusa.core.evidence import Evidence, Judged, Scores
from esclusa.core.value import encode, replace
from esclusa.evals.calibrate import calibrate, judge_of
from esclusa.evals.calibration import OTHER_JUDGE, TOO_FEW, UNCOMPARED, Calibration, file_of
from esclusa.evals.measure import evidence
from esclusa.evals.order import Order
from esclusa.evals.panel import Panel
from esclusa.evals.runner import run_suite
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import Suite, load_suite, metrics
from esclusa.gates.catalogue import catalogue
from esclusa.gates.language import parse
from esclusa.gates.stopping import Stopping
from esclusa.system import SystemClock
from tests.evals.files import write_suite
from tests.evals.models import said_model
from tests.evals.servers import completion, served
from tests.evals.test_runner import ran

CASES = [{"id": f"c{number}", "input": f"question {number}"} for number in range(4)]
Reply = Callable[[dict[str, Any]], dict[str, Any] | str]


def labels(good: int = 30, bad: int = 30) -> list[dict[str, Any]]:
    """Answers with their labels; the id in the answer makes each its own."""
    rows = [{"id": f"g{n}", "answer": f"good {n}", "label": "yes"} for n in range(good)]
    return [{"input": "q", **row} for row in (*rows, *({"id": f"b{n}", "answer": f"bad {n} " + "x" * n, "label": False} for n in range(bad)))]  # fmt: skip


def material(request: Mapping[str, Any]) -> Any:
    return json.loads(request["messages"][-1]["content"])


def able(request: dict[str, Any]) -> dict[str, Any]:
    """A judge that is wrong about every tenth answer."""
    word, number = material(request)["answer"].split()[:2]
    right = "yes" if word == "good" else "no"
    wrong = {"yes": "no", "no": "yes"}[right]
    return {"reason": "So it is.", "choice": wrong if int(number) % 10 == 3 else right}


def always(choice: str) -> Reply:
    return lambda _: {"reason": "It is.", "choice": choice}


def written(directory: Path, url: str, uses: str = "judge", **settings: Any) -> Path:
    given = {"model": {"url": url, "model": "m", "retries": 0}, "rubric": "Is it good?", **settings}
    return write_suite(directory, CASES, f"scorers: [{uses}: {json.dumps(given)}]\n")


def calibrated(
    directory: Path,
    reply: Reply,
    rows: Sequence[Mapping[str, Any]],
    uses: str = "judge",
    *,
    keep: bool = False,
    **settings: Any,
) -> Calibration:
    """What came of a judge that replies so, over these labels."""
    path = directory / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    async def scene() -> Calibration:
        async with said_model(reply) as model:
            suite_file = written(directory, model.url, uses, **settings)
            suite = load_suite(suite_file)
            made = await calibrate(suite, judge_of(suite), path, at_least=0.4)
            if keep:
                file_of(suite_file, uses).write_bytes(encode(made))
            return made

    return asyncio.run(scene())


def test_a_judge_that_mostly_says_what_people_say_is_usable(tmp_path: Path) -> None:
    made = calibrated(tmp_path, able, labels())
    assert (made.verdict, made.n, made.agreed, made.constant) == ("usable", 60, 0.9, 0.5)
    assert made.kappa == pytest.approx(0.8)
    assert made.confusion == (("no", "no", 27), ("no", "yes", 3), ("yes", "no", 3), ("yes", "yes", 27))
    assert (sum(made.labels), sum(made.said), made.unjudged, made.model) == (30.0, 30.0, 0, "m")
    assert made.sentence.startswith("usable: kappa is 0.80 (95 % interval 0.5")
    assert made.sentence.endswith("over 60 labels, agreement 90 %, and kappa has to reach 0.4")


def test_a_judge_that_always_says_yes_is_unusable_however_often_it_agrees(tmp_path: Path) -> None:
    made = calibrated(tmp_path, always("yes"), labels(good=45, bad=5))
    assert (made.verdict, made.agreed, made.kappa) == ("unusable", 0.9, 0.0)
    assert made.sentence.endswith("agreement 90 %, and always saying `yes` would agree on 90 %")


def test_a_judge_that_is_shown_to_fall_short_is_unusable(tmp_path: Path) -> None:
    def guessing(request: dict[str, Any]) -> dict[str, Any]:
        return {"reason": "?", "choice": "yes" if int(material(request)["answer"].split()[1]) % 3 else "no"}

    made = calibrated(tmp_path, guessing, labels(good=50, bad=45))
    assert made.agreed > made.constant or made.verdict == "unusable"
    assert (made.verdict, made.kappa_interval[1] < 0.4) == ("unusable", True)


def test_a_dozen_labels_cannot_tell(tmp_path: Path) -> None:
    made = calibrated(tmp_path, able, labels(good=6, bad=6))
    assert made.verdict == "undecided"
    assert made.sentence.endswith("too few labels show whether kappa reaches 0.4")


def test_a_judge_that_likes_length_is_told_so(tmp_path: Path) -> None:
    def wordy(request: dict[str, Any]) -> dict[str, Any]:
        return {"reason": "Long.", "choice": "yes" if len(material(request)["answer"]) > 20 else "no"}

    made = calibrated(tmp_path, wordy, labels())
    assert made.length is not None
    assert made.length.by > 0.3
    assert made.length.shown
    fair = calibrated(tmp_path, able, labels()).length
    assert fair is not None
    assert not fair.shown


def test_where_a_judge_says_nothing_it_disagrees_and_corrects_nothing(tmp_path: Path) -> None:
    def mumbling(request: dict[str, Any]) -> dict[str, Any] | str:
        return "Well..." if material(request)["answer"].startswith("good 1") else able(request)

    made = calibrated(tmp_path, mumbling, labels())
    assert (made.unjudged, made.n, len(made.labels), len(made.said)) == (11, 60, 49, 49)
    assert ("yes", "(nothing)", 11) in made.confusion


def test_a_judge_that_says_nothing_at_all_is_something_outside(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="the judge judge said nothing of 60 answers"):
        calibrated(tmp_path, lambda _: "Well...", labels())


def test_a_judge_that_cannot_be_reached_half_way_is_not_called_unusable_and_nothing_is_kept(
    tmp_path: Path,
) -> None:
    def failing(request: dict[str, Any]) -> Any:
        gone = material(request)["answer"] == "bad 7 " + "x" * 7
        return web.Response(status=503, text="gone") if gone else able(request)

    with pytest.raises(OutsideError, match="could not be asked: m: it answered 503: gone") as caught:
        calibrated(tmp_path, failing, labels(), keep=True)
    assert caught.value.mend == "nothing was kept; try again"
    assert not list(tmp_path.glob("*.calibration.json"))


def pairs(number: int = 40) -> list[dict[str, Any]]:
    best = {"answer": "good", "other": "bad"}
    worst = {"answer": "bad", "other": "good"}
    return [
        {"id": f"p{n}", "input": "q", **(best if n % 2 else worst), "label": "answer" if n % 2 else "other"}
        for n in range(number)
    ]


def test_a_pairwise_judge_is_asked_in_both_orders_and_a_place_that_it_prefers_is_told(tmp_path: Path) -> None:
    def fair(request: dict[str, Any]) -> dict[str, Any]:
        return {"reason": "Good.", "choice": "first" if material(request)["first"] == "good" else "second"}

    made = calibrated(tmp_path, fair, pairs(), "pairwise")
    assert (made.verdict, made.kappa, made.length) == ("usable", 1.0, None)
    assert made.position is not None
    assert (made.position.by, made.position.shown) == (0.0, False)
    placed = calibrated(tmp_path, always("first"), pairs(), "pairwise")
    assert placed.verdict == "unusable"
    assert placed.position is not None
    assert (placed.position.by, placed.position.shown) == (1.0, True)
    assert placed.confusion == (("answer", "tie", 20), ("other", "tie", 20))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (labels(good=4, bad=4), "8 labels say nothing of a judge"),
        (labels(good=20, bad=0), "every answer is labelled 'yes'"),
        ([*labels(), {"id": "x", "input": "q", "answer": "a", "label": "maybe"}], "expected one of no, yes, found 'maybe'"),
        ([*labels(), {"id": "x", "answer": "a", "label": "yes"}], "no case of the suite is called 'x'"),
        ([*labels(), {"id": "x", "input": "q", "label": "yes"}], "expected a value, found nothing"),
        ([*labels(), {"id": "x", "input": "q", "answer": "a", "label": "yes", "other": "b"}], "only `pairwise` compares"),
        ([*labels(), {"id": "x", "input": "q", "answer": "a", "labl": "yes"}], "unknown key 'labl'"),
    ],
)  # fmt: skip
def test_labels_that_are_none_are_named(
    tmp_path: Path, rows: Sequence[Mapping[str, Any]], expected: str
) -> None:
    with pytest.raises(EsclusaError, match=expected) as caught:
        calibrated(tmp_path, able, rows)
    assert str(tmp_path / "labels.jsonl") in str(caught.value)


def test_an_answer_to_a_case_of_the_suite_needs_no_input_of_its_own(tmp_path: Path) -> None:
    rows = [*labels(), {"id": "c1", "answer": "good 1", "label": 1}]
    assert calibrated(tmp_path, able, rows).n == 61


def test_the_judge_that_is_meant_is_the_only_one_or_named(tmp_path: Path) -> None:
    given = '{rubric: x, model: {url: "http://127.0.0.1:9/v1", model: m}'
    path = write_suite(tmp_path, CASES, f"scorers: [judge: {given}}}, judge: {given}, name: other}}]\n")
    suite = load_suite(path)
    assert judge_of(suite, "other").name == "other"
    for name, expected in (("", "several judges: judge, other"), ("othr", "unknown judge 'othr'")):
        with pytest.raises(ConfigurationError, match=expected):
            judge_of(suite, name)
    none = write_suite(tmp_path, CASES, "scorers: [relevance]\n")
    with pytest.raises(ConfigurationError, match="no scorer of the suite is a judge"):
        judge_of(load_suite(none))


# What a suite makes of it


def kept(directory: Path, reply: Reply = able, rows: Sequence[Mapping[str, Any]] | None = None) -> Suite:
    """The suite after its judge was calibrated."""
    calibrated(directory, reply, rows or labels(), keep=True)
    return load_suite(directory / "suite.yaml")


def said_of(suite: Suite) -> Evidence:
    """The suite's evidence where the judge liked every answer."""
    return evidence(suite, {one["id"]: Case(id=one["id"], scores={"judge": 1.0}) for one in CASES})


def judged(found: Evidence) -> Judged | None:
    measured = found.measurements["judge"]
    assert isinstance(measured, Scores)
    return measured.judged


def test_a_usable_judges_labels_go_with_its_scores(tmp_path: Path) -> None:
    suite = kept(tmp_path)
    found = judged(said_of(suite))
    calibration = suite.calibrations["judge"]
    assert found == Judged(labels=calibration.labels, said=calibration.said)


def test_only_all_cases_tell_a_mean_that_labels_correct(tmp_path: Path) -> None:
    """A suite that may stop early is asked to its end for a blocking rule on one, and else stops."""
    usable = kept(tmp_path)
    many = tuple(replace(usable.dataset.questions[0], id=f"c{number}") for number in range(200))
    usable = replace(usable, stop="settled", dataset=replace(usable.dataset, questions=many))
    stop = Stopping((parse("judge > 50%", catalogue(metrics(usable))),), "eval.quality")
    orders = [Order(suite, stop) for suite in (usable, replace(usable, calibrations={}))]
    for order in orders:
        for question in order.questions:
            order.came(Case(id=question.id, scores={"judge": 1.0}))
    assert [order.settled for order in orders] == [False, True]


def test_a_judge_that_nobody_compared_is_used_and_said_to_be(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, "http://127.0.0.1:9/v1"))
    found = said_of(suite)
    assert judged(found) == Judged(doubt=UNCOMPARED)
    assert found.coverage is not None
    assert found.coverage.notes[0].startswith(f"judge is a judge's word: {UNCOMPARED}; mend: ")


def test_another_model_or_rubric_is_another_judge_but_another_address_is_not(tmp_path: Path) -> None:
    kept(tmp_path)
    moved = load_suite(written(tmp_path, "http://127.0.0.1:9/v1"))
    found = judged(said_of(moved))
    assert found is not None
    assert found.labels
    other = load_suite(written(tmp_path, "http://127.0.0.1:9/v1", rubric="Is it kind?"))
    assert judged(said_of(other)) == Judged(doubt=OTHER_JUDGE)


def test_too_few_labels_correct_all_the_same_and_leave_a_doubt(tmp_path: Path) -> None:
    found = judged(said_of(kept(tmp_path, rows=labels(good=6, bad=6))))
    assert found is not None
    assert (len(found.labels), found.doubt) == (12, TOO_FEW)


def test_an_unusable_judge_is_asked_nothing_and_its_metric_is_missing(tmp_path: Path) -> None:
    suite = kept(tmp_path, always("yes"))
    assert Panel(suite).missing["judge"].startswith("this judge is unusable: kappa is 0.00")

    async def agent(_: Any) -> Any:
        return completion("good 1")

    found = ran(suite, agent)
    assert "judge" not in found.measurements
    assert "mend: another model or rubric" in found.missing["judge"]
    deciding = replace(suite, scorers=(replace(suite.scorers[0], accuracy=True),))
    assert ran(deciding, agent).missing["accuracy"] == found.missing["judge"]


def test_slices_are_not_corrected_by_labels_of_the_whole(tmp_path: Path) -> None:
    suite = kept(tmp_path)
    tagged = tuple(replace(one, tags=("es",)) for one in suite.dataset.questions)
    found = said_of(replace(suite, dataset=replace(suite.dataset, questions=tagged)))
    measured = found.slices["es"]["judge"]
    assert isinstance(measured, Scores)
    assert measured.judged == Judged(doubt="the labels do not tell this slice apart")


def test_what_is_known_of_a_judge_is_part_of_what_evidence_depends_on_and_not_of_what_it_is_about(
    tmp_path: Path,
) -> None:
    before = load_suite(written(tmp_path, "http://127.0.0.1:9/v1"))
    after = replace(before, calibrations=kept(tmp_path).calibrations)
    assert before.subject == after.subject
    assert before.content != after.content


def test_a_calibration_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "http://127.0.0.1:9/v1")
    torn = file_of(path, "judge")
    torn.write_text('{"scorer": ')
    with pytest.raises(ConfigurationError) as caught:
        load_suite(path)
    assert caught.value.file == str(torn)
    assert caught.value.mend == "remove it, or calibrate the judge again"


def test_what_a_judge_took_is_said_and_noted(tmp_path: Path) -> None:
    said: list[str] = []

    async def agent(_: Any) -> Any:
        return completion("good 1")

    async def scene() -> Evidence:
        async with said_model(able) as model, served(agent) as url:
            suite = load_suite(written(tmp_path, model.url))
            subject = build_subject({"openai": "/"}, Site(url=url, clock=SystemClock()))
            return await run_suite(suite, subject, clock=SystemClock(), say=said.append)

    found = asyncio.run(scene())
    assert said == [
        "judge: 4 calls, 200 + 20 tokens",
        "the models that score took 220 tokens, in 4 calls; the agent does not say",
    ]
    assert found.coverage is not None
    assert found.coverage.notes[:2] == tuple(said)
