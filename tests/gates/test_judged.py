"""A judge's word under a rule: corrected by labels of people, or said to be nobody's but the judge's."""

import pytest

from esclusa.core.evidence import Draw, Evidence, Judged, Scores
from esclusa.core.gate import RuleJudgement, Verdict
from esclusa.core.metric import Metric
from esclusa.core.value import decode, encode, replace
from esclusa.gates.catalogue import catalogue
from esclusa.gates.judge import judge
from esclusa.gates.language import parse
from tests.gates.worlds import SUBJECT, gate, seen

POLITE = Metric(
    name="polite",
    kind="scores",
    unit="share",
    better="higher",
    estimators=("mean",),
    comparisons=("threshold", "baseline"),
    measured_by="a judge",
)
METRICS = catalogue([POLITE])


def liked(yes: int, no: int, judged: Judged | None, *, unseen: int = 0) -> Evidence:
    """So many answers that the judge likes, and dislikes."""
    cases = {f"case-{i}": float(i < yes) for i in range(yes + no)}
    lost = tuple(f"lost-{i}" for i in range(unseen))
    return seen({"polite": Scores(cases=cases, unseen=lost, judged=judged)})


def labelled(agreed: int, too_kind: int, too_strict: int = 0, doubt: str = "") -> Judged:
    """Labels that the judge agrees with (half yes, half no), and errors of either kind."""
    labels = [float(i % 2) for i in range(agreed)]
    return Judged(
        labels=(*labels, *[0.0] * too_kind, *[1.0] * too_strict),
        said=(*labels, *[1.0] * too_kind, *[0.0] * too_strict),
        doubt=doubt,
    )


def ruled(evidence: Evidence, text: str = "polite > 85%", before: Evidence | None = None) -> RuleJudgement:
    made = gate()
    made = type(made)(name="quality", rules=(parse(text, METRICS),))
    return judge(
        made, {"eval.quality": evidence}, before and {"eval.quality": before}, baseline_state="readable"
    ).rules[0]


def test_a_mean_that_nobody_compared_is_used_and_said_to_be_the_judges_own() -> None:
    found = ruled(liked(92, 8, Judged(doubt="nobody has compared this judge with people")))
    assert found.verdict is Verdict.PASS
    assert found.estimate == 0.92
    assert "; a judge's word: nobody has compared this judge with people, over the limit" in found.sentence


def test_a_suite_that_stopped_early_settles_no_mean_that_labels_correct() -> None:
    """The same cases settle it where nobody corrects them: their order says what all would come to."""
    verdicts = []
    for judged in (labelled(180, 20), Judged()):
        full = liked(100, 0, judged, unseen=900)
        measured = full.measurements["polite"]
        assert isinstance(measured, Scores)
        draw = Draw(order=(*measured.cases, *measured.unseen), not_run=measured.unseen)
        found = ruled(replace(full, draw=draw), "polite > 80%")
        verdicts.append((found.verdict, found.interval is None, found.saved))
    assert verdicts == [(Verdict.UNDECIDED, True, None), (Verdict.PASS, False, 900)]


def test_labels_move_the_mean_and_widen_its_interval() -> None:
    plain = ruled(liked(184, 16, Judged()))
    found = ruled(liked(184, 16, labelled(180, 20)))
    assert (found.estimate, found.verdict) == (pytest.approx(0.82), Verdict.UNDECIDED)
    assert found.interval is not None
    assert plain.interval is not None
    (low, high), (own_low, own_high) = found.interval, plain.interval
    assert low is not None and high is not None and own_low is not None and own_high is not None  # noqa: PT018
    assert high - low > own_high - own_low
    assert "; the judge itself says 92 %, corrected by 200 labels of people" in found.sentence


def test_a_judge_that_is_too_kind_does_not_let_an_agent_through() -> None:
    found = ruled(liked(184, 16, labelled(120, 80)))
    assert (found.estimate, found.verdict) == (pytest.approx(0.52), Verdict.FAIL)


def test_a_judge_that_agrees_passes_what_is_clear_and_says_how_many_labels_would_do_where_it_is_not() -> None:
    clear = ruled(liked(196, 4, labelled(150, 2, 2)))
    assert clear.verdict is Verdict.PASS
    close = ruled(liked(178, 22, labelled(50, 2, 2)))
    assert close.verdict is Verdict.UNDECIDED
    assert close.needed is not None
    assert close.needed > 50
    assert "on both sides of the limit of 85 %" in close.sentence
    assert close.sentence.endswith(f"; about {close.needed} more labels would")


def test_too_few_labels_leave_their_doubt_in_the_sentence() -> None:
    found = ruled(liked(196, 4, labelled(12, 0, doubt="too few labels show whether it is of use")))
    assert "corrected by 12 labels of people, and too few labels show whether it is of use" in found.sentence


def test_cases_that_could_not_be_seen_count_beside_the_labels() -> None:
    found = ruled(liked(196, 4, labelled(150, 2, 2), unseen=60))
    assert (found.verdict, found.needed) == (Verdict.UNDECIDED, 60)
    assert "60 cases could not be seen" in found.sentence


def test_against_a_baseline_the_judges_errors_cancel_and_that_is_said() -> None:
    labels = labelled(40, 10)
    found = ruled(liked(80, 20, labels), "polite >= baseline - 2%", liked(81, 19, labels))
    assert (found.verdict, found.estimate, found.baseline) == (Verdict.PASS, 0.8, 0.81)
    assert "; a judge's word, whose errors are taken to be the same for both" in found.sentence


def test_labels_that_do_not_match_are_a_contradiction() -> None:
    found = ruled(liked(9, 1, Judged(labels=(1.0, 0.0), said=(1.0,))))
    assert (found.verdict, "2 labels" in found.sentence) == (Verdict.MISSING, True)


def test_labels_survive_the_journal_and_scores_from_before_them_are_read() -> None:
    evidence = liked(9, 1, labelled(20, 2, doubt="x"))
    assert decode(Evidence, encode(evidence)) == evidence
    old = f'{{"measurements":{{"polite":{{"kind":"scores","cases":{{"a":1.0}}}}}},"subject":"{SUBJECT}"}}'
    assert decode(Evidence, old).measurements["polite"] == Scores(cases={"a": 1.0})
