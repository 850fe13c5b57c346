"""A trial on the screen: the variants side by side, then how far apart they are."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from esclusa.cli.output import safe
from esclusa.core.trial import Difference, Finding, Trial, Variant
from esclusa.gates.units import format_difference, format_differences, format_value

SIGNS = {
    Finding.BETTER: ("✓", "pass"),
    Finding.WORSE: ("✗", "harm"),
    Finding.MIXED: ("±", "wait"),
    Finding.NOTHING: ("○", "quiet"),
    Finding.INVALID: ("!", "harm"),
}


def report(trial: Trial) -> RenderableType:
    """What was found, the variants, the differences."""
    head = Text.assemble("report: ", _sign(trial.finding), f", held for {trial.seconds:.0f} s")
    if trial.odd:
        head.append(f"\n{safe(trial.odd)}", style="harm")
    variants = _table("variant", "release", "conversations", "turns", "failed", "error rate", "p50", "p95")
    for one in trial.variants:
        variants.add_row(*_variant(one))
    parts: list[RenderableType] = [head, Text(), variants]
    if trial.differences:
        sure = f"interval ({trial.confidence:.0%} for all together)"
        gaps = _table("difference", "variant", "metric", "by", sure)
        for gap in trial.differences:
            gaps.add_row(*_gap(gap, trial.control))
        parts += [Text(), gaps]
    return Group(*parts)


def _variant(one: Variant) -> tuple[str | Text, ...]:
    rate = "-" if one.error_rate is None else format_value(one.error_rate, "share")
    latency = [
        format_value(one.latency[name], "s") if name in one.latency else "-" for name in ("p50", "p95")
    ]
    return (
        one.name,
        one.release[:12],
        str(one.conversations),
        str(one.turns),
        str(one.failed),
        rate,
        *latency,
    )


def _gap(gap: Difference, control: str) -> tuple[str | Text, ...]:
    return (
        _sign(gap.finding),
        f"{gap.variant} against {control}",
        gap.metric,
        format_difference(gap.estimate, gap.unit),
        format_differences(*gap.interval, gap.unit),
    )


def _sign(finding: Finding) -> Text:
    mark, style = SIGNS[finding]
    return Text(f"{mark} {finding.value}", style=style)


def _table(*heads: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="quiet")
    for head in heads:
        made.add_column(head)
    return made
