"""The reference: every key is documented, and says the same as the core."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from esclusa.config import reference
from esclusa.config.docs import documentation
from esclusa.config.document import Scalar
from esclusa.config.kinds import kind
from esclusa.config.problems import Problems
from esclusa.config.reader import Reader, default
from esclusa.config.reference import Field
from esclusa.core.fleet import Health
from esclusa.core.project import Environment, Step, StrategySpec


def everything(fields: Iterable[Field]) -> Iterable[Field]:
    for field in fields:
        yield field
        yield from everything(field.fields.values())


ALL = tuple(everything((*reference.sections().values(), *reference.actions().values())))


@pytest.mark.parametrize("field", ALL, ids=lambda field: field.path)
def test_every_key_is_documented_in_sentences(field: Field) -> None:
    assert field.doc.endswith(".") or field.kind == "section"
    assert field.doc


@pytest.mark.parametrize(
    "field", [f for f in ALL if isinstance(default(f), Scalar)], ids=lambda field: field.path
)
def test_every_shown_value_is_of_its_kind(field: Field) -> None:
    plugins = ("action", "target", "strategy", "section")
    name = "name" if field.kind in plugins else field.kind
    kind(name).read(field.example or "section")


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("agent.health", Health()),
        ("services.health", Health()),
        ("environments", Environment(name="")),
        ("strategies", StrategySpec(name="", uses="")),
        ("stages.integration", Step(id="", stage="", uses="")),
    ],
)
def test_a_default_of_the_reference_is_the_default_of_the_core(path: str, plain: object) -> None:
    problems = Problems("reference")
    special = {name: lambda node, key, line: node.text for name in ("target", "action", "strategy")}  # noqa: ARG005
    read = Reader(problems, special).section(reference.find(path).fields, None, path, 0)
    problems.stop_if_any()
    fields = reference.find(path).fields.values()
    defaults = {field.name: read[field.name] for field in fields if field.presence == "default"}
    assert defaults == {name: getattr(plain, name) for name in defaults}
    assert len(defaults) >= 3


def test_the_documentation_is_the_reference() -> None:
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == documentation(), "write it: python -m esclusa.config.docs"
