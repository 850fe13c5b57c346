"""The Markdown of one suite, for a pull request: the verdict, the numbers beside the baseline's, which cases
changed. Under LIMIT bytes, the most that a comment may have: each part has its share and says what it left
out.
"""

from collections.abc import Sequence

from esclusa.core.gate import Judgement, RuleJudgement
from esclusa.gates.figures import Figure, figures, slipped
from esclusa.gates.units import format_difference, format_differences, format_interval, format_value
from esclusa.reports.foreign import code, line
from esclusa.reports.markdown import rule_sign, section
from esclusa.reports.sheet import Change, Row, Sheet

LIMIT = 65_000
"""Bytes; a comment of a pull request may have 65,536 characters."""
_GATES, _NUMBERS, _SLICES, _FLAKY, _CASES = 16_000, 8_000, 6_000, 5_000, 12_000
_TEXT = 160
"""Characters of what was asked or answered."""
_ORDER = (Change.BROKEN, Change.FIXED)


def eval_markdown(sheet: Sheet) -> str:
    """The sheet in Markdown."""
    before = sheet.baseline.evidence if sheet.baseline else None
    parts = [
        _head(sheet),
        _gates(sheet.judgements),
        _numbers(figures(sheet.evidence, before)),
        *(_changed(sheet, change) for change in _ORDER),
        _slices(slipped(sheet.evidence, before)) if before else "",
        _flaky(sheet),
        "" if sheet.baseline else _wrong(sheet.rows),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(sheet: Sheet) -> str:
    shut = [one for one in sheet.judgements if not one.opens]
    failure = sheet.evidence.failure
    sign = "❌" if failure else "⛔" if shut else "✅" if sheet.judgements else "📏"
    title = f"## {sign} {line(sheet.suite, 200)}"
    said = [failure.message] if failure else [one.sentence for one in shut or sheet.judgements]
    facts = [
        line(sheet.agent, 200),
        sheet.tally,
        f"{sheet.seconds:.1f} s",
        code(sheet.run),
    ]
    if sheet.baseline:
        moved = {change: len(sheet.changed(change)) for change in Change}
        changes = ", ".join(f"{n} {change.value}" for change, n in moved.items() if n)
        facts.append(f"against {line(sheet.baseline.name, 200)}: {changes}")
    notes = sheet.evidence.coverage.notes if sheet.evidence.coverage else ()
    told = [line(one, 1000) for one in (*said, *notes)]
    return "\n\n".join((title, *told[:12], " · ".join(facts)))


def _gates(judgements: Sequence[Judgement]) -> str:
    rules = [(judgement, rule) for judgement in judgements for rule in judgement.rules]
    header = ("", "gate", "rule", "what was seen")
    return section("Gates", _GATES, header, rules, lambda pair: _rule(*pair), level=3)


def _rule(judgement: Judgement, rule: RuleJudgement) -> tuple[str, ...]:
    return rule_sign(rule), line(judgement.gate, 100), code(rule.rule), line(rule.sentence, 600)


def _numbers(found: Sequence[Figure]) -> str:
    header = ("metric", "value", "95 % interval", "n", "baseline", "difference", "cases")
    if all(one.versus is None for one in found):
        return section("Measured", _NUMBERS, header[:4], found, lambda one: _number(one)[:4], level=3)
    gaps = dict.fromkeys(one.versus.gap for one in found if one.versus and one.versus.gap)
    told = [f"Not compared: {line(gap, 300)}" for gap in gaps]
    return "\n\n".join((section("Measured", _NUMBERS, header, found, _number, level=3), *told))


def _slices(found: Sequence[Figure]) -> str:
    header = ("slice", "value", "95 % interval", "n", "baseline", "difference", "cases")
    return section("Slices that got worse", _SLICES, header, found, _number, level=3)


def _number(one: Figure) -> tuple[str, ...]:
    versus = one.versus
    compared = ("", "", "")
    if versus is not None and versus.gap:
        compared = ("", "not compared", "")
    elif versus is not None and versus.baseline is not None and versus.difference is not None:
        span = f" ({format_differences(*versus.interval, one.unit)})" if versus.interval else ""
        compared = (
            format_value(versus.baseline, one.unit),
            format_difference(versus.difference, one.unit) + span,
            f"{versus.gained} better, {versus.lost} worse",
        )
    return (
        code(one.name),
        format_value(one.value, one.unit),
        format_interval(*one.interval, one.unit) if one.interval else "",
        str(one.n) if one.n else "",
        *compared,
    )


def _changed(sheet: Sheet, change: Change) -> str:
    header = ("case", "asked", "baseline", "now")
    title = f"Cases that are {change.value}"
    return section(title, _CASES, header, sheet.changed(change), _side_by_side, level=3)


def _side_by_side(row: Row) -> tuple[str, ...]:
    return (
        _named(row),
        line(row.input, _TEXT),
        line(row.before.said, _TEXT) if row.before else "",
        line(row.seen.said, _TEXT) if row.seen else "",
    )


def _named(row: Row) -> str:
    return code(row.id, 80) + (f" (asking {row.repeat + 1})" if row.repeat else "")


def _flaky(sheet: Sheet) -> str:
    asked = {row.id: row.input for row in sheet.rows}
    header = ("case", "asked", "right")
    return section(
        "Flaky cases",
        _FLAKY,
        header,
        list(sheet.flaky.items()),
        lambda one: (code(one[0], 80), line(asked[one[0]], _TEXT), f"{one[1][0]} of {one[1][1]}"),
        level=3,
    )


def _wrong(rows: Sequence[Row]) -> str:
    wrong = [row for row in rows if row.verdict in ("wrong", "agent error")]
    header = ("case", "asked", "expected", "answered")
    return section("Cases answered wrongly", _CASES, header, wrong, _answered, level=3)


def _answered(row: Row) -> tuple[str, ...]:
    answered = row.seen.said if row.seen else ""
    return _named(row), line(row.input, _TEXT), line(row.expected, _TEXT), line(answered, _TEXT)
