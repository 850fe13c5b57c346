"""Calibrating: a suite's judge is asked what people have labelled, and compared with them.

It asks the judge as the suite does, several answers at once. Where it says nothing of an answer it disagrees
with people, for it is of no use there, and the mean is corrected without. Where it cannot be reached, or says
nothing at all, there is nothing to compare, and nothing to keep.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from esclusa.core.errors import ConfigurationError, OutsideError
from esclusa.evals.answer import Answer
from esclusa.evals.calibration import JUDGES, Calibration, Leaning, found, length_leaning
from esclusa.evals.endpoint import EndpointFailed
from esclusa.evals.labels import PREFERENCES, Label, digest_of, load_labels
from esclusa.evals.scorers import build_scorer
from esclusa.evals.scorers.judge import Judge
from esclusa.evals.scorers.pairwise import WORTH, Pairwise
from esclusa.evals.settings import unknown
from esclusa.evals.suite import ScorerSpec, Suite
from esclusa.stats import intervals
from esclusa.stats.agreement import agreement


class Word(NamedTuple):
    """What a judge said of one answer: its choice, and what that is worth."""

    choice: str
    worth: float
    first: float = 0.0
    """Of two answers: how much it preferred what stood first, in [-1, 1]."""


NOTHING = "(nothing)"
"""The choice of a judge that said nothing."""
Ask = Callable[[Label], Awaitable[Word]]


def judge_of(suite: Suite, name: str = "") -> ScorerSpec:
    """The suite's judge of that name, or its only one; ConfigurationError where there is none."""
    known = {spec.name: spec for spec in suite.scorers if spec.uses in JUDGES}
    if name and name not in known:
        error = unknown("judge", name, known, key="scorers")
        raise ConfigurationError(error.message, file=suite.file, key="scorers", mend=error.mend)
    if len(known) == 1 or name:
        return known[name] if name else next(iter(known.values()))
    which = ", ".join(known)
    raise ConfigurationError(
        f"the suite has several judges: {which}" if known else "no scorer of the suite is a judge",
        file=suite.file,
        key="scorers",
        mend="say which: `--scorer NAME`" if known else f"add one of {', '.join(JUDGES)}",
    )


async def calibrate(suite: Suite, spec: ScorerSpec, labels: Path, *, at_least: float) -> Calibration:
    """Ask the judge, and compare. OutsideError when it answers nothing."""
    # What people labelled is the text that is judged, and no response that a path leads into.
    settings = {key: value for key, value in spec.settings.items() if key != "path"}
    scorer = build_scorer(spec.uses, settings, suite.directory)
    assert isinstance(scorer, Judge | Pairwise), "what judge_of found"
    pairwise = isinstance(scorer, Pairwise)
    choices = PREFERENCES if isinstance(scorer, Pairwise) else scorer.choices
    questions = {question.id: question for question in suite.dataset.questions}
    labelled = load_labels(labels, choices, questions, pairwise=pairwise)
    _check(scorer, labelled, labels)
    said = await _all(labelled, _ask_two(scorer) if isinstance(scorer, Pairwise) else _ask_one(scorer), suite)
    judged = [(label, word) for label, word in zip(labelled, said, strict=True) if isinstance(word, Word)]
    if not judged:
        raise OutsideError(
            f"the judge {spec.name} said nothing of {len(labelled)} answers: {said[0]}",
            mend="see that its model can be reached and keeps to the schema",
        )
    words = [word.choice if isinstance(word, Word) else NOTHING for word in said]
    together = agreement([label.label for label in labelled], words)
    worth = [choices[label.label] for label, _ in judged]
    its_worth = [word.worth for _, word in judged]
    commonest = Counter(label.label for label in labelled).most_common(1)[0][0]
    verdict, sentence = found(together, at_least, commonest)
    return Calibration(
        scorer=spec.name,
        judge=suite.judge(spec),
        model=str(spec.settings.get("model", {}).get("model", "")),
        labels_digest=digest_of(labelled),
        at_least=at_least,
        verdict=verdict,
        sentence=sentence,
        n=together.n,
        agreed=together.agreed,
        agreed_interval=(together.agreed_interval.low, together.agreed_interval.high),
        constant=together.constant,
        kappa=together.kappa,
        kappa_interval=(together.kappa_interval.low, together.kappa_interval.high),
        confusion=tuple((one, other, int(count)) for (one, other), count in sorted(together.table.items())),
        length=None if pairwise else length_leaning([label.answer for label, _ in judged], worth, its_worth),
        position=_position([word.first for _, word in judged]) if pairwise else None,
        labels=tuple(worth),
        said=tuple(its_worth),
        unjudged=len(labelled) - len(judged),
    )


def _check(scorer: Judge | Pairwise, labelled: Sequence[Label], path: Path) -> None:
    """ConfigurationError if the judge lacks something that it needs of a question."""
    for label in labelled:
        question = label.question
        if isinstance(scorer, Judge) and (problem := scorer.problem(question)):
            raise ConfigurationError(f"{question.id}: the judge {problem}", file=str(path))


async def _all(labelled: Sequence[Label], ask: Ask, suite: Suite) -> list[Word | str]:
    """What the judge said of each, or why it said nothing."""
    slots = asyncio.Semaphore(suite.concurrency)

    async def one(label: Label) -> Word | str:
        async with slots:
            try:
                return await ask(label)
            except EndpointFailed as error:
                if not error.useless:
                    raise OutsideError(
                        f"the judge could not be asked: {error}", mend="nothing was kept; try again"
                    ) from None
                return str(error)
            except ValueError as error:  # longer than anything that a judge is shown
                return str(error)

    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(label)) for label in labelled]
    except* OutsideError as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in asked]


def _ask_one(judge: Judge) -> Ask:
    async def ask(label: Label) -> Word:
        found = await judge.judge(label.question, Answer(text=label.answer))
        return Word(found.choice, found.value)

    return ask


def _ask_two(pairwise: Pairwise) -> Ask:
    async def ask(label: Label) -> Word:
        mine, other = label.answer, label.other
        ahead, behind = await pairwise.compare(label.question, Answer(text=mine), mine, other)
        first, second = WORTH[ahead["choice"]], WORTH[behind["choice"]]
        worth = (first + 1 - second) / 2
        choice = "answer" if worth > 0.5 else "other" if worth < 0.5 else "tie"
        return Word(choice, worth, first + second - 1)

    return ask


def _position(first: Sequence[float]) -> Leaning:
    interval = intervals.mean_bounds(intervals.shuffled(first), 0.95, -1.0, 1.0)
    return Leaning(by=sum(first) / len(first), interval=(interval.low, interval.high))
