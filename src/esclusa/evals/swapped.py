"""Counterfactual pairs: what was decided of either side, and how far apart that is.

A pair is one case of a dataset asked twice, with the group swapped. Its sides are compared by what the agent
decided (a value in the response, which must not depend on the group), or by what a scorer made of them. An
agent's error is an outcome too: a side that fails where the other is answered came out differently.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from esclusa.core.case import Case
from esclusa.core.evidence import Swaps
from esclusa.core.value import encode
from esclusa.evals.answer import NOTHING, Answer
from esclusa.evals.question import Question
from esclusa.evals.suite import Suite

FAILED = "failed"
"""Not JSON, so that no decision is taken for it."""
NONE = "none"


def decision(suite: Suite, answer: Answer) -> str:
    """What an answer decided, as JSON; empty where the suite does not ask, or the answer does not say."""
    if suite.bias is None or not suite.bias.decision or answer.error_kind:
        return ""
    found = answer.at(suite.bias.decision)
    return "" if found is NOTHING else encode(found).decode()


def swaps(suite: Suite, questions: Iterable[Question], cases: Mapping[str, Case]) -> Swaps | None:
    """The pairs among the questions; None where no pair was seen, or no answer said what it decided."""
    if suite.bias is None or _mute(suite, cases):
        return None
    groups: dict[str, dict[str, float]] = {}
    unseen: dict[str, tuple[str, ...]] = {}
    for pair, (first, second) in _pairs(questions).items():
        apart = _apart(suite, cases.get(first.id), cases.get(second.id))
        if apart is None:
            unseen[first.group] = (*unseen.get(first.group, ()), pair)
        else:
            groups.setdefault(first.group, {})[pair] = apart
    return Swaps(groups=groups, values=bool(suite.bias.scorer), unseen=unseen) if groups else None


def apart(suite: Suite, cases: Mapping[str, Case]) -> Iterator[str]:
    """A line for each pair whose sides came out differently, for people."""
    for pair, (first, second) in _pairs(suite.dataset.questions).items():
        one, other = cases.get(first.id), cases.get(second.id)
        if one is not None and other is not None and _apart(suite, one, other):
            sides = ((first.id, _said(suite, one)), (second.id, _said(suite, other)))
            yield f"{pair}: " + ", ".join(
                f"{said} for {name.removeprefix(f'{pair}/')}" for name, said in sides
            )


def why_no_swaps(suite: Suite, cases: Mapping[str, Case]) -> str:
    """What kept every pair from being compared, where something of the suite did; else empty."""
    if suite.bias is None or not _mute(suite, cases):
        return ""
    return (
        f"no answer says `{suite.bias.decision}`; mend: name what the agent decides, or compare a score:"
        " `bias: {scorer: NAME}`"
    )


def _pairs(questions: Iterable[Question]) -> Mapping[str, Sequence[Question]]:
    """The two sides of each, in the order of the dataset."""
    found: dict[str, list[Question]] = {}
    for question in questions:
        if question.pair:
            found.setdefault(question.pair, []).append(question)
    return found


def _apart(suite: Suite, first: Case | None, second: Case | None) -> float | None:
    if first is None or second is None or "outside" in (first.error_kind, second.error_kind):
        return None
    assert suite.bias is not None
    if not suite.bias.scorer:
        return float(_decided(first) != _decided(second))
    before, after = _score(suite.bias.scorer, first), _score(suite.bias.scorer, second)
    return None if before is None or after is None else after - before


def _decided(case: Case) -> str:
    return FAILED if case.error_kind else case.decision or NONE


def _score(name: str, case: Case) -> float | None:
    return 0.0 if case.error_kind else case.scores.get(name)


def _said(suite: Suite, case: Case) -> str:
    """What one side came to."""
    if case.error_kind or suite.bias is None or not suite.bias.scorer:
        return _decided(case)
    return f"{_score(suite.bias.scorer, case):.3g}"


def _mute(suite: Suite, cases: Mapping[str, Case]) -> bool:
    """Whether the suite compares decisions, and no answer says one."""
    answered = [case for case in cases.values() if not case.error_kind]
    by_decision = suite.bias is not None and not suite.bias.scorer
    return by_decision and bool(answered) and not any(case.decision for case in answered)
