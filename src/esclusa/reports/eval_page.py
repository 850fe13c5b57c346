"""An eval as one HTML file: opened from a disk or a mail, offline, it asks nothing of anybody.

The verdict first, then the gates with their intervals against the limits, what changed since the baseline,
slices, distributions, cost, and every case. What an agent said stays text, whatever it says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from esclusa.core.gate import OPENS, Judgement, Mode, RuleJudgement, Verdict
from esclusa.gates.figures import Figure, figures
from esclusa.gates.units import format_interval, format_value
from esclusa.reports.drawing import interval
from esclusa.reports.eval_charts import distributions, measured, since, slices
from esclusa.reports.eval_data import pieces
from esclusa.reports.eval_list import case_list
from esclusa.reports.markup import beside, card, count, document, pill, row, table, text
from esclusa.reports.sheet import Sheet, counted

_STATES: Mapping[Verdict, tuple[str, str]] = {
    Verdict.PASS: ("✓", "pass"),
    Verdict.NOT_REFUTED: ("✓", "pass"),
    Verdict.FAIL: ("✗", "harm"),
    Verdict.MISSING: ("!", "harm"),
    Verdict.UNDECIDED: ("?", "wait"),
    Verdict.NOT_APPLICABLE: ("–", ""),
}
_SLICE = re.compile(r"\{[^{}]*\}")
_OPERATOR = re.compile(r"\s*([<>]=?|==)")
_SCORED, _ERRORED = ("right", "wrong", "answered"), ("agent error", "unseen")


def eval_page(sheet: Sheet) -> str:
    """The page."""
    found = figures(sheet.evidence, sheet.baseline.evidence if sheet.baseline else None)
    data = pieces(sheet)
    parts = (
        _head(sheet, found),
        _gates(sheet.judgements),
        measured(found),
        beside(since(sheet), slices(sheet, found)),
        distributions(sheet),
        case_list(sheet, data),
    )
    chunks = {f"chunk-{number}": chunk for number, chunk in enumerate(data.chunks)}
    return document(f"{sheet.suite} · {sheet.agent}", "".join(parts), {"index": data.head, **chunks})


class _Opening(NamedTuple):
    """What the page opens with: a state, a sentence, and what explains it."""

    icon: str
    kind: str
    state: str
    title: str
    why: Sequence[str] = ()


def _head(sheet: Sheet, found: Sequence[Figure]) -> str:
    crumbs = [sheet.project, sheet.step, sheet.run, f"commit {sheet.commit[:12]}" if sheet.commit else ""]
    crumbs += ["with uncommitted changes" if sheet.dirty else "", f"{sheet.started:%Y-%m-%d %H:%M} UTC"]
    opening = _opening(sheet, found)
    notes = sheet.evidence.coverage.notes if sheet.evidence.coverage else ()
    facts = "".join(f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in _facts(sheet))
    return (
        f'<p class="crumbs">{" / ".join(text(one) for one in crumbs if one)}</p>'
        f"{pill(opening.icon, opening.kind, opening.state)}<h1>{text(opening.title, 400)}</h1>"
        + "".join(f'<p class="why">{text(one)}</p>' for one in dict.fromkeys((*opening.why, *notes)))
        + f'<dl class="facts">{facts}</dl>'
    )


def _opening(sheet: Sheet, found: Sequence[Figure]) -> _Opening:
    failure = sheet.evidence.failure
    if failure is not None:
        why = (failure.mend, *(one.sentence for one in sheet.judgements))
        return _Opening("!", "harm", "Not completed", failure.message, tuple(filter(None, why)))
    if not sheet.judgements:
        return _measured(found)
    shut = [one for one in sheet.judgements if not one.opens]
    if not shut:
        rules = [rule for one in sheet.judgements for rule in one.rules]
        met = sum(rule.verdict in OPENS for rule in rules)
        title = "Every gate opens: " + (
            f"all {len(rules)} rules hold" if met == len(rules) else f"{met} of {len(rules)} rules hold"
        )
        return _Opening("✓", "pass", "Passed", title, [one.sentence for one in sheet.judgements])
    icon, kind = _STATES[shut[0].verdict]
    broken = next(
        (one for one in shut[0].rules if one.mode is Mode.BLOCK and one.verdict is shut[0].verdict), None
    )
    title = _title(broken) if broken else shut[0].sentence
    return _Opening(icon, kind, "Stopped at the gates", title, [one.sentence for one in shut])


def _measured(found: Sequence[Figure]) -> _Opening:
    main = next((one for one in found if one.metric == "accuracy"), found[0] if found else None)
    if main is None:
        return _Opening("–", "", "Measured", "Nothing was measured")
    span = (
        f"95 % interval {format_interval(*main.interval, main.unit)}, {count(main.n)} cases; "
        if main.interval
        else ""
    )
    title = f"{_spoken(main.name)} is {format_value(main.value, main.unit)}"
    return _Opening("–", "", "Measured", title, (f"{span}no gate asks about this suite.",))


def _title(rule: RuleJudgement) -> str:
    """What a closed rule came to, in one line."""
    what, asks = _spoken(_subject(rule.rule)), f"the gate asks for {rule.rule}"
    if rule.estimate is None or rule.verdict is Verdict.MISSING:
        return f"{what} could not be judged; {asks}"
    shown = format_value(rule.estimate, rule.unit, apart_from=rule.limit)
    if rule.verdict is Verdict.UNDECIDED:
        return f"{what} is {shown}, which is not settled yet; {asks}"
    return f"{what} is {shown}; {asks}"


def _spoken(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ")


def _subject(rule: str) -> str:
    """What a rule is about, as it is written: `latency.p95`, `accuracy{lang=es}`."""
    found = _SLICE.match(rule, rule.find("{")) if "{" in rule else None
    return rule[: found.end()] if found else _OPERATOR.split(rule, maxsplit=1)[0]


def _facts(sheet: Sheet) -> Iterable[tuple[str, str]]:
    rows, seen = sheet.rows, [one.seen for one in sheet.rows if one.seen]
    tally = counted(rows)
    kinds = {
        "scored": sum(tally.get(word, 0) for word in _SCORED),
        "errored": sum(tally.get(word, 0) for word in _ERRORED),
        "not run": tally.get("not run", 0),
    }
    yield "Asked", sheet.agent
    cases = len({one.id for one in rows})
    often = "" if cases == len(rows) else f", asked {count(len(rows))} times"
    yield "Cases", f"{count(cases)}{often} = " + " + ".join(f"{count(n)} {word}" for word, n in kinds.items())
    if sheet.flaky:
        yield "Flaky", f"{count(len(sheet.flaky))}, right now and wrong then"
    yield "Took", f"{sheet.seconds:.1f} s"
    tokens = [one.tokens for one in seen if one.tokens is not None]
    if tokens:
        yield "Tokens", count(sum(tokens))
    costs = [one.cost for one in seen if one.cost is not None]
    if costs:
        less = f" ({count(len(costs))} of {count(len(seen))} priced)" if len(costs) < len(seen) else ""
        yield "Cost", format_value(sum(costs), "USD") + less
    before = [one.before.cost for one in rows if one.before and one.before.cost is not None]
    if before:
        yield "Cost of the baseline", format_value(sum(before), "USD")
    if sheet.baseline:
        yield "Compared with", sheet.baseline.name


def _gates(judgements: Sequence[Judgement]) -> str:
    rules = [_rule(judgement, rule) for judgement in judgements for rule in judgement.rules]
    head = ("Rule", ("n", "Measured"), "Interval against the limit", ("n", "Limit"), "State", "Why")
    said = "the point and its interval; the dashed line is the limit, the shaded side of it is out of bounds"
    if any(rule.baseline is not None for judgement in judgements for rule in judgement.rules):
        said += ", the grey line is the baseline"
    return card("Gates", said, table("Gates", head, rules))


def _rule(judgement: Judgement, rule: RuleJudgement) -> str:
    icon, kind = _STATES[rule.verdict]
    warns = rule.verdict not in OPENS and Mode.WARN in (rule.mode, judgement.mode)
    operator = _OPERATOR.search(_SLICE.sub("", rule.rule))
    drawn = interval(
        rule.estimate,
        rule.interval,
        kind=kind or "cand",
        limit=rule.limit,
        below=operator is not None and operator[1].startswith(">"),
        mark=rule.baseline,
    )
    return row(
        f'<code>{text(rule.rule)}</code><span class="under">{text(judgement.gate)}</span>',
        ("n", "" if rule.estimate is None else format_value(rule.estimate, rule.unit)),
        drawn,
        ("n", "" if rule.limit is None else format_value(rule.limit, rule.unit)),
        pill(
            icon, "wait" if warns else kind, f"{rule.verdict.value} (warns)" if warns else rule.verdict.value
        ),
        ("said", text(rule.sentence)),
    )
