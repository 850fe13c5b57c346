"""The exported names: what the rooms that others build on offer, listed in exported_names.txt.

A name that appears, disappears or moves shows up as a difference in review. `python -m tests.test_exported_names`
(or `make names`) writes the list anew.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import KNOWN, room

LIST = Path(__file__).with_name("exported_names.txt")
ROOMS = ("core", "stats", "gates", "plugins")
"""What plugins and every other room are written against."""

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

PUBLIC = {module: path for module, path in KNOWN.items() if room(module) in ROOMS}


def names(source: str) -> Iterator[str]:
    """The public names that a module defines: classes, functions, constants and aliases; imports are not its own."""
    for node in ast.parse(source).body:
        if isinstance(node, Definition):
            found = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            found = []
        yield from (name for name in found if not name.startswith("_"))


def listing() -> str:
    """Every public name, one a line."""
    lines = [
        f"{module}.{name}" for module, path in PUBLIC.items() for name in sorted(names(path.read_text()))
    ]
    return "\n".join(lines) + "\n"


def silent(module: str, tree: ast.Module) -> Iterator[str]:
    """What is public and does not say what it is. A method outside ROOMS may fill in a port, which says it."""
    if not ast.get_docstring(tree):
        yield "the module"
    for node in definitions(tree):
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef) and room(module) in ROOMS:
            yield from (f"{node.name}.{one.name}" for one in definitions(node) if not ast.get_docstring(one))


def definitions(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """The public classes and functions that stand directly in it."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node


def test_what_is_public_is_what_a_module_defines_itself() -> None:
    source = (
        "import os\nfrom a import B\nC = 1\n_D = 2\nE: int = 3\ndef f(): ...\nclass G: ...\nclass _H: ..."
    )
    assert list(names(source)) == ["C", "E", "f", "G"]
    assert list(silent("esclusa.core.x", ast.parse(source))) == ["the module", "f", "G"]


def test_the_exported_names_are_the_listed_ones() -> None:
    found, listed = listing().splitlines(), LIST.read_text().splitlines()
    changes = [f"+ {one}" for one in found if one not in listed] + [
        f"- {one}" for one in listed if one not in found
    ]
    assert changes == [], "if this is meant: make names"
    assert found == listed


@pytest.mark.parametrize("module", [module for module in KNOWN if ".migrations." not in module])
def test_every_public_name_says_what_it_is(module: str) -> None:
    assert list(silent(module, ast.parse(KNOWN[module].read_text()))) == []


if __name__ == "__main__":
    LIST.write_text(listing())
