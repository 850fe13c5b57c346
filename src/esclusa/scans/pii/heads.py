"""Columns: what stands at the head of the one that a place in a table is in."""

FAR = 3000
"""Characters above a line in which its table's first line is looked for; else the text's first line is it."""
LONGEST = 400
"""Of a head."""


def head(text: str, at: int) -> str:
    """The head of the column, empty where this is no table.

    A table's lines have as many separators as its first, which has no digits to speak of.
    """
    line = text.rfind("\n", max(0, at - LONGEST), at) + 1
    if line == 0:
        return ""
    end = text.find("\n", at, at + LONGEST)
    whole = text[line : end if end >= 0 else at + LONGEST]
    separator = max("|;\t,", key=whole.count)
    if separator not in whole:
        return ""
    for begin in dict.fromkeys((_above(text, line), 0)):
        cells = text[begin : begin + LONGEST].partition("\n")[0].split(separator)
        if begin < line and len(cells) == whole.count(separator) + 1 and _is_head(cells):
            return cells[text.count(separator, line, at)].strip()
    return ""


def _above(text: str, line: int) -> int:
    """Where the first line of the table begins."""
    low = max(0, line - FAR)
    blank = text.rfind("\n\n", low, line)
    if blank >= 0:
        return blank + 2
    return 0 if low == 0 else line


def _is_head(cells: list[str]) -> bool:
    return all(len(cell) <= 40 and sum(map(str.isdigit, cell)) <= 2 for cell in cells)
