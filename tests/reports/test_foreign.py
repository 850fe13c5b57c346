"""Foreign text is shown as it is, and does nothing."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from esclusa.reports.foreign import block, clipped, code, line, plain

HOSTILE = [
    "[click](https://evil.example) me",
    "![image](x)",
    "<script>alert(1)</script> &lt;",
    "| ends | the | table |",
    "**bold** _and_ `code` ~~gone~~",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00",
    "# heading\n\n* list\n```\nfence",
    "trailing \\",
    "`",
    "a``b`c",
    "$x$ &amp; #12",
]
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> str:
    """The text that a reader of the rendered page sees."""
    tree = ElementTree.fromstring(f"<page>{MARKDOWN.render(markdown)}</page>")
    return "".join(tree.itertext())


def tags(markdown: str) -> set[str]:
    tree = ElementTree.fromstring(f"<page>{MARKDOWN.render(markdown)}</page>")
    return {element.tag for element in tree.iter()}


def flat(text: str) -> str:
    return " ".join(plain(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_as_it_is_and_makes_no_markup(text: str) -> None:
    assert tags(f"said: {line(text)}") == {"page", "p"}
    assert shown(f"said: {line(text)}").strip() == f"said: {flat(text)}"
    assert tags(f"said: {code(text)}") == {"page", "p", "code"}
    assert tags(block(text)) == {"page", "pre", "code"}


@pytest.mark.parametrize("show", [line, code])
@given(text=st.text(max_size=60))
def test_no_text_leaves_its_cell(show: object, text: str) -> None:
    assert callable(show)
    table = f"| a | b | c |\n| --- | --- | --- |\n| 1 | {show(text)} | 3 |\n"
    tree = ElementTree.fromstring(f"<page>{MARKDOWN.render(table)}</page>")
    cells = ["".join(cell.itertext()) for cell in tree.iter("td")]
    assert (len(cells), cells[0], cells[-1]) == (3, "1", "3")


@given(st.text(max_size=80))
def test_a_block_shows_every_line(text: str) -> None:
    body = plain(text.replace("\r\n", "\n").replace("\r", "\n")).rstrip("\n")
    tokens = MARKDOWN.parse(block(text))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content.rstrip("\n") == body


def test_nobody_is_mentioned_and_nothing_is_linked() -> None:
    assert line("ask @someone at https://x.example or www.x.example") == (
        "ask @\u2060someone at https\\://x.example or www\\.x.example"
    )


def test_clipping_says_how_much_is_left_out() -> None:
    assert clipped("abcdefghij", 4) == "ab ...(6 characters left out)... ij"
    assert clipped("abcd", 4) == "abcd"


@given(st.text())
def test_plain_text_is_always_good_xml(text: str) -> None:
    element = ElementTree.Element("text")
    element.text = plain(text)
    ElementTree.fromstring(ElementTree.tostring(element))
