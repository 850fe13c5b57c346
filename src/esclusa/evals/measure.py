"""From asked cases to evidence: pure counting.

An agent's error scores 0 with every scorer and counts in `error_rate`. A case that failed for something
outside, or was not run, is unseen: part of no number, and named. In `latency` a failed call takes as long as
the timeout, so that neither failing fast nor being cut short makes an agent look quick. Tokens and cost are
of the answers, and missing as a whole when one of them does not say: a mean over those that do would be of
another population. The time to the first token is there where all answers came as streams.

Where the suite repeats its cases, the case stays the unit: its value is the mean over its askings, and it is
seen when all of them were; one that something outside failed leaves the whole case unseen, at its worst and
at its best to the gates. Latency and the time to the first token are those of its first asking: a quantile of
means would hide the slow ones, and a model server may answer what it has just been asked from its cache.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from esclusa.core.case import Case, asking
from esclusa.core.evidence import (
    Amounts,
    Coverage,
    Draw,
    Evidence,
    Failure,
    Judged,
    Measurement,
    Rate,
    Scores,
)
from esclusa.core.project import Price
from esclusa.core.value import EMPTY
from esclusa.evals.calibration import JUDGES, MEND, NOT_BY_SLICE, allowed
from esclusa.evals.question import Question
from esclusa.evals.suite import ALWAYS, CORRECTNESS, FLAKY, ScorerSpec, Suite, pass_counts
from esclusa.evals.swapped import swaps, why_no_swaps
from esclusa.stats.repeats import all_right

FIRST = "time_to_first_token"
"""Measured where answers come as a stream, which no suite knows beforehand."""
ADVISABLE = 20
"""Cases below which a rank among them says little."""


class Billed(Protocol):
    """A call that may say what it used."""

    @property
    def error_kind(self) -> str: ...
    @property
    def tokens_in(self) -> int | None: ...
    @property
    def tokens_out(self) -> int | None: ...
    @property
    def cost(self) -> float | None: ...
    @property
    def model(self) -> str: ...


Value_ = Callable[[Case], float | None]
"""What one asking is worth by a metric, None where it is unseen."""
Whole = Callable[[Sequence[Case]], float | None]
"""What all askings of a case are worth."""


def evidence(
    suite: Suite,
    cases: Mapping[str, Case],
    *,
    missing: Mapping[str, str] = EMPTY,
    notes: Sequence[str] = (),
    ended: str = "",
    draw: Draw | None = None,
) -> Evidence:
    """What the suite saw. `cases` by their keys, without those that were not run; `missing` says what could
    not be measured, and `ended` why the others were not run.
    """
    measurements = _measurements(suite, suite.dataset.questions, cases, missing)
    reasons = {**_why_missing(suite, cases, missing), **missing}
    names = (*_names(suite), *((FIRST,) if FIRST in reasons else ()))
    return Evidence(
        measurements=measurements,
        missing={name: reasons[name] for name in names if name not in measurements},
        slices=_slices(suite, cases, missing),
        coverage=_coverage(suite, cases, notes, _why_not_run(draw, ended)),
        failure=_failure(suite, cases, ended),
        draw=draw,
        subject=suite.subject,
        repeats=suite.repeats,
    )


def askings(suite: Suite, cases: Mapping[str, Case], one: str) -> tuple[Case, ...]:
    """All askings of a case, in their order; empty while one of them is lacking."""
    if suite.repeats == 1:
        return (cases[one],) if one in cases else ()
    found = (cases.get(asking(one, repeat)) for repeat in range(suite.repeats))
    there = tuple(case for case in found if case is not None)
    return there if len(there) == suite.repeats else ()


def cost(tokens_in: int | None, tokens_out: int | None, price: Price | None) -> float | None:
    """USD for one call; None if a number or the price is not known. A price of 0 is a price."""
    if tokens_in is None or tokens_out is None or price is None:
        return None
    return (tokens_in * price.input + tokens_out * price.output) / 1e6


def right(suite: Suite, case: Case) -> float | None:
    """1 if the case is right by every scorer that has a say, 0 if it is wrong by one; None where that is
    unseen.
    """
    if case.error_kind:
        return _errored(case)
    unseen = False
    for judge in suite.judges:
        score = case.scores.get(judge.name)
        if score is not None and score < judge.at_least:
            return 0.0
        unseen = unseen or score is None
    return None if unseen or not suite.judges else 1.0


def latency(suite: Suite, case: Case) -> float | None:
    """Seconds until the answer; where the agent failed, the timeout."""
    if case.error_kind == "outside":
        return None
    return max(suite.timeout, case.seconds) if case.error_kind else case.seconds


def first_token(suite: Suite, case: Case) -> float | None:
    """Seconds until an answer began; where the agent failed, the timeout."""
    return latency(suite, case) if case.error_kind else case.first_token


def told(suite: Suite, whole: Sequence[Case]) -> dict[str, float | None]:
    """What all askings of a single case say, by metric; None where it is unseen. Not its tokens and cost, of
    which an agent's error has none.
    """
    of_scorers = {spec.name: _mean(_score_of(spec.name))(whole) for spec in suite.scorers}
    of_judges = {name: value(whole) for name, value in _correctness(suite).items()}
    speed = _first(lambda case: latency(suite, case))(whole)
    return {**of_scorers, **of_judges, "error_rate": _mean(_error)(whole), "latency": speed}


def corrected(suite: Suite) -> tuple[str, ...]:
    """The judges whose mean is corrected by labels: it says something of all cases, and of none by itself."""
    judges = (spec for spec in suite.scorers if spec.uses in JUDGES)
    return tuple(spec.name for spec in judges if _judged(suite, spec, True).labels)


def _names(suite: Suite) -> tuple[str, ...]:
    bias = ("bias",) if suite.bias else ()
    return ("accuracy", *_repeated(suite), *bias, *(spec.name for spec in suite.scorers), *ALWAYS)


def _repeated(suite: Suite) -> tuple[str, ...]:
    """What is measured of cases only where they are repeated."""
    passes = pass_counts(suite)
    return (FLAKY, *passes) if passes else ()


def _correctness(suite: Suite) -> dict[str, Whole]:
    """What says how right a case is."""

    def counted(worth: Callable[[int], float]) -> Whole:
        def value(whole: Sequence[Case]) -> float | None:
            hits = _mean(lambda case: right(suite, case))(whole)
            return None if hits is None else worth(round(hits * suite.repeats))

        return value

    found = {"accuracy": _mean(lambda case: right(suite, case))}
    if passes := pass_counts(suite):
        found[FLAKY] = counted(lambda hits: float(0 < hits < suite.repeats))
    for name, k in passes.items():
        found[name] = counted(lambda hits, k=k: all_right(hits, suite.repeats, k))  # type: ignore[misc]
    return found


def _mean(value: Value_) -> Whole:
    """Over the askings; unseen where one of them is."""

    def mean(whole: Sequence[Case]) -> float | None:
        if len(whole) == 1:
            return value(whole[0])
        values = [value(case) for case in whole]
        known = [one for one in values if one is not None]
        return math.fsum(known) / len(known) if known and len(known) == len(values) else None

    return mean


def _first(value: Value_) -> Whole:
    """Of the first asking, where all were seen."""
    return lambda whole: None if _lost(whole) else value(whole[0])


def _lost(whole: Sequence[Case]) -> bool:
    """Whether something outside failed one of them."""
    return any(case.error_kind == "outside" for case in whole)


def _answered(value: Value_) -> Whole:
    """Over those askings that were answered: an agent's error has no amount."""

    def mean(whole: Sequence[Case]) -> float | None:
        if _lost(whole):
            return None
        return _mean(value)([case for case in whole if not case.error_kind])

    return mean


def _measurements(
    suite: Suite,
    questions: Sequence[Question],
    cases: Mapping[str, Case],
    missing: Mapping[str, str],
    *,
    whole: bool = True,
) -> dict[str, Measurement]:
    ids = tuple(question.id for question in questions)
    found: dict[str, Measurement | None] = {}
    # The mean over several askings is no rate of anything.
    share = _rate if suite.repeats == 1 else _scores

    def seen(value: Whole) -> tuple[dict[str, float], tuple[str, ...]]:
        return _seen(suite, ids, cases, value)

    rights: Mapping[str, float] = EMPTY
    if suite.judges:
        for name, value in _correctness(suite).items():
            values, unseen = seen(value)
            found[name] = (_rate if name == FLAKY else share)(values, unseen)
            rights = values if name == "accuracy" else rights
    for spec in suite.scorers:
        if spec.name not in missing:
            scores, unseen = seen(_mean(_score_of(spec.name)))
            kept = rights if scores == rights else scores  # as a rule they are the same, and kept once
            of = share if spec.uses in CORRECTNESS else _scores
            found[spec.name] = of(kept, unseen)
            if spec.uses in JUDGES and kept:
                found[spec.name] = Scores(cases=kept, unseen=unseen, judged=_judged(suite, spec, whole))
    found["bias"] = swaps(suite, questions, cases)
    found["error_rate"] = share(*seen(_mean(_error)))
    found["latency"] = _amounts("s", *seen(_first(lambda case: latency(suite, case))))
    answered = [case for one in ids for case in askings(suite, cases, one) if not case.error_kind]
    if all(tokens(case) is not None for case in answered):
        found["tokens_per_query"] = _amounts(
            "tokens", *_spent(suite, cases, seen(_common(_answered(tokens))))
        )
    if answered and all(case.first_token is not None for case in answered):
        found[FIRST] = _amounts("s", *seen(_first(lambda case: first_token(suite, case))))
    if all(case.cost is not None for case in answered):
        costs = seen(_answered(lambda case: case.cost))
        found["cost_per_query"] = _amounts("USD", *_spent(suite, cases, costs))
    return {name: measurement for name, measurement in found.items() if measurement is not None}


def _seen(
    suite: Suite, ids: Iterable[str], cases: Mapping[str, Case], value: Whole
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The values by id, and the ids that have none."""
    values: dict[str, float] = {}
    unseen: list[str] = []
    for one in ids:
        whole = askings(suite, cases, one)
        found = value(whole) if whole else None
        if found is None:
            unseen.append(one)
        else:
            values[one] = found
    return values, tuple(unseen)


def _common(value: Whole) -> Whole:
    """The same values; those that many cases share are kept once."""
    kept: dict[float, float] = {}

    def found(whole: Sequence[Case]) -> float | None:
        amount = value(whole)
        return None if amount is None else kept.setdefault(amount, amount)

    return found


def _spent(
    suite: Suite, cases: Mapping[str, Case], seen: tuple[Mapping[str, float], Sequence[str]]
) -> tuple[Mapping[str, float], tuple[str, ...]]:
    """The same of amounts: a case that the agent failed whenever it was asked has none, and is not unseen."""
    values, unseen = seen
    failed = {
        one
        for one in unseen
        if (whole := askings(suite, cases, one)) and all(case.error_kind == "agent" for case in whole)
    }
    return values, tuple(one for one in unseen if one not in failed)


def _rate(values: Mapping[str, float], unseen: tuple[str, ...]) -> Rate | None:
    return (
        Rate(hits=round(sum(values.values())), n=len(values), cases=values, unseen=unseen) if values else None
    )


def _scores(values: Mapping[str, float], unseen: tuple[str, ...]) -> Scores | None:
    return Scores(cases=values, unseen=unseen) if values else None


def _amounts(unit: str, values: Mapping[str, float], unseen: tuple[str, ...]) -> Amounts | None:
    return Amounts(unit=unit, cases=values, unseen=unseen) if values else None


def _errored(case: Case) -> float | None:
    return 0.0 if case.error_kind == "agent" else None


def _error(case: Case) -> float | None:
    if case.error_kind == "outside":
        return None
    return 1.0 if case.error_kind else 0.0  # two constants, and not a number of its own for each case


def _judged(suite: Suite, spec: ScorerSpec, whole: bool) -> Judged:
    """What a judge's word is good for. Labels are of the suite as a whole, and tell no slices apart."""
    told = allowed(suite.calibrations.get(spec.name), suite.judge(spec))
    return told if whole or not told.labels else Judged(doubt=NOT_BY_SLICE)


def _score_of(name: str) -> Value_:
    return lambda case: _errored(case) if case.error_kind else case.scores.get(name)


def tokens(case: Billed) -> float | None:
    """The tokens of an answer, both ways; None if it does not say, or there is none."""
    if case.error_kind or case.tokens_in is None or case.tokens_out is None:
        return None
    return float(case.tokens_in + case.tokens_out)


def _slices(
    suite: Suite, cases: Mapping[str, Case], missing: Mapping[str, str]
) -> dict[str, dict[str, Measurement]]:
    tagged: dict[str, list[Question]] = {}
    for question in suite.dataset.questions:
        for tag in question.tags:
            tagged.setdefault(tag, []).append(question)
    return {tag: _measurements(suite, tagged[tag], cases, missing, whole=False) for tag in sorted(tagged)}


def _why_not_run(draw: Draw | None, ended: str) -> str:
    return "those asked had settled the gates" if draw is not None and draw.not_run else ended


def _coverage(suite: Suite, cases: Mapping[str, Case], notes: Sequence[str], ended: str) -> Coverage:
    total = len(suite.dataset.questions)
    run = agent = errored = 0
    outside: list[Case] = []
    for question in suite.dataset.questions:
        whole = askings(suite, cases, question.id)
        kinds = {case.error_kind for case in whole}
        run += bool(whole)
        agent += "agent" in kinds
        errored += not kinds <= {""}
        if "outside" in kinds:
            outside.append(next(case for case in whole if case.error_kind == "outside"))
    said = list(notes)
    if suite.repeats > 1:
        said.append(f"each case was asked {suite.repeats} times and counts once, with its mean")
    if agent:
        where = " in an asking or more" if suite.repeats > 1 else ""
        said.append(f"{_cases(agent)} scored 0{where}: the agent failed")
    if outside:
        said.append(f"{_cases(len(outside))} unseen: {outside[0].error}")
    for spec in suite.scorers:
        if spec.uses in JUDGES and (doubt := _judged(suite, spec, True).doubt):
            said.append(f"{spec.name} is a judge's word: {doubt}; mend: {MEND}")
    if run < total:
        why = f": {ended}" if ended else ""
        parts = len({case.id for case in cases.values()}) - run
        begun = f", {parts} of them asked fewer than {suite.repeats} times" if parts else ""
        said.append(f"{_cases(total - run)} not run{begun}{why}")
    if total < ADVISABLE and any(spec.uses == "relevance" for spec in suite.scorers):
        said.append(f"relevance ranks among {_cases(total)}; {ADVISABLE} or more make it telling")
    return Coverage(
        total=total,
        seen=run - errored,
        errored=errored,
        not_run=total - run,
        notes=tuple(said),
    )


def _cases(number: int) -> str:
    return f"{number} case" if number == 1 else f"{number} cases"


def _failure(suite: Suite, cases: Mapping[str, Case], ended: str) -> Failure | None:
    """A suite that saw nothing at all has failed; anything less is for the gates."""
    wholes = (askings(suite, cases, one.id) for one in suite.dataset.questions)
    if any(whole and all(case.error_kind != "outside" for case in whole) for whole in wholes):
        return None
    failed = (case.error for case in cases.values() if case.error_kind == "outside")
    cause = next(failed, ended or "no case could be asked")
    return Failure(reason="outside", message=f"no case was seen: {cause}")


def _why_missing(suite: Suite, cases: Mapping[str, Case], missing: Mapping[str, str]) -> dict[str, str]:
    """For each metric, why there could be no measurement of it."""
    answered = [case for case in cases.values() if not case.error_kind]
    nothing = next((case.error for case in cases.values() if case.error_kind == "outside"), "no case was run")
    unseen = f"no case was seen: {nothing}"
    agent = any(case.error_kind == "agent" for case in cases.values())
    reasons = dict.fromkeys(_names(suite), "no answer came" if agent else unseen)
    for spec in suite.scorers:
        failed = [case.explanations[spec.name] for case in answered if spec.name in case.explanations]
        if failed:
            reasons[spec.name] = f"every case failed in the scorer: {failed[0].splitlines()[0]}"
    reasons.update(missing)
    if suite.judges:
        reasons["accuracy"] = next((reasons[judge.name] for judge in suite.judges), reasons["accuracy"])
        reasons.update(dict.fromkeys(_repeated(suite), reasons["accuracy"]))
    else:
        words = ", ".join(CORRECTNESS)
        reasons["accuracy"] = (
            "no scorer of the suite says right or wrong;"
            f" mend: add one of {words}, or mark one `accuracy: true`"
        )
    reasons["bias"] = why_no_swaps(suite, cases) or reasons.get("bias", "")
    if answered:
        if any(case.first_token is not None for case in answered):
            reasons[FIRST] = _why_no_first_token(answered)
        reasons["tokens_per_query"] = why_no_tokens(answered)
        reasons["cost_per_query"] = why_no_cost(answered)
    return reasons


def _why_no_first_token(answered: Sequence[Case]) -> str:
    without = sum(case.first_token is None for case in answered)
    return (
        f"{without} of {len(answered)} answers did not come as a stream; mend: let the agent stream them all"
    )


def why_no_tokens(answered: Sequence[Billed]) -> str:
    """How many answers do not say how many tokens they used, and the mend."""
    without = sum(tokens(case) is None for case in answered)
    return (
        f"{without} of {len(answered)} answers do not say how many tokens they used;"
        " mend: let the agent return `usage` with prompt_tokens and completion_tokens,"
        " 0 where no model was asked"
    )


def why_no_cost(answered: Sequence[Billed]) -> str:
    """Why answers have no cost; empty if all have one."""
    if any(tokens(case) is None for case in answered):
        return why_no_tokens(answered)
    models = sorted({case.model for case in answered if case.cost is None})
    if "" in models:
        return "some answers do not name their model; mend: let the agent return `model`"
    if not models:
        return ""
    return (
        f"no price for the model {', '.join(models)}; mend: add"
        f" `prices: {{{models[0]}: {{input: 0, output: 0}}}}`, in USD for a million tokens, to esclusa.yaml"
    )
