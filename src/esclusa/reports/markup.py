"""Pieces of a page: a document, cards, tables, pills. Whatever is not ours passes through `text`.

A document may run one script and one style sheet, both ours and known by their digests: the page forbids any
other, and asks nothing of anybody.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files

from esclusa.reports.foreign import clipped, plain

Cell = str | tuple[str, str]
"""Markup, or a class and markup."""


def document(title: str, body: str, data: Mapping[str, str]) -> str:
    """The whole page; `data` is JSON by the id of its element, harmless inside a script element."""
    style, script = _asset("page.css"), _asset("page.js")
    # A line for each piece, so that two pages can be compared.
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style></head>",
            f"<body><main>{body}</main>",
            *(
                f'<script type="application/json" id="{name}">{content}</script>'
                for name, content in data.items()
            ),
            f"<script>{script}</script></body></html>",
            "",
        )
    )


def _policy(style: str, script: str) -> str:
    ours = f"style-src {_digest(style)}; script-src {_digest(script)}"
    return f"default-src 'none'; {ours}; base-uri 'none'; form-action 'none'"


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    return (files("esclusa.reports") / name).read_text(encoding="utf-8")


def text(foreign: str, most: int = 2000) -> str:
    """Foreign text, made harmless in an element or an attribute."""
    return escape(plain(clipped(foreign, most)))


def count(number: int) -> str:
    """The number with its thousands apart."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def card(title: str, said: str, body: str, *, name: str = "") -> str:
    """A part of the page under its title; empty where there is nothing in it."""
    if not body:
        return ""
    where = f' id="{name}"' if name else ""
    return f'<section class="card"{where}><h2>{title} <small>{said}</small></h2>{body}</section>'


def beside(*cards: str) -> str:
    """Cards in one row where there is room."""
    kept = [one for one in cards if one]
    return f'<div class="pair">{"".join(kept)}</div>' if len(kept) > 1 else "".join(kept)


def pill(icon: str, kind: str, word: str) -> str:
    """A state: a word and an icon, in the colours of `pass`, `harm`, `wait` or none."""
    return f'<span class="{f"pill {kind}".strip()}"><span aria-hidden="true">{icon}</span> {word}</span>'


def table(name: str, head: Iterable[Cell], rows: Iterable[str]) -> str:
    """Rows under their heads; empty where there are none."""
    body = "".join(rows)
    if not body:
        return ""
    heads = "".join(f'<th scope="col"{kind}>{words}</th>' for kind, words in map(_split, head))
    shown = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
    # What can be scrolled can be reached by the keyboard.
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table>{shown}</table></div>'


def row(*cells: Cell) -> str:
    """One row of a table."""
    return f"<tr>{''.join(f'<td{kind}>{markup}</td>' for kind, markup in map(_split, cells))}</tr>"


def _split(cell: Cell) -> tuple[str, str]:
    if isinstance(cell, str):
        return "", cell
    kind, markup = cell
    return f' class="{kind}"', markup


def note(words: str) -> str:
    """A quiet line."""
    return f'<p class="note">{words}</p>' if words else ""
