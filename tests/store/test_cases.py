"""The cases of eval suites, as they were asked."""

from esclusa.core.case import Case
from esclusa.store import Store
from tests.store.conftest import Open

ONE = Case(id="one", answer="yes", scores={"exact": 1.0}, seconds=0.5, tags=("en",))
TWO = Case(id="two", error="no answer", error_kind="agent")


def test_cases_are_read_in_the_order_written(opened: Open) -> None:
    ours, theirs = opened(), opened()
    ours.cases.add("r", "eval.quality", [TWO, ONE])
    ours.cases.add("r", "eval.quality", [Case(id="three")])
    ours.cases.add("r", "eval.other", [Case(id="elsewhere")])
    ours.cases.add("r", "eval.quality", [])
    assert theirs.cases.read("r", "eval.quality") == [TWO, ONE, Case(id="three")]
    assert theirs.cases.read("r2", "eval.quality") == []


def test_a_case_written_again_replaces_the_first_in_its_place(store: Store) -> None:
    store.cases.add("r", "s", [ONE, TWO, Case(id="one", repeat=1, answer="again")])
    store.cases.add("r", "s", [Case(id="one", answer="no")])
    assert store.cases.read("r", "s") == [
        Case(id="one", answer="no"),
        TWO,
        Case(id="one", repeat=1, answer="again"),
    ]
