"""The Markdown summary."""

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from esclusa.core.evidence import Evidence, Failure, Finding, Place
from esclusa.core.run import Outcome, StepRecord, StepState
from esclusa.core.value import replace
from esclusa.reports.markdown import LIMIT, summary
from tests.reports.runs import ACCURACY, QUALITY, RUN
from tests.reports.test_json_report import ROLLOUT

MARKDOWN = MarkdownIt("commonmark").enable("table")
BROKEN = StepRecord(
    id="test.unit",
    state=StepState.FAILED,
    attempts=1,
    evidence=Evidence(
        failure=Failure(reason="step", message="pytest ended with exit code 1", mend="mend the test")
    ),
)
FAILED = replace(RUN, outcome=Outcome.FAILED, reason="test.unit failed", steps=(BROKEN,), judgements=())


def headings(text: str) -> list[str]:
    tokens = MARKDOWN.parse(text)
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    return [tokens[place + 1].content for place in places]


def test_the_verdict_comes_first_then_why_then_what_ran() -> None:
    text = summary(RUN, [ROLLOUT])
    assert headings(text) == [
        "⛔ support-agent: blocked",
        "Gates",
        "Rollout",
        "Live rules",
        "Steps",
        "Findings",
    ]
    assert text.splitlines()[:5] == [
        "# ⛔ support-agent: blocked",
        "",
        "quality fails: accuracy is 50 % (30 of 60; 95 % interval 37.7 to 62.3 %), under the limit of 85 %",
        "",
        "commit `abcdef123456` · A quicker prompt · release `fedcba098765` · run `run-7` · 1 m 15 s",
    ]


def test_a_finding_says_its_commit_and_the_fingerprint_by_which_it_is_accepted() -> None:
    finding = Finding(
        rule="aws-key",
        message="a key",
        severity="high",
        place=Place(file="old.py", line=3, commit="abcdef1234567890"),
        fingerprint="3f0c9a1be0d24c55-9e",
    )
    step = StepRecord(id="test.secrets", state=StepState.SUCCEEDED, evidence=Evidence(findings=(finding,)))
    text = summary(replace(RUN, steps=(step,)))
    row = (
        "| `test.secrets` | high | `aws-key` | a key | `old.py:3` in `abcdef123456` | `3f0c9a1be0d24c55-9e` |"
    )
    assert row in text.splitlines()


def test_each_rule_has_its_verdict_its_sentence_and_its_numbers() -> None:
    rows = [row for row in summary(RUN).splitlines() if row.startswith("|")]
    assert rows[2] == (
        "| ❌ fail | quality | `accuracy > 85%` | accuracy is 50 % (30 of 60; 95 % interval 37.7 to 62.3 %),"
        " under the limit of 85 % | 60 | 37.7 to 62.3 % | 85 % |"
    )
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows[2:7]] == [
        "❌ fail",
        "⚠️ fail",
        "⛔ missing",
        "➖ not applicable",
        "✅ pass",
    ]


def test_a_rollout_shows_what_the_traffic_said() -> None:
    rows = [
        row
        for row in summary(RUN, [ROLLOUT]).splitlines()
        if row.startswith(("| production", "| ❌ fail | prod"))
    ]
    assert rows == [
        "| production | canary | rolled back | error rate: a violation is shown | `fedcba098765` | `0123456789ab` |"
        " 9 of 40 |",
        "| ❌ fail | production | `error_rate < 1%` | 9 of 40 failed | 60 | 0 to 6 % | 31.4 | 20 |",
    ]


def test_the_failing_steps_last_lines_come_last() -> None:
    text = summary(FAILED, tail="".join(f"line {number}\n" for number in range(100)))
    assert text.endswith("line 98\nline 99\n```\n")
    assert "(40 lines before are in the log)" in text
    assert "line 39\n" not in text
    assert headings(text)[-1] == "`test.unit` failed"


def test_what_the_agent_said_makes_no_markup() -> None:
    hostile = "</td><script>x</script> | [a](b) `` ![c](d)\n\n# heading @someone"
    rule = replace(ACCURACY, sentence=hostile, rule=hostile)
    run = replace(
        RUN,
        subject=hostile,
        reason=hostile,
        judgements=(replace(QUALITY, rules=(rule,)),),
        steps=(replace(BROKEN, id=hostile),),
    )
    page = ElementTree.fromstring(f"<page>{MARKDOWN.render(summary(run, tail=hostile))}</page>")
    assert {element.tag for element in page.iter()} <= {
        *("page", "h1", "h2", "p", "code", "pre"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert [len(row) for row in page.iter("tr")] == [7, 7, 4, 4]


@settings(max_examples=10, deadline=None)
@given(st.sampled_from("a|`é\n😀<"), st.integers(1, 5_000))
def test_it_always_fits(character: str, times: int) -> None:
    text = character * times
    rules = (replace(ACCURACY, sentence=text, rule=text),) * 9000
    run = replace(
        RUN,
        subject=text,
        reason=text,
        project=text,
        judgements=(replace(QUALITY, rules=rules),),
        steps=(replace(BROKEN, id=text),) * 9000 + RUN.steps,
    )
    rollout = replace(ROLLOUT, reason=text, judgement=replace(QUALITY, rules=rules[:10]))
    found = summary(run, [rollout] * 2000, tail=text * 50)
    assert len(found.encode()) < LIMIT
    assert found.count("more are in the JSON report.") >= 3
