"""Live scoring: what the agent answered its customers, scored by what scores it in a suite.

Only scorers that need nothing expected of a case can do it; the suite's questions serve those that compare
with other questions. What was said is forgotten when it has been scored.
"""

from collections.abc import Mapping
from itertools import count

from esclusa.core.errors import ConfigurationError
from esclusa.core.project import Price
from esclusa.core.traffic import Exchange
from esclusa.core.value import replace
from esclusa.evals.answer import Answer
from esclusa.evals.measure import cost
from esclusa.evals.panel import Panel
from esclusa.evals.question import Question
from esclusa.evals.scorers import SuiteScorer, build_scorer
from esclusa.evals.subjects import Overhears, Subject
from esclusa.evals.suite import ScorerSpec, Suite

AMOUNTS = ("tokens_per_query", "cost_per_query")
"""What is measured beside the scores, where answers say how many tokens they took."""


def live_scorers(suite: Suite) -> tuple[ScorerSpec, ...]:
    """Those of a suite that can score what customers ask, where nothing is expected."""
    return tuple(spec for spec in suite.scorers if _needs_nothing(suite, spec))


def live_metrics(suite: Suite) -> tuple[str, ...]:
    """What live scoring by a suite measures."""
    return (*(spec.name for spec in live_scorers(suite)), *AMOUNTS)


class LiveScoring:
    """Scores exchanges by a suite (core.ports.Scoring). ConfigurationError when the agent is asked in a way
    that cannot be overheard, or a scorer cannot be made.
    """

    def __init__(self, suite: Suite, subject: Subject, prices: Mapping[str, Price]) -> None:
        if not isinstance(subject, Overhears):
            raise ConfigurationError(
                "what customers ask the agent cannot be read",
                mend="say `ask: {openai: ...}` or `{http: ...}`",
            )
        self._subject = subject
        self._names = tuple(spec.name for spec in live_scorers(suite))
        self._panel = Panel(replace(suite, scorers=live_scorers(suite)))
        self._prices = prices
        self._numbers = count(1)
        self.trouble = "; ".join(f"{name}: {why}" for name, why in self._panel.missing.items())

    def concerns(self, exchange: Exchange) -> bool:
        """Whether something was asked of the agent, by somebody who waited for the answer."""
        if exchange.outside or not (200 <= exchange.status < 300 or exchange.status >= 500):
            return False
        return self._subject.overhear(exchange.path, exchange.request, b"") is not None

    async def score(self, exchange: Exchange) -> Mapping[str, float]:
        """Its scores, tokens and cost; 0 for every scorer when the agent failed."""
        if exchange.status >= 500:
            return dict.fromkeys(self._names, 0.0)
        heard = self._subject.overhear(exchange.path, exchange.request, exchange.response)
        if heard is None or not exchange.whole:
            self.trouble = "some conversations are longer than what is recorded of them"
            return {}
        question, answer = heard
        if answer.error_kind:
            return dict.fromkeys(self._names, 0.0)
        named = replace(question, id=f"live-{next(self._numbers)}")
        scores, explanations = await self._panel.score_live(named, answer)
        failed = [(name, why) for name, why in explanations.items() if name not in scores]
        if failed:
            name, why = failed[0]
            self.trouble = f"{name}: {why.splitlines()[0]}"
        return {**scores, **amounts_of(answer, self._prices)}


def amounts_of(answer: Answer, prices: Mapping[str, Price]) -> dict[str, float]:
    """The tokens and the cost of an answer, as far as it tells."""
    if answer.tokens_in is None or answer.tokens_out is None:
        return {}
    spent = cost(answer.tokens_in, answer.tokens_out, prices.get(answer.model))
    tokens = {"tokens_per_query": float(answer.tokens_in + answer.tokens_out)}
    return tokens if spent is None else {**tokens, "cost_per_query": spent}


def _needs_nothing(suite: Suite, spec: ScorerSpec) -> bool:
    try:
        scorer = build_scorer(spec.uses, spec.settings, suite.directory)
    except ConfigurationError:
        return False
    return isinstance(scorer, SuiteScorer) or not scorer.problem(
        Question(id="live", input="what a customer asks")
    )
