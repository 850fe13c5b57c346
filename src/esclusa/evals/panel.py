"""The panel: the scorers of one suite, each asked for its score; where one fails, that is a value.

This is the one place that catches whatever a scorer raises: scorers are strangers, and one bad case must not
take the others' results with it.
"""

import asyncio
import traceback
from collections.abc import Mapping

from esclusa.core.case import Case
from esclusa.core.errors import ConfigurationError
from esclusa.core.value import encode, replace
from esclusa.evals.answer import Answer
from esclusa.evals.question import Question
from esclusa.evals.scorers import Score, Scorer, SuiteScorer, build_scorer
from esclusa.evals.settings import placed
from esclusa.evals.suite import ScorerSpec, Suite


class Panel:
    """Made before anything is asked; ConfigurationError if a scorer is unknown, wrongly set, or wants more of
    a case.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._alone: dict[str, Scorer] = {}
        self._together: dict[str, SuiteScorer] = {}
        self._special: dict[tuple[str, bytes], Scorer] = {}
        self.missing: dict[str, str] = {}
        """Scorer name -> why it cannot measure anything here."""
        for number, spec in enumerate(suite.scorers):
            scorer = self._build(spec, number)
            if not isinstance(scorer, SuiteScorer):
                self._alone[spec.name] = scorer
            elif reason := scorer.unable(suite.dataset.questions):
                self.missing[spec.name] = reason
            else:
                self._together[spec.name] = scorer
        self._check()

    async def score(self, question: Question, answer: Answer) -> tuple[dict[str, float], dict[str, str]]:
        """Scores and explanations by scorer name. A scorer that failed has no score, and an explanation."""
        scores: dict[str, float] = {}
        explanations: dict[str, str] = {}
        for name, scorer in self._alone.items():
            if question.scorers:
                scorer = self._for(question, name, scorer)
            try:
                _take(name, await scorer.score(question, answer), scores, explanations)
            except Exception:
                explanations[name] = _failed()
        return scores, explanations

    async def score_all(self, cases: Mapping[str, Case]) -> dict[str, Case]:
        """The answered cases again, with the scores that need the whole suite; only those that changed."""
        answers = {one: case.answer for one, case in cases.items() if not case.error_kind}
        changed: dict[str, Case] = {}
        for name, scorer in self._together.items() if answers else ():
            scored: Mapping[str, Score] = {}
            failed = "the scorer gave no score for this case"
            try:
                scored = await asyncio.to_thread(scorer.score_all, self._suite.dataset.questions, answers)
            except Exception:
                failed = _failed()
            for one in answers:
                case = changed.get(one, cases[one])
                scores = {key: value for key, value in case.scores.items() if key != name}
                explanations = {key: value for key, value in case.explanations.items() if key != name}
                if one in scored:
                    _take(name, scored[one], scores, explanations)
                else:
                    explanations[name] = failed
                changed[one] = replace(case, scores=scores, explanations=explanations)
        return changed

    def _build(self, spec: ScorerSpec, number: int) -> Scorer | SuiteScorer:
        try:
            return build_scorer(spec.uses, spec.settings, self._suite.directory)
        except ConfigurationError as error:
            if error.file:
                raise
            raise placed(error, self._suite.file, 0, "scorers", number, spec.uses) from None

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
                raise ConfigurationError("this scorer takes no settings for a single case", key=name)
            self._special[key] = scorer
        return self._special[key]

    def _check(self) -> None:
        for question in self._suite.dataset.questions:
            line = self._suite.dataset.lines.get(question.id, 0)
            for name in question.scorers:
                if name in self._together or name in self.missing:
                    raise ConfigurationError(
                        "this scorer takes no settings for a single case",
                        file=self._suite.dataset.file,
                        line=line,
                        key=f"scorers.{name}",
                    )
            for name, usual in self._alone.items():
                try:
                    problem = self._for(question, name, usual).problem(question)
                except ConfigurationError as error:
                    if error.file:
                        raise
                    if name in question.scorers:
                        raise placed(error, self._suite.dataset.file, line, "scorers", name) from None
                    raise placed(error, self._suite.file, 0, "scorers", name) from None
                if problem:
                    raise ConfigurationError(
                        f"the scorer `{name}` {problem}",
                        file=self._suite.dataset.file,
                        line=line,
                        key=question.id,
                    )


def _take(name: str, score: Score, scores: dict[str, float], explanations: dict[str, str]) -> None:
    value = score.value
    if isinstance(value, int | float) and 0 <= value <= 1:
        scores[name] = float(value)
        if score.explanation:
            explanations[name] = score.explanation
    else:
        explanations[name] = f"scorer error: expected a value in [0, 1], got {value!r}"


def _failed() -> str:
    """The failure being handled: its message first, then where it came from."""
    lines = traceback.format_exc(limit=-8).strip().splitlines()
    return f"scorer error: {lines[-1]}\n" + "\n".join(lines)
