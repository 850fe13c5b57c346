"""What an eval's page draws of its numbers: each beside the baseline's, the cases that changed, slices and
distributions."""

from collections.abc import Sequence

from esclusa.core.evidence import Amounts, Scores
from esclusa.gates.figures import Figure, Versus, weakest
from esclusa.gates.units import format_difference, format_differences, format_interval, format_value
from esclusa.reports.drawing import histogram, interval, parts, scale_of, swatch
from esclusa.reports.eval_data import preview
from esclusa.reports.markup import Cell, card, count, note, row, table, text
from esclusa.reports.sheet import Change, Row, Sheet
from esclusa.stats.intervals import quantile

MOST_SLICES = 30
MOST_BROKEN = 6
_BEYOND = 0.99
"""The quantile at which a long tail goes into the last bar."""


def measured(found: Sequence[Figure]) -> str:
    """Every metric of all cases, and its difference to the baseline's."""
    compared = any(one.versus for one in found)
    head: list[Cell] = ["Metric", ("n", "Value"), "95 % interval", ("n", "Cases")]
    if compared:
        head += [("n", "Baseline"), "Difference", "Cases that moved"]
    said = "each interval by itself" + ("; differences over the cases seen in both" if compared else "")
    gaps = dict.fromkeys(one.versus.gap for one in found if one.versus and one.versus.gap)
    rows = [_figure(one, compared) for one in found]
    notes = "".join(note(f"Not compared: {text(gap, 300)}") for gap in gaps)
    return card("Measured", said, table("Measured", head, rows) + (notes if rows else ""))


def _figure(one: Figure, compared: bool) -> str:
    cases = f"{count(one.n)}" + (f", {count(one.unseen)} unseen" if one.unseen else "") if one.n else ""
    return row(
        f"<code>{text(one.name)}</code>",
        ("n", format_value(one.value, one.unit)),
        ("whole", format_interval(*one.interval, one.unit) if one.interval else ""),
        ("n", cases),
        *(_versus(one, one.versus) if compared else ()),
    )


def _versus(one: Figure, versus: Versus | None) -> Sequence[Cell]:
    if versus is None or versus.baseline is None or versus.difference is None:
        return ("", ("quiet", "not compared"), "")
    span = f" ({format_differences(*versus.interval, one.unit)})" if versus.interval else ""
    moved = f"{count(versus.gained)} better, {count(versus.lost)} worse of {count(versus.n)}"
    if versus.worse is not None and _gain(one, versus.difference) < 0:
        moved += f"; noise alone looks so bad with a chance of {versus.worse:.2g}"
    return (("n", format_value(versus.baseline, one.unit)), _moved(one) + span, ("said", moved))


def _moved(one: Figure) -> str:
    """The difference to the baseline in a word that says which way it went, not in a colour alone."""
    if one.versus is None or one.versus.difference is None:
        return ""
    difference = format_difference(one.versus.difference, one.unit)
    gain = _gain(one, one.versus.difference)
    if not gain:
        return difference
    look, sign = ("better", "▲") if gain > 0 else ("worse", "▼")
    return f'<span class="{look}"><span role="img" aria-label="{look}">{sign}</span> {difference}</span>'


def _gain(one: Figure, difference: float) -> float:
    return difference if one.better == "higher" else -difference


# Case by case


def since(sheet: Sheet) -> str:
    """How the cases changed since the baseline, and what was said by the first of those that broke."""
    if sheet.baseline is None:
        return ""
    told = [one for one in sheet.rows if _said(one)]
    counts = (
        ("right in both", "same", sum(_right(one) and one.change is not Change.FIXED for one in told)),
        ("fixed", "fixed", sum(one.change is Change.FIXED for one in told)),
        ("broken", "broken", sum(one.change is Change.BROKEN for one in told)),
        ("wrong in both", "bad", sum(not _right(one) and one.change is not Change.BROKEN for one in told)),
    )
    legend = "".join(f"<li>{swatch(kind)}{count(n)} {word}</li>" for word, kind, n in counts)
    broken = sheet.changed(Change.BROKEN)
    worst = table("Broken cases", ("Broken case", "Baseline", "This run"), map(_broken, broken[:MOST_BROKEN]))
    words = "it is" if len(broken) == 1 else f"all {count(len(broken))} are"
    more = f'<button type="button" class="jump" data-only="broken">{words} in the list below</button>'
    lone = len(sheet.rows) - len(told)
    body = (
        parts([(n, kind) for _, kind, n in counts])
        + f'<ul class="legend">{legend}</ul>{worst}'
        + (more if broken else "")
        + note(f"{count(lone)} more cannot be compared." if lone else "")
    )
    return card("Case by case", f"{count(len(told))} told right or wrong then and now", body)


def _said(one: Row) -> bool:
    return bool(one.seen and one.before and None not in (one.seen.right, one.before.right))


def _right(one: Row) -> bool:
    return one.seen is not None and one.seen.right is not None and one.seen.right >= 1


def _broken(one: Row) -> str:
    then, now = (seen.said if seen else "" for seen in (one.before, one.seen))
    return row(("name", text(one.id, 80)), ("said", text(preview(then))), ("said", text(preview(now))))


# Slices


def slices(sheet: Sheet, found: Sequence[Figure]) -> str:
    """The main share over each slice, the worst first; `found` are the figures of all cases."""
    measurements = sheet.evidence.measurements
    shares = [name for name, one in measurements.items() if isinstance(one, Scores) or name == "accuracy"]
    if not shares or not sheet.evidence.slices:
        return ""
    main = "accuracy" if "accuracy" in shares else shares[0]
    before = sheet.baseline.evidence if sheet.baseline else None
    shown = weakest(sheet.evidence, before, main, MOST_SLICES)
    if not shown:
        return ""
    ends = [end for one in shown for end in (one.value, *(one.interval or ())) if end is not None]
    whole = next((one.value for one in found if one.metric == main), None)
    scale = scale_of(ends if whole is None else [*ends, whole], within=(0.0, 1.0))
    compared = any(one.versus and not one.versus.gap for one in shown)
    head: list[Cell] = ["Slice", ("n", "Cases"), ("n", text(main)), "Interval; the line is all cases"]
    rows = (
        row(
            text(one.slice, 80),
            ("n", count(one.n)),
            ("n", format_value(one.value, one.unit)),
            interval(one.value, one.interval, kind="cand", mark=whole, scale=scale),
            *((("whole", _moved(one)),) if compared else ()),
        )
        for one in shown
    )
    left = sum(main in measured for measured in sheet.evidence.slices.values()) - len(shown)
    said = f"{text(main)}, worst first; each interval by itself"
    body = table("Slices", [*head, *(["Since"] if compared else [])], rows)
    return card("Slices", said, body + note(f"{count(left)} more slices are in the JSON." if left else ""))


# Distributions


def distributions(sheet: Sheet) -> str:
    """How scores and amounts lie, and the baseline's over them."""
    before = sheet.baseline.evidence.measurements if sheet.baseline else {}
    drawn = []
    for metric, seen in sheet.evidence.measurements.items():
        if not isinstance(seen, Amounts | Scores):
            continue
        was = before.get(metric)
        theirs = was.cases if isinstance(was, Amounts | Scores) and type(was) is type(seen) else {}
        unit = seen.unit if isinstance(seen, Amounts) else "share"
        drawn.append(_chart(metric, unit, tuple(seen.cases.values()), tuple(theirs.values())))
    charts = "".join(drawn)
    said = "how many cases lie where" + ("; the outline is the baseline" if before else "")
    return card("Distributions", said, f'<div class="charts">{charts}</div>' if charts else "")


def _chart(metric: str, unit: str, now: Sequence[float], before: Sequence[float]) -> str:
    both = (*now, *before)
    if not now or not max(both):
        return ""
    most = 1.0 if unit == "share" else quantile(both, _BEYOND) or max(both)
    rest = f"; the last bar holds all above {format_value(most, unit)}" if max(both) > most else ""
    median = format_value(quantile(now, 0.5), unit)
    was = f", {format_value(quantile(before, 0.5), unit)} before" if before else ""
    return (
        f"<figure><figcaption><code>{text(metric)}</code> median {median}{was}{rest}</figcaption>"
        f"{histogram(now, before, most=most)}"
        f'<div class="ends"><span>{format_value(0.0, unit)}</span>'
        f"<span>{format_value(most, unit)}</span></div></figure>"
    )
