"""A trial on the screen and in Markdown: the same numbers."""

from rich.console import Console

from esclusa.cli.commands.trial import report
from esclusa.cli.output import THEME
from esclusa.core.trial import Difference, Finding, Trial, Variant
from esclusa.core.value import replace
from esclusa.reports.markdown import summary
from tests.deploy.test_engine import holding
from tests.reports.runs import RUN

TRIAL = Trial(
    control="A",
    variants=(
        Variant(
            name="A",
            release="a" * 20,
            share=0.5,
            conversations=200,
            turns=600,
            failed=60,
            error_rate=0.1,
            latency={"p50": 0.4, "p95": 2.5},
        ),
        Variant(name="B", release="b" * 20, share=0.5, conversations=0, turns=0, failed=0),
    ),
    differences=(
        Difference(
            variant="B",
            metric="error_rate",
            unit="share",
            estimate=-0.05,
            interval=(-0.08, -0.02),
            finding=Finding.BETTER,
        ),
    ),
    finding=Finding.BETTER,
    confidence=0.95,
    seconds=600.0,
    sentence="better: B against A.",
)


def shown(trial: Trial) -> str:
    console = Console(width=120, theme=THEME)
    with console.capture() as said:
        console.print(report(trial))
    return said.get()


def test_variants_stand_side_by_side_and_differences_below() -> None:
    lines = [" ".join(line.split()) for line in shown(TRIAL).splitlines()]
    assert lines == [
        "report: ✓ better, held for 600 s",
        "",
        "variant release conversations turns failed error rate p50 p95",
        "A aaaaaaaaaaaa 200 600 60 10 % 400 ms 2.5 s",
        "B bbbbbbbbbbbb 0 0 0 - - -",
        "",
        "difference variant metric by interval (95% for all together)",
        "✓ better B against A error_rate -5 points -8 to -2 points",
    ]


def test_what_is_wrong_with_a_trial_is_said_first() -> None:
    odd = replace(TRIAL, finding=Finding.INVALID, odd="B had 0 conversations", differences=())
    assert shown(odd).splitlines()[:2] == ["report: ! not valid, held for 600 s", "B had 0 conversations"]


def test_the_markdown_of_a_run_has_it_too() -> None:
    text = summary(RUN, [replace(holding("keep"), trial=TRIAL)])
    assert "production: better: B against A." in text
    assert "| A | `aaaaaaaaaaaa` | 200 | 600 | 60 | 10 % | 400 ms | 2.5 s |" in text
    assert "| better | B against A | error_rate | -5 points | -8 to -2 points | 0.95 |" in text
