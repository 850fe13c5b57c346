"""The dashboard: written by code, over metrics that exist."""

import json
import re

from esclusa.monitor.server import exposition
from tests.monitor.dashboard import FILE, ROWS, written
from tests.monitor.scenes import SCENE


def test_it_is_as_its_code_writes_it() -> None:
    assert FILE.read_text() == written(), "if this is meant: make dashboard"


def test_every_panel_has_a_number_of_its_own_and_every_query_a_letter() -> None:
    panels = json.loads(FILE.read_text())["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert len(panels) == len(ROWS) + sum(map(len, ROWS.values()))
    for panel in panels:
        letters = [target["refId"] for target in panel.get("targets", [])]
        assert letters == list("ABCD"[: len(letters)])


def test_every_metric_that_it_shows_is_exported() -> None:
    exported = set(re.findall(r"^\w+", exposition(SCENE).decode(), re.MULTILINE))
    expressions = [query.expression for row in ROWS.values() for panel in row for query in panel.queries]
    named = {word for one in expressions for word in re.findall(r"\b(?:esclusa|cicd_pipeline)_\w+", one)}
    assert named - {"cicd_pipeline_result"} <= exported
