"""The record of a run: nothing that was noted is lost because the store was busy."""

import pytest

from esclusa.core.errors import StateError
from esclusa.core.events import Event, StepStarted, StepTold
from esclusa.core.evidence import Evidence
from esclusa.pipeline.record import Record
from tests.fakes import FakeClock, MemoryCache, MemoryJournal

BEGAN = StepStarted(run="r", step="test.unit")


class BusyJournal(MemoryJournal):
    """Refuses the first write."""

    refused = False

    def append(self, *happened: Event) -> None:
        if not self.refused:
            self.refused = True
            raise StateError("the database is locked")
        super().append(*happened)


def test_what_could_not_be_written_is_written_by_the_next_flush() -> None:
    clock = FakeClock()
    journal, cache = BusyJournal(clock), MemoryCache()
    record = Record(journal, cache, clock, lambda _: None)
    record.note(BEGAN)
    record.keep("key", Evidence(outputs={"a": "b"}))
    with pytest.raises(StateError):
        record.flush()
    record.flush()
    assert [recorded.event for recorded in journal.read()] == [BEGAN]
    assert cache.get("key") == Evidence(outputs={"a": "b"})
    record.flush()
    assert len(journal.read()) == 1


def test_numbers_that_do_not_change_are_told_once() -> None:
    clock = FakeClock()
    journal = MemoryJournal(clock)
    record = Record(journal, MemoryCache(), clock, lambda _: None)
    same, other = (StepTold(run="r", step="s", numbers={"cases": n}) for n in ("1", "2"))
    for told in (same, same, other, other, same):
        clock.seconds += 5
        record.tell(told)
    record.settle("s")
    record.tell(same)
    record.settle("s")
    record.flush()
    assert [recorded.event for recorded in journal.read()] == [same, other, same, same]
