"""The Markdown of one suite, as a pull request gets it."""

from esclusa.core.evidence import Coverage, Evidence, Failure, Rate
from esclusa.core.value import replace
from esclusa.reports.eval_markdown import LIMIT, eval_markdown
from esclusa.reports.sheet import Baseline, Row, Seen
from tests.reports.sheets import BEFORE, CLOSED, SHEET, THEN


def test_without_a_baseline_it_tells_the_numbers_and_what_was_answered_wrongly() -> None:
    assert eval_markdown(SHEET) == (
        "## 📏 capitals.yaml\n\n"
        "http\\://127.0.0.1:80 · 6 cases: 1 right, 1 wrong, 1 agent error, 1 unseen, 1 not run, 1 answered"
        " · 1.2 s · `eval-1`\n\n"
        "### Measured\n\n"
        "| metric | value | 95 % interval | n |\n"
        "| --- | --- | --- | --- |\n"
        "| `accuracy` | 33.3 % | 6.1 to 79.2 % | 3 |\n\n"
        "### Cases answered wrongly\n\n"
        "| case | asked | expected | answered |\n"
        "| --- | --- | --- | --- |\n"
        "| `wrong` | Capital of Spain? | Madrid | a \\| \\<b\\> |\n"
        "| `broken` |  |  | 500 |\n"
    )


def test_with_a_baseline_it_tells_the_difference_and_which_cases_are_broken() -> None:
    said = eval_markdown(replace(SHEET, baseline=BEFORE))
    assert "against base.json: 1 broken, 4 new" in said
    assert "| `accuracy` | 33.3 % | 6.1 to 79.2 % | 3 | 66.7 % | -33.3 points (" in said
    assert "| 0 better, 1 worse |" in said
    assert "### Cases that are broken\n\n| case | asked | baseline | now |" in said
    assert "Cases answered wrongly" not in said


def test_what_cannot_be_compared_is_said_once() -> None:
    measurements = dict.fromkeys(("accuracy", "exact"), THEN.measurements["accuracy"])
    now = replace(THEN, measurements=measurements)
    strange = Baseline(name="base.json", evidence=replace(now, subject="another"))
    said = eval_markdown(replace(SHEET, evidence=now, baseline=strange))
    assert said.count("| not compared |") == 2
    assert said.count("Not compared: the baseline was measured on another dataset") == 1


def test_a_closed_gate_comes_first_and_so_does_a_failure() -> None:
    assert eval_markdown(replace(SHEET, judgements=(CLOSED,))).startswith(
        "## ⛔ capitals.yaml\n\nquality failed: accuracy\n\n"
    )
    failed = Evidence(
        failure=Failure(reason="step", message="no *answer*"),
        coverage=Coverage(total=6, seen=0, notes=("a note",)),
    )
    assert eval_markdown(replace(SHEET, evidence=failed)).startswith(
        "## ❌ capitals.yaml\n\nno \\*answer\\*\n\na note\n\n"
    )


def test_slices_that_got_worse_are_told_and_those_that_did_not_are_not() -> None:
    def of(es: int, fr: int) -> Evidence:
        slices = {
            tag: {"accuracy": Rate(hits=n, n=1, cases={tag: float(n)})} for tag, n in (("es", es), ("fr", fr))
        }
        return replace(THEN, slices=slices)

    said = eval_markdown(
        replace(SHEET, evidence=of(0, 1), baseline=Baseline(name="base.json", evidence=of(1, 1)))
    )
    assert "### Slices that got worse" in said
    assert "`accuracy{es}`" in said
    assert "`accuracy{fr}`" not in said


def test_however_much_went_wrong_it_is_short_enough_for_a_comment() -> None:
    long = "\N{PILE OF POO}|" * 500
    rows = tuple(
        Row(
            id=f"{number} {long}",
            input=long,
            expected=long,
            seen=Seen(answer=long, right=0.0),
            before=Seen(answer=long, right=1.0),
        )
        for number in range(500)
    )
    rules = tuple(replace(CLOSED.rules[0], rule=long, sentence=long) for _ in range(300))
    sheet = replace(SHEET, rows=rows, judgements=(replace(CLOSED, rules=rules, sentence=long),) * 20)
    for each in (sheet, replace(sheet, baseline=BEFORE)):
        said = eval_markdown(each)
        assert len(said.encode()) < LIMIT
        assert "more are in the JSON report." in said


def test_cases_that_are_right_now_and_wrong_then_are_told_the_worst_first() -> None:
    seen = {"steady": (1, 1, 1), "now": (1, 0, 1), "seldom": (0, 0, 1), "never": (0, 0, 0)}
    rows = tuple(
        Row(id=one, repeat=repeat, input=f"{one}?", seen=Seen(right=float(right)))
        for one, askings in seen.items()
        for repeat, right in enumerate(askings)
    )
    said = eval_markdown(replace(SHEET, rows=rows))
    assert "4 cases, asked 12 times: 6 right, 6 wrong" in said
    assert (
        "### Flaky cases\n\n| case | asked | right |\n| --- | --- | --- |\n"
        "| `seldom` | seldom? | 1 of 3 |\n| `now` | now? | 2 of 3 |\n"
    ) in said
    assert "| `now` (asking 2) | now? |  |  |" in said
