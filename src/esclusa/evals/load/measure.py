"""From a driven level and a search to evidence: pure counting.

The units are requests. Those of one block of time may hang together, which `blocks` says, so that an interval
does not take them for independent. An agent's failure counts in `error_rate`, takes as long as the timeout,
and delivers no tokens a second. What failed for something outside, or was never sent, is unseen.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from esclusa.core.evidence import Amounts, Coverage, Evidence, Failure, Measurement, Rate
from esclusa.core.value import EMPTY
from esclusa.evals.load.passage import (
    BLOCKS,
    Passage,
    Request,
    block_of,
    correlation,
    first_token,
    late,
    latency,
    throughput,
)
from esclusa.evals.load.profile import Profile
from esclusa.evals.load.search import Outcome, best, described
from esclusa.evals.measure import tokens, why_no_cost, why_no_tokens
from esclusa.evals.suite import Suite, metrics

EACH = "request"
NAMES = (
    "latency",
    "time_to_first_token",
    "tokens_per_second",
    "throughput",
    "error_rate",
    "tokens_per_query",
    "cost_per_query",
)
_TELLING = 2.0
"""Standard errors from which on the correlation of one block with the next is not chance."""

_Value = Callable[[Request], float | None]


def evidence(suite: Suite, profile: Profile, passage: Passage, outcomes: Sequence[Outcome]) -> Evidence:
    """What the level and the search showed."""
    unfit = late(passage)
    found = {} if unfit else _measurements(passage)
    reasons = _why_missing(passage, unfit)
    if profile.saturation is not None:
        found |= _saturation(profile, outcomes)
        reasons["saturation"] = next((one.unclear for one in outcomes if one.unclear), "no level was driven")
    return Evidence(
        measurements=found,
        missing={metric.name: reasons[metric.name] for metric in metrics(suite) if metric.name not in found},
        blocks=EMPTY if unfit else _blocks(passage),
        coverage=_coverage(profile, passage, outcomes),
        subject=suite.subject,
    )


def nothing(suite: Suite, why: str) -> Evidence:
    """A run that something outside kept from measuring anything."""
    return Evidence(
        missing={metric.name: why for metric in metrics(suite)},
        failure=Failure(reason="outside", message=why),
        subject=suite.subject,
    )


def _measurements(passage: Passage) -> dict[str, Measurement]:
    ids = _ids(passage)
    seen = dict(zip(ids, passage.requests, strict=False))
    answered = [one for one in passage.requests if not one.error_kind]
    found: dict[str, Measurement] = {}
    errors, unseen = _values(ids, seen, _failed)
    if errors:
        found["error_rate"] = Rate(
            hits=round(sum(errors.values())), n=len(errors), cases=errors, unseen=unseen, each=EACH
        )
        times, unseen = _values(ids, seen, lambda one: latency(one, passage.timeout))
        found["latency"] = _amounts("s", times, unseen)
        rates = {f"block {number}": rate for number, rate in enumerate(throughput(passage))}
        found["throughput"] = Amounts(unit="rps", cases=rates, each="block")
    if answered and all(one.first_token is not None for one in answered):
        found["time_to_first_token"] = _amounts(
            "s", *_values(ids, seen, lambda one: first_token(one, passage.timeout))
        )
    if answered and all(tokens(one) is not None for one in answered):
        found["tokens_per_query"] = _amounts("tokens", *_answered(ids, seen, tokens))
        if any(one.tokens_out for one in answered):
            found["tokens_per_second"] = _amounts("tokens/s", *_written(ids, seen))
    if answered and all(one.cost is not None for one in answered):
        found["cost_per_query"] = _amounts("USD", *_answered(ids, seen, lambda one: one.cost))
    return found


def _ids(passage: Passage) -> tuple[str, ...]:
    """The requests by number, those that were never sent last."""
    return tuple(str(number) for number in range(passage.planned))


def _values(
    ids: Sequence[str], seen: Mapping[str, Request], value: _Value
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The values by id, and the ids of those that were not seen."""
    found = {one: seen[one] and value(seen[one]) for one in ids if one in seen}
    values = {one: number for one, number in found.items() if number is not None}
    return values, tuple(one for one in ids if one not in values)


def _answered(
    ids: Sequence[str], seen: Mapping[str, Request], value: _Value
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The same of what was answered: a request that the agent failed has none and is not unseen."""
    values, unseen = _values(ids, seen, value)
    return values, tuple(one for one in unseen if one not in seen or seen[one].error_kind != "agent")


def _written(ids: Sequence[str], seen: Mapping[str, Request]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Tokens a second, of the answers that a model wrote."""
    values, unseen = _values(ids, seen, _speed)
    return values, tuple(one for one in unseen if one not in seen or seen[one].error_kind == "outside")


def _amounts(unit: str, values: Mapping[str, float], unseen: tuple[str, ...]) -> Amounts:
    return Amounts(unit=unit, cases=values, unseen=unseen, each=EACH)


def _failed(request: Request) -> float | None:
    return None if request.error_kind == "outside" else float(request.error_kind == "agent")


def _speed(request: Request) -> float | None:
    """Tokens of the answer by the seconds that it took; a failed request delivered none."""
    if request.error_kind:
        return 0.0 if request.error_kind == "agent" else None
    return request.tokens_out / max(request.seconds, 1e-6) if request.tokens_out else None


def _blocks(passage: Passage) -> dict[str, int]:
    return {str(number): block_of(passage, one.due) for number, one in enumerate(passage.requests)}


def _saturation(profile: Profile, outcomes: Sequence[Outcome]) -> dict[str, Measurement]:
    """The highest level that was held, in requests a second; 0 if none was."""
    if not outcomes or any(one.unclear for one in outcomes):
        return {}
    top = best(outcomes)
    found = 0.0 if top is None else top.at if profile.loop == "open" else top.throughput
    return {"saturation": Amounts(unit="rps", cases={"search": found}, each="search")}


def _why_missing(passage: Passage, unfit: str) -> dict[str, str]:
    answered = [one for one in passage.requests if not one.error_kind]
    unseen = next((one.error for one in passage.requests if one.error_kind == "outside"), passage.broken)
    why = unfit and f"{unfit}; mend: lower the load, or give the generator a core of its own"
    agent = any(one.error_kind == "agent" for one in passage.requests)
    general = why or ("no answer came" if agent else f"no request was seen: {unseen or 'none was sent'}")
    reasons = dict.fromkeys(NAMES, general)
    if answered and not why:
        reasons["time_to_first_token"] = (
            "the answers did not come as a stream; mend: let the suite `ask` for one"
        )
        reasons["tokens_per_query"] = why_no_tokens(answered)
        told = all(tokens(one) is not None for one in answered)
        reasons["tokens_per_second"] = (
            "no answer has tokens that a model wrote" if told else why_no_tokens(answered)
        )
        reasons["cost_per_query"] = why_no_cost(answered)
    return reasons


def _coverage(profile: Profile, passage: Passage, outcomes: Sequence[Outcome]) -> Coverage:
    agent = sum(one.error_kind == "agent" for one in passage.requests)
    outside = [one.error for one in passage.requests if one.error_kind == "outside"]
    notes: list[str] = []
    if passage.broken:
        notes.append(f"{passage.not_run} requests not run: {passage.broken}")
    if outside:
        notes.append(f"{len(outside)} requests unseen: {outside[0]}")
    if agent:
        first = next(one.error for one in passage.requests if one.error_kind == "agent")
        notes.append(f"{agent} requests failed: {first.splitlines()[0]}")
    notes += _doubts(passage)
    notes += [said(profile, one) for one in outcomes]
    return Coverage(
        total=passage.planned,
        seen=len(passage.requests) - agent - len(outside),
        errored=agent + len(outside),
        not_run=passage.not_run,
        notes=tuple(notes),
    )


def said(profile: Profile, outcome: Outcome) -> str:
    """What came of one level of the search."""
    level = described(profile, outcome.at)
    if outcome.unclear:
        return f"{level}: {outcome.unclear}"
    through = f"{outcome.throughput:.3g} answers a second"
    return f"{level}: not held, {outcome.trouble}" if outcome.trouble else f"{level}: held, {through}"


def _doubts(passage: Passage) -> list[str]:
    """Where the blocks follow each other the intervals, which take them for independent, are too narrow."""
    sums, counts = [0.0] * BLOCKS, [0] * BLOCKS
    for one in passage.requests:
        if (seconds := latency(one, passage.timeout)) is not None:
            sums[block_of(passage, one.due)] += seconds
            counts[block_of(passage, one.due)] += 1
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    if len(means) < BLOCKS or (found := correlation(means)) <= _TELLING / math.sqrt(BLOCKS):
        return []
    return [
        f"the latency of each eighth of the time resembles the one before (correlation {found:.2f}):"
        " the intervals are too narrow; measure longer"
    ]
