"""The panel: the scorers of one suite, each asked for its score; where one fails, that is a value.

This is the one place that catches whatever a scorer raises: scorers are strangers, and one bad case must not
take the others' results with it.
"""

import asyncio
from collections.abc import Mapping

from esclusa.core.case import Case, asking
from esclusa.core.errors import ConfigurationError
from esclusa.core.value import encode, replace
from esclusa.evals.answer import Answer
from esclusa.evals.bill import OverBudget
from esclusa.evals.calibration import unusable
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer, Spends, SuiteScorer, build_scorer
from esclusa.evals.settings import placed
from esclusa.evals.strangers import failure
from esclusa.evals.suite import ScorerSpec, Suite


class Panel:
    """Made before anything is asked; raises what `check_suite` does."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._turn = asyncio.Lock()
        self._alone: dict[str, Scorer] = {}
        self._together: dict[str, SuiteScorer] = {}
        self._special: dict[tuple[str, bytes], Scorer] = {}
        self.missing: dict[str, str] = {}
        """Scorer name -> why it cannot measure anything here."""
        for spec in suite.scorers:
            scorer = self._build(spec)
            if reason := unusable(suite.calibrations.get(spec.name), suite.judge(spec)):
                self.missing[spec.name] = reason
                continue
            if not isinstance(scorer, SuiteScorer):
                self._alone[spec.name] = scorer
            elif reason := scorer.unable(suite.dataset.questions):
                self.missing[spec.name] = reason
            else:
                self._together[spec.name] = scorer
        for question in suite.dataset.questions:
            self._check(question)

    @property
    def needs_all(self) -> bool:
        """Whether a scorer wants all answers together."""
        return bool(self.later)

    async def score(self, question: Question, answer: Answer) -> tuple[dict[str, float], dict[str, str]]:
        """Scores and explanations by scorer name. A scorer that failed has no score, and an explanation."""
        scores: dict[str, float] = {}
        explanations: dict[str, str] = {}
        for name, usual in self._alone.items():
            scorer = self._for(question, name, usual) if question.scorers else usual
            try:
                score = _checked(await scorer.score(question, answer))
            except OverBudget as over:
                explanations[name] = f"not scored: {over}"
                continue
            except Exception:
                explanations[name] = f"scorer error: {failure()}"
                continue
            scores[name] = float(score.value)
            if score.explanation:
                explanations[name] = score.explanation
        if self._suite.stop == "settled":
            await self._score_soon(question, answer, scores, explanations)
        return scores, explanations

    def spending(self) -> tuple[str, ...]:
        """What its scorers asked of models, a line for each that did."""
        made = [*self._alone.items(), *((name, scorer) for (name, _), scorer in self._special.items())]
        told = ((name, scorer.spending()) for name, scorer in made if isinstance(scorer, Spends))
        return tuple(f"{name}: {words}" for name, words in told if words)

    @property
    def later(self) -> tuple[str, ...]:
        """The scorers that say something only when all was asked."""
        return tuple(name for name, scorer in self._together.items() if not self._soon(scorer))

    def _soon(self, scorer: SuiteScorer) -> bool:
        return self._suite.stop == "settled" and scorer.alone

    async def _score_soon(
        self, question: Question, answer: Answer, scores: dict[str, float], explanations: dict[str, str]
    ) -> None:
        """What could wait for the others but need not, where the suite may stop before they come."""
        for name, scorer in self._together.items():
            if not self._soon(scorer):
                continue
            try:
                async with self._turn:
                    found = await asyncio.to_thread(
                        scorer.score_all, self._suite.dataset.questions, {question.id: answer.text}
                    )
                score = _checked(found[question.id])
                scores[name], explanations[name] = float(score.value), score.explanation
            except Exception:
                explanations[name] = f"scorer error: {failure()}"

    async def score_all(self, cases: Mapping[str, Case]) -> dict[str, Case]:
        """The answered cases, by their keys, with the scores that need the whole suite; empty if no scorer
        does. What is asked again makes a suite of its own.
        """
        changed = {one: case for one, case in cases.items() if not case.error_kind} if self.later else {}
        rounds: dict[int, dict[str, str]] = {}
        for case in changed.values():
            rounds.setdefault(case.repeat, {})[case.id] = case.answer
        for name, scorer in self._together.items():
            if self._soon(scorer):
                continue
            for repeat, answers in rounds.items():
                scored: Mapping[str, Score] = {}
                failed = "scorer error: no score for this case"
                try:
                    found = await asyncio.to_thread(scorer.score_all, self._suite.dataset.questions, answers)
                    scored = {one: _checked(score) for one, score in found.items()}
                except Exception:
                    failed = f"scorer error: {failure()}"
                for one in answers:
                    key = asking(one, repeat)
                    changed[key] = _scored(changed[key], name, scored.get(one), failed)
        return changed

    async def score_live(self, question: Question, answer: Answer) -> tuple[dict[str, float], dict[str, str]]:
        """The same for one answer alone, also where the question is not the suite's own: scores that need the
        whole suite are those of its questions and this one.
        """
        scores, explanations = await self.score(question, answer)
        others = (one for one in self._suite.dataset.questions if one.id != question.id)
        questions = (*others, question)
        for name, scorer in self._together.items():
            try:
                found = await asyncio.to_thread(scorer.score_all, questions, {question.id: answer.text})
                scores[name] = float(_checked(found[question.id]).value)
            except Exception:
                explanations[name] = f"scorer error: {failure()}"
        return scores, explanations

    def _build(self, spec: ScorerSpec) -> Scorer | SuiteScorer:
        try:
            return build_scorer(spec.uses, spec.settings, self._suite.directory)
        except ConfigurationError as error:
            raise self._in_suite(error, spec.name) from None

    def _for(self, question: Question, name: str, usual: Scorer) -> Scorer:
        """The scorer with this case's settings, if it has any."""
        settings = question.scorers.get(name)
        if settings is None:
            return usual
        key = (name, encode(settings))
        if key not in self._special:
            spec = next(spec for spec in self._suite.scorers if spec.name == name)
            scorer = build_scorer(spec.uses, {**spec.settings, **settings}, self._suite.directory)
            if isinstance(scorer, SuiteScorer):
                raise ConfigurationError("this scorer takes no settings for a single case")
            self._special[key] = scorer
        return self._special[key]

    def _check(self, question: Question) -> None:
        """Whether every scorer finds what it needs in the case; ConfigurationError if not."""
        for name in question.scorers:
            if name not in self._alone:
                error = ConfigurationError("this scorer takes no settings for a single case")
                raise self._in_dataset(error, question, f"scorers.{name}")
        for name, usual in self._alone.items():
            try:
                problem = self._for(question, name, usual).problem(question)
            except ConfigurationError as error:
                if name in question.scorers:
                    raise self._in_dataset(error, question, f"scorers.{name}") from None
                raise self._in_suite(error, name) from None
            if problem:
                raise self._in_dataset(
                    ConfigurationError(f"the scorer `{name}` {problem}"), question, question.id
                )

    def _in_suite(self, error: ConfigurationError, name: str) -> ConfigurationError:
        if error.file:
            return error
        return placed(error, self._suite.file, self._suite.lines.get(name, 0), "scorers", name)

    def _in_dataset(self, error: ConfigurationError, question: Question, key: str) -> ConfigurationError:
        if error.file:
            return error
        return placed(error, self._suite.dataset.file, self._suite.dataset.lines.get(question.id, 0), key)


def missing(suite: Suite) -> dict[str, str]:
    """The scorers that cannot measure anything here, and why."""
    return Panel(suite).missing


def check_suite(suite: Suite) -> None:
    """ConfigurationError if a scorer is unknown, wrongly set, or wants of a case what it does not have."""
    Panel(suite)


def _scored(case: Case, name: str, score: Score | None, failed: str) -> Case:
    """The case with one more score, or with the reason why it has none."""
    scores = {key: value for key, value in case.scores.items() if key != name}
    if score is not None:
        scores[name] = float(score.value)
    explanation = failed if score is None else score.explanation
    return replace(case, scores=scores, explanations={**case.explanations, name: explanation})


def _checked(score: Score) -> Score:
    """The score, if a stranger kept to the protocol."""
    if not isinstance(score, Score):
        raise TypeError(f"expected a Score, got {score!r}")
    if not 0 <= score.value <= 1:
        raise ValueError(f"expected a value in [0, 1], got {score.value!r}")
    return score
