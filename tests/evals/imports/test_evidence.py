"""From imported cases to evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Amounts, Coverage, Failure, Rate, Scores
from esclusa.evals.imports.evidence import evidence
from esclusa.evals.imports.outcome import Outcome

ACCURACY = {"accuracy": "passed"}


def case(name: str, passed: float | None = None, **more: object) -> Outcome:
    scores = {} if passed is None else {"passed": passed}
    return Outcome(id=name, file="f", scores=scores, **more)


def test_cases_are_scored_errored_or_not_run() -> None:
    found = evidence(
        [
            case("a", 1.0, seconds=0.5),
            case("b", 0.0, seconds=1.5),
            case("c", error="the server is away\nat line 3"),
            case("d", not_run="skipped"),
        ],
        ACCURACY,
    )
    assert found.measurements == {
        "accuracy": Rate(hits=1, n=2, cases={"a": 1.0, "b": 0.0}, unseen=("c", "d")),
        "error_rate": Rate(hits=1, n=3, cases={"a": 0.0, "b": 0.0, "c": 1.0}, unseen=("d",)),
        "latency": Amounts(unit="s", cases={"a": 0.5, "b": 1.5}, unseen=("c", "d")),
    }
    assert found.missing == {
        "tokens_per_query": "0 of 2 cases with a result say it",
        "cost_per_query": "0 of 2 cases with a result say it",
    }
    assert found.coverage == Coverage(
        total=4,
        seen=2,
        errored=1,
        not_run=1,
        notes=("1 case unseen: the server is away", "1 case not run: skipped"),
    )


def test_what_was_asked_several_times_counts_once_by_its_mean() -> None:
    found = evidence(
        [case("a", 1.0), case("a", 0.0, repeat=2), case("b", 1.0), case("b", error="away", repeat=2)],
        ACCURACY,
    )
    assert found.measurements["accuracy"] == Scores(cases={"a": 0.5}, unseen=("b",))
    assert found.measurements["error_rate"] == Rate(hits=1, n=2, cases={"a": 0.0, "b": 1.0})


def test_a_case_without_the_score_is_unseen_in_it_and_said() -> None:
    found = evidence([case("a", 1.0), case("b")], ACCURACY)
    assert found.measurements["accuracy"] == Rate(hits=1, n=1, cases={"a": 1.0}, unseen=("b",))
    assert found.coverage is not None
    assert found.coverage.notes == ("1 case unseen: no score `passed`",)


def test_scores_have_to_be_there_and_be_shares() -> None:
    with pytest.raises(ConfigurationError) as error:
        evidence([case("a", 1.0)], {"tone": "kindness"})
    assert (error.value.message, error.value.mend) == (
        "no case has the score `kindness`",
        "scores in these files: passed",
    )
    with pytest.raises(
        ConfigurationError, match="the score `passed` of the case `a` is 7, and not between 0 and 1"
    ):
        evidence([case("a", 7.0)], ACCURACY)


def test_nothing_with_a_result_is_a_failure() -> None:
    nothing = evidence([case("a", error="away"), case("b", not_run="skipped")], ACCURACY)
    assert nothing.failure == Failure(reason="outside", message="no case has a result: away")
    assert nothing.missing["accuracy"] == "no case has a result"
    assert evidence([], ACCURACY).failure == Failure(reason="outside", message="no case has a result")


def test_only_the_same_cases_under_the_same_names_are_compared() -> None:
    first = evidence([case("a", 1.0, asked="1"), case("b", 1.0)], ACCURACY).subject
    assert evidence([case("b", 0.0), case("a", 0.0, asked="1")], ACCURACY).subject == first
    assert evidence([case("a", 1.0, asked="2"), case("b", 1.0)], ACCURACY).subject != first
    assert evidence([case("a", 1.0, asked="1"), case("b", 1.0)], {"exact": "passed"}).subject != first


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "away"]), st.sampled_from(["", "skipped"])),
        max_size=12,
    )
)
def test_every_case_is_counted_once(drawn: list[tuple[str, str, str]]) -> None:
    outcomes = [
        case(name, None if error or left else 1.0, error=error, not_run="" if error else left, repeat=number)
        for number, (name, error, left) in enumerate(drawn)
    ]
    coverage = evidence(outcomes, ACCURACY).coverage
    assert coverage is not None
    assert coverage.total == len({name for name, _, _ in drawn})
    assert coverage.total == coverage.seen + coverage.errored + coverage.not_run
