"""What stays in memory of a case."""

from esclusa.core.case import Case, ToolCall
from esclusa.evals.gist import FEW, Gists


def test_the_words_go_and_what_is_counted_stays() -> None:
    case = Case(
        id="a",
        answer="x" * 1000,
        earlier=("y" * 1000,),
        tool_calls=(ToolCall(name="search"),),
        scores={"exact": 0.0},
        explanations={"exact": "expected 'y'", "other": "scorer error: KeyError: 1\nTraceback"},
        seconds=0.5,
        tokens_in=3,
        tokens_out=4,
        cost=0.1,
        tags=("es",),
        model="m",
        decision='"refund"',
        subject="s",
    )
    assert Gists().of(case) == Case(
        id="a",
        scores={"exact": 0.0},
        explanations={"other": "scorer error: KeyError: 1"},
        seconds=0.5,
        tokens_in=3,
        tokens_out=4,
        cost=0.1,
        tags=("es",),
        model="m",
        decision='"refund"',
        subject="s",
    )


def test_what_many_cases_share_is_kept_once() -> None:
    gists = Gists()
    one, other = (
        gists.of(Case(id=one, scores={"exact": 1.0}, model=f"m{1}", error=f"boom {1}")) for one in "ab"
    )
    assert one.scores is other.scores
    assert one.model is other.model
    assert one.error is other.error


def test_scores_that_are_a_cases_own_stay_its_own() -> None:
    gists = Gists()
    assert [gists.of(Case(id="a", scores={"r": value})).scores for value in (0.25, 0.5)] == [
        {"r": 0.25},
        {"r": 0.5},
    ]


def test_equal_costs_are_kept_once_while_they_are_few() -> None:
    gists = Gists()
    one, other = (gists.of(Case(id=one, cost=float(f"0.{1}"))).cost for one in "ab")
    assert one is other
    for number in range(FEW):
        gists.of(Case(id="c", cost=float(number)))
    late = gists.of(Case(id="d", cost=float("0.25"))).cost
    assert late == 0.25
    assert gists.of(Case(id="e", cost=float("0.25"))).cost is not late
