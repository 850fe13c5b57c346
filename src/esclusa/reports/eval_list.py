"""The list of cases of an eval's page: filters with their counts, the first rows, and room for one case.

The first rows are markup, so that they are there at once and without a script; page.js makes the others
of the same shape.
"""

from collections.abc import Iterable, Sequence

from esclusa.gates.units import format_value
from esclusa.reports.eval_data import CHANGES, VERDICTS, Pieces, preview, scorers, titles
from esclusa.reports.markup import card, count, note, pill, text
from esclusa.reports.sheet import Change, Row, Sheet, counted

FIRST = 40
"""Rows that are there without a script."""
MOST_TAGS = 100
_HEADS = ("Case", "Verdict", "Since", "Asked", "Answer", "Took", "Cost")
_WORDS = "Search cases, tags, questions, answers"


def case_list(sheet: Sheet, data: Pieces) -> str:
    """The card; empty where no case is known."""
    if not sheet.rows:
        return ""
    head = "".join(f'<div role="columnheader">{word}</div>' for word in _HEADS)
    named = list(zip(titles(sheet.rows), sheet.rows, strict=True))[:FIRST]
    first = "".join(_row(sheet, at, *one) for at, one in enumerate(named))
    lacks = " ".join(_lacks(sheet))
    body = (
        f'<div class="filters" role="search">{_filters(sheet)}'
        '<button type="button" id="clear" hidden>clear</button>'
        f'<span id="count" role="status">{count(len(sheet.rows))} cases</span></div>'
        f'<div id="list" tabindex="0" role="grid" aria-label="Cases; arrow keys open one after the other"'
        f' aria-rowcount="{len(sheet.rows) + 1}" data-lacks="{lacks}">'
        f'<div role="rowgroup"><div class="row head" role="row" aria-rowindex="1">{head}</div></div>'
        f'<div id="rows" role="rowgroup"><div id="window" role="presentation">{first}</div></div></div>'
        '<section id="case" aria-label="The chosen case" aria-live="polite" hidden></section>'
        f"<noscript>{note(f'Without JavaScript only the first {FIRST} cases are shown.')}</noscript>"
        f"{note(_left_out(data))}"
    )
    return card("Cases", "choose one to read it whole", body, name="cases")


def _left_out(data: Pieces) -> str:
    if not data.cut:
        return ""
    return (
        f"{count(data.cut)} texts longer than {count(data.cut_at)} characters are shortened here, in the"
        " middle, and say by how much; the file of --json has them whole."
    )


def _row(sheet: Sheet, at: int, title: str, row: Row) -> str:
    seen = row.seen
    verdict = next(pill(icon, kind, word) for word, icon, kind in VERDICTS if word == row.verdict)
    changed = row.change if sheet.baseline else None
    change = next((pill(icon, kind, word) for word, icon, kind in CHANGES if changed and word == changed), "")
    took = "" if seen is None or seen.seconds is None else format_value(seen.seconds, "s")
    cost = "" if seen is None or seen.cost is None else format_value(seen.cost, "USD")
    cells = (
        text(title),
        verdict,
        change or "<span></span>",
        text(preview(row.input)),
        text(preview(seen.said if seen else "")),
        took,
        cost,
    )
    shown = "".join(f'<div role="gridcell">{cell}</div>' for cell in cells)
    return f'<div class="row" role="row" id="row-{at}" aria-rowindex="{at + 2}">{shown}</div>'


def _lacks(sheet: Sheet) -> Iterable[str]:
    """Columns that would be empty."""
    seen = [one.seen for one in sheet.rows if one.seen]
    if sheet.baseline is None:
        yield "since"
    if not any(one.input for one in sheet.rows):
        yield "asked"
    if all(one.seconds is None for one in seen):
        yield "took"
    if all(one.cost is None for one in seen):
        yield "cost"


# Filters


def _filters(sheet: Sheet) -> str:
    verdicts = counted(sheet.rows)
    changes = {change.value: len(sheet.changed(change)) for change in Change}
    buttons = [
        _button("verdict", at, icon, word, verdicts[word])
        for at, (word, icon, _) in enumerate(VERDICTS)
        if word in verdicts
    ]
    moved = [
        _button("change", at, icon, word, changes[word])
        for at, (word, icon, _) in enumerate(CHANGES)
        if changes.get(word)
    ]
    search = f'<input type="search" id="text" placeholder="{_WORDS}" aria-label="{_WORDS}">'
    return (
        f"{search}{_group('Verdict', buttons)}{_group('Since the baseline', moved)}"
        f"{_tags(sheet)}{_scores(scorers(sheet))}{_order(sheet)}"
    )


def _group(name: str, buttons: Sequence[str]) -> str:
    return f'<div role="group" aria-label="{name}">{"".join(buttons)}</div>' if buttons else ""


def _button(name: str, at: int, icon: str, word: str, n: int) -> str:
    return (
        f'<button type="button" data-{name}="{at}" data-word="{word}" aria-pressed="false">'
        f'<span aria-hidden="true">{icon}</span> {word} {count(n)}</button>'
    )


def _tags(sheet: Sheet) -> str:
    found: dict[str, int] = {}
    for one in sheet.rows:
        for tag in one.tags:
            found[tag] = found.get(tag, 0) + 1
    if not found:
        return ""
    number = {tag: at for at, tag in enumerate(sorted(found))}
    common = sorted(sorted(found, key=lambda tag: -found[tag])[:MOST_TAGS])
    options = [("-1", "all"), *((str(number[tag]), f"{tag} ({count(found[tag])})") for tag in common)]
    rest = len(found) - len(common)
    return _choice("tag", "Tag", options, f"{count(rest)} rarer tags: search for them" if rest else "")


def _scores(names: Sequence[str]) -> str:
    if not names:
        return ""
    bound = 'min="0" max="1" step="0.05" value="0.5"'
    most = f'<input type="number" id="most" {bound} aria-label="Score at most">'
    return _choice("scorer", "Score of", [("", "any"), *((one, one) for one in names)]) + (
        f'<label id="at-most" hidden>at most {most}</label>'
    )


def _order(sheet: Sheet) -> str:
    orders = [("", "as in the dataset")]
    lacks = set(_lacks(sheet))
    orders += [("seconds", "slowest first")] if "took" not in lacks else []
    orders += [("cost", "dearest first")] if "cost" not in lacks else []
    orders += [(f"score:{one}", f"{one}, lowest first") for one in scorers(sheet)]
    return _choice("order", "Order", orders) if len(orders) > 1 else ""


def _choice(name: str, label: str, options: Iterable[tuple[str, str]], more: str = "") -> str:
    made = "".join(f'<option value="{text(value)}">{text(words, 80)}</option>' for value, words in options)
    rest = f"<option disabled>{more}</option>" if more else ""
    return f'<label>{label} <select id="{name}">{made}{rest}</select></label>'
