"""The order of a suite: one random permutation, and how far the answers have come in it without a gap.

Where the suite may stop early, cases are looked at strictly in the order drawn; one that came sooner waits
for those before it. In the order in which they come, the quick ones would be heard first: where right answers
are quicker than wrong ones, whoever listens as they come is nearly always mistaken.

Where cases are repeated, the askings of one stand together: what was asked then tells of whole cases, however
soon the suite ends.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from esclusa.core.case import Case
from esclusa.core.evidence import Draw
from esclusa.core.value import replace
from esclusa.evals.measure import FIRST, askings, corrected, told
from esclusa.evals.question import Question
from esclusa.evals.suite import Suite, metrics


class Watch(Protocol):
    """Looks at cases until nothing is left to be settled."""

    @property
    def settled(self) -> bool:
        """Whether nothing is."""
        ...

    def see(self, case: str, values: Mapping[str, float | None]) -> None:
        """The next case in the order drawn: its values by metric, None where it could not be seen."""
        ...


class Stop(Protocol):
    """Knows what a suite's cases are to settle."""

    def watch(
        self,
        cases: Mapping[str, Sequence[str]],
        *,
        measured: Collection[str],
        told: Collection[str],
        subject: str,
    ) -> Watch | None:
        """A watch over cases, with their tags; None if all of them have to be asked. `told` are the metrics
        that a single case tells.
        """
        ...


class Order:
    """The questions in the order drawn. Without a `stop`, or if the suite does not want one, to the end."""

    def __init__(self, suite: Suite, stop: Stop | None = None, later: Collection[str] = ()) -> None:
        """`later`: the scorers that say something only when all was asked."""
        questions = sorted(suite.dataset.questions, key=lambda question: question.id)
        random.Random(suite.seed).shuffle(questions)
        self.questions = tuple(_repeated(questions, suite.repeats))
        """Each asking of each case."""
        self._drawn = questions
        self._suite = suite
        self._stop = stop if suite.stop == "settled" else None
        self._later = frozenset(later)
        self._askings: dict[str, Case] = {}
        self._came: dict[str, Mapping[str, float | None]] = {}
        self._at = 0
        self._watch = self._begun()
        # Some megabytes where there are many, for nothing where nobody watches.
        self._places = {question.id: place for place, question in enumerate(questions)} if self._watch else {}

    @property
    def settled(self) -> bool:
        """Whether what came settles all that was to be settled."""
        return self._watch is not None and self._watch.settled

    def came(self, case: Case) -> None:
        """A case was asked. One that comes again, with other values, is looked at again in its place."""
        if self._watch is None:
            return
        self._askings[case.key] = case
        whole = askings(self._suite, self._askings, case.id)
        if not whole:
            return
        values = told(self._suite, whole)
        if self._places[case.id] < self._at and values != self._came[case.id]:
            self._at, self._watch = 0, self._begun()
        self._came[case.id] = values
        while self._watch is not None and not self._watch.settled and self._at < len(self._drawn):
            following = self._drawn[self._at].id
            if following not in self._came:
                return
            self._watch.see(following, self._came[following])
            self._at += 1

    def draw(self, cases: Mapping[str, Case]) -> Draw | None:
        """What the evidence says of it, given the cases that were asked."""
        if self._watch is None:
            return None
        order = tuple(question.id for question in self._drawn)
        idle = (one for one in order if self.settled and not askings(self._suite, cases, one))
        return Draw(order=order, not_run=tuple(idle))

    def _begun(self) -> Watch | None:
        if self._stop is None:
            return None
        measured = {*(metric.name for metric in metrics(self._suite)), FIRST}
        late = {*self._later, *(("accuracy",) if self._late_judges() else ())}
        amounts = {"tokens_per_query", "cost_per_query", FIRST}
        of_many = {"bias", *corrected(self._suite)}
        return self._stop.watch(
            {question.id: question.tags for question in self.questions},
            measured=measured,
            told=measured - late - amounts - of_many,
            subject=self._suite.subject,
        )

    def _late_judges(self) -> bool:
        return any(judge.name in self._later for judge in self._suite.judges)


def _repeated(questions: Iterable[Question], times: int) -> Iterator[Question]:
    for question in questions:
        yield question
        for repeat in range(1, times):
            yield replace(question, repeat=repeat)
