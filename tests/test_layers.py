"""The dependency rule, read from the imports.

core and stats import nothing of ours; gates those two; a craft these, the doors and no other craft; the binders
tie crafts; the faces know the workspace and values. No module imports itself by way of others, and imports
between our rooms stand at the top of their file.
"""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent / "src"
PACKAGE = "esclusa"

PURE = {"core", "stats", "gates"}
DOORS = {"plugins", "shell", "pipe", "system", "masking", "marked"}
CRAFTS = {
    *("config", "store", "sources", "pipeline", "evals", "scans", "releases"),
    *("deploy", "flags", "monitor", "reports", "ci"),
}
MAY_IMPORT: Mapping[str, set[str]] = {
    "core": set(),
    "stats": set(),
    "gates": {"core", "stats"},
    **{door: {"core"} | DOORS for door in DOORS},
    **dict.fromkeys(CRAFTS, PURE | DOORS),
    "stages": PURE | DOORS | CRAFTS,
    "workspace": PURE | DOORS | CRAFTS | {"stages"},
    "cli": {"core", "gates", "workspace"},
    "web": {"core", "gates", "workspace"},
    "pytest_plugin": {"core", "gates", "workspace"},
    "__main__": {"cli"},
    "__init__": set(),
    "templates": set(),
}
"""Beside itself and the package's own facts (`from esclusa import __version__`)."""
LOADS_VERBS_WHEN_CALLED = {"cli", "pytest_plugin"}


class Import(NamedTuple):
    """One import of ours: where it stands, what it names, and whether it stands at the top."""

    module: str
    line: int
    target: str
    top: bool


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Our modules by dotted name; what templates carry is not ours to import."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[1:2] == ("templates",) and len(parts) > 3:
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(
    module: str, source: str, known: Mapping[str, object], *, package: bool = False
) -> Iterator[Import]:
    """Every import of ours in a module's source."""
    tree = ast.parse(source)
    top = {id(node) for node in tree.body}
    home = module.split(".") if package else module.split(".")[:-1]
    for node in ast.walk(tree):
        for target in _targets(node, home, known):
            if target == PACKAGE or target.startswith(f"{PACKAGE}."):
                yield Import(module, getattr(node, "lineno", 0), target, id(node) in top)


def _targets(node: ast.AST, home: list[str], known: Mapping[str, object]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = ".".join([*home[: len(home) + 1 - node.level], *filter(None, [node.module])])
        base = base if node.level else node.module or ""
        names = [f"{base}.{alias.name}" for alias in node.names]
        return [name if name in known else base for name in names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            return [node.args[0].value]
    return []


def room(module: str) -> str:
    """The room a module stands in: `deploy` for `esclusa.deploy.engine`, `__init__` for the package itself."""
    return module.split(".")[1] if "." in module else "__init__"


KNOWN = modules()
IMPORTS = [
    found
    for module, path in KNOWN.items()
    for found in imports(module, path.read_text(), KNOWN, package=path.name == "__init__.py")
]


def test_every_room_is_in_the_rule() -> None:
    assert {room(module) for module in KNOWN} <= set(MAY_IMPORT)


def test_no_room_imports_what_the_rule_forbids() -> None:
    assert [one for one in IMPORTS if forbidden(one)] == []


def test_imports_between_our_rooms_stand_at_the_top() -> None:
    assert [one for one in IMPORTS if not one.top and room(one.module) not in LOADS_VERBS_WHEN_CALLED] == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circle(IMPORTS) == []


def forbidden(one: Import) -> bool:
    here, there = room(one.module), room(one.target)
    return there not in (here, "__init__", *MAY_IMPORT[here])


def circle(found: list[Import]) -> list[str]:
    """One circle of modules, if there is any."""
    graph: dict[str, set[str]] = {}
    for one in found:
        if one.target != one.module:
            graph.setdefault(one.module, set()).add(one.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


# The test itself is held to what it claims


@pytest.mark.parametrize(
    ("module", "source", "verdict"),
    [
        ("esclusa.core.gate", "from esclusa.core.value import Value", "fine"),
        ("esclusa.core.gate", "from esclusa.stats import intervals", "forbidden"),
        ("esclusa.gates.judge", "from esclusa.stats import intervals", "fine"),
        ("esclusa.gates.judge", "import esclusa.plugins", "forbidden"),
        ("esclusa.deploy.engine", "from ..evals import runner", "forbidden"),
        ("esclusa.deploy.engine", "from . import stops", "fine"),
        ("esclusa.deploy.engine", "from esclusa.workspace import run", "forbidden"),
        ("esclusa.stages.serve", "from esclusa.deploy.targets import local", "fine"),
        ("esclusa.stages.serve", "from esclusa.workspace import run", "forbidden"),
        ("esclusa.cli.main", "from esclusa import __version__", "fine"),
        ("esclusa.cli.main", "from esclusa.store.journal import Journal", "forbidden"),
        ("esclusa.evals.runner", "def f():\n    from esclusa.evals import suite", "late"),
        ("esclusa.evals.runner", "if TYPE_CHECKING:\n    from esclusa.evals import suite", "late"),
        ("esclusa.evals.runner", "import importlib\nimportlib.import_module('esclusa.evals.suite')", "late"),
        ("esclusa.cli.main", "def f():\n    from esclusa.workspace import run", "fine"),
        ("esclusa.evals.runner", "def f():\n    import numpy", "fine"),
    ],
)
def test_the_rule_is_read_from_any_form_of_import(module: str, source: str, verdict: str) -> None:
    found = list(imports(module, source, {"esclusa.evals.suite": 0, "esclusa.deploy.stops": 0}))
    late = any(not one.top and room(module) not in LOADS_VERBS_WHEN_CALLED for one in found)
    assert ("forbidden" if any(map(forbidden, found)) else "late" if late else "fine") == verdict


def test_a_circle_is_named() -> None:
    found = [Import("a", 1, "b", True), Import("b", 1, "c", True), Import("c", 1, "a", True)]
    assert set(circle(found)) == {"a", "b", "c"}
