"""The page on suites is what the reference says, and its examples work."""

import re
from pathlib import Path

import yaml

from esclusa.evals.docs import documentation
from esclusa.evals.subjects import Site, build_subject
from esclusa.evals.suite import load_suite
from esclusa.plugins import names
from esclusa.system import SystemClock

PAGE = Path(__file__).parents[2] / "docs" / "suites.md"


def test_the_page_is_written_from_the_reference() -> None:
    assert PAGE.read_text(encoding="utf-8") == documentation(), "write it: python -m esclusa.evals.docs"


def test_the_smallest_suite_of_the_page_loads_with_its_case(tmp_path: Path) -> None:
    page = documentation()
    [suite, *_] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    [case] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "suite.yaml").write_text(suite)
    (tmp_path / "quality.jsonl").write_text(case)
    assert [one.id for one in load_suite(tmp_path / "suite.yaml").dataset.questions] == ["greeting"]


def test_every_scorer_and_subject_is_on_the_page_and_its_ways_to_ask_can_be_built() -> None:
    page = documentation()
    for name in (*names("scorers"), *names("subjects")):
        assert f"### `{name}`" in page
    _, asking = page.split("## How an agent is asked")
    lines = [line for block in re.findall(r"```yaml\n(.*?)```", asking, re.DOTALL) for line in _asks(block)]
    assert len(lines) == 7
    for ask in lines:
        build_subject(ask, Site(clock=SystemClock()))


def _asks(block: str) -> list[dict[str, object]]:
    """Each `ask:` of a block; some show two spellings below each other."""
    return [yaml.safe_load(f"ask:{part}")["ask"] for part in block.split("ask:")[1:]]
