"""The judge: a gate's rules over the evidence of a run, and over the stable release's where a rule asks.

**A fixed limit is asked about this dataset.** A completed suite has an answer: pass or fail. The interval is
shown either way, and where the limit lies inside it the sentence says how many more cases like these would
settle the question beyond this dataset. Cases that could not be seen, because something outside failed, are
put at their worst and at their best: where that changes the answer the rule is undecided. `for: population`
asks beyond the dataset instead (`population`), and of a limit from the baseline that it is shown to be kept.

**A limit from the baseline is asked about the agent.** Two runs of one agent differ by chance, so a
difference on these cases is not yet a regression. Over the same cases, paired by id:

    pass        the candidate's value is within the margin
    fail        it is not, and noise alone would make it look this bad with a chance of at most 2.5 %
    undecided   it is not, but it may be noise; a blocking gate stays closed all the same

So noise is never *called* a regression more often than that, and what does not look good enough is not let
through either. Passing is no proof: a candidate a little worse than the margin passes now and then. Proving
"no worse" takes thousands of cases, and is asked of live traffic (`prove`).

**Several rules at once find more by chance.** A gate passes only when all its blocking rules pass, so that
one which should have failed is not let through more often for there being others: nothing is corrected there.
It fails when any of them does, and the more there are the likelier noise is called a regression: a rule
against the baseline, or `for: population`, fails only when it does so after Holm's correction over all such
rules of the gate (over warnings by themselves), so that all together fail wrongly with a chance of at most
2.5 %. What no longer fails for it is undecided, which opens no gate either. Limits that a suite settles early
share their chance likewise (`stopping`); pairs correct over their groups.

**Counterfactual pairs are asked about the agent too**, with an upper bound for the worst group: `disparity`.

**A suite may be stopped early**, in a random order, once its blocking rules are settled; `stopping` says
which part of the cases settles what. The judge comes to the same verdicts from the evidence alone. A rule
that is not settled by the cases that were run is undecided.

**What is missing is never a pass.** No evidence, a failed step, other cases than the baseline's, numbers that
contradict each other: the rule is missing, with its reason and the mend. The one exception: while no release
is stable yet, rules that speak of the baseline are not applicable.

It reads no files and has no clock; it decides about finished evidence only. Live traffic is `live`'s.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from esclusa.core.evidence import Evidence
from esclusa.core.gate import Absolute, Gate, Judgement, Mode, Relative, Rule, RuleJudgement, Verdict
from esclusa.core.value import replace
from esclusa.gates import sentences, stopping
from esclusa.gates.disparity import disparity
from esclusa.gates.estimates import (
    CONFIDENCE,
    Ends,
    estimate,
    holds,
    labels_needed,
    needed,
    quantile_of,
    straddles,
)
from esclusa.gates.pairs import ALPHA, Contrast, Pairs, contrast, outcome, pair
from esclusa.gates.population import decide
from esclusa.gates.samples import Gap, Sample, Swapped, Tally, find, sample
from esclusa.stats.families import holm

NONE_YET = "none yet"
READABLE = "readable"
UNREADABLE = "unreadable: "

WORST_FIRST = (
    Verdict.FAIL,
    Verdict.MISSING,
    Verdict.UNDECIDED,
    Verdict.NOT_REFUTED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
"""A gate is what its applicable rules came to, so `not applicable` weighs least."""


def judge(
    gate: Gate,
    evidence: Mapping[str, Evidence],
    baseline: Mapping[str, Evidence] | None,
    *,
    baseline_state: str,
) -> Judgement:
    """What the gate comes to over the evidence by step id.

    `baseline` is the evidence that the stable release was sealed on; `baseline_state` says whether there is
    one: `none yet`, `readable` or `unreadable: <reason>`.
    """
    claims = [_judged(gate, rule, evidence, baseline, baseline_state) for rule in gate.rules]
    rules = tuple(_together(claims))
    blocking = [rule for rule in rules if rule.mode is Mode.BLOCK]
    weighed = blocking or rules
    verdict = worst([rule.verdict for rule in weighed])
    return Judgement(
        gate=gate.name,
        mode=Mode.BLOCK if blocking or not rules else Mode.WARN,
        verdict=verdict,
        rules=rules,
        sentence=sentences.of_gate(gate.name, verdict, rules),
    )


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several verdicts; of none, missing."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.MISSING)


class Claim(NamedTuple):
    """What a rule came to, alone."""

    judgement: RuleJudgement
    chance: float | None = None
    """Of one that is tested: how likely noise alone makes it look this bad."""
    doubt: str = ""
    """Of one that fails, what it says if it does not for the rules beside it."""


def _together(claims: Sequence[Claim]) -> Iterator[RuleJudgement]:
    """The rules, of which so many fail as hold out among those of their mode."""
    adjusted: dict[int, float] = {}
    sizes: dict[Mode, int] = {}
    for mode in Mode:
        tested = [
            (at, claim.chance)
            for at, claim in enumerate(claims)
            if claim.chance is not None and claim.judgement.mode is mode
        ]
        sizes[mode] = len(tested)
        corrected = holm([chance for _, chance in tested])
        adjusted.update(zip((at for at, _ in tested), corrected, strict=True))
    for at, (judgement, _, doubt) in enumerate(claims):
        chance = adjusted.get(at, 0.0)
        if judgement.verdict is Verdict.FAIL and chance > ALPHA:
            among = sentences.among(doubt, sizes[judgement.mode], chance)
            yield replace(judgement, verdict=Verdict.UNDECIDED, sentence=among)
        else:
            yield judgement


def _judged(
    gate: Gate,
    rule: Rule,
    evidence: Mapping[str, Evidence],
    baseline: Mapping[str, Evidence] | None,
    baseline_state: str,
) -> Claim:
    found = _rule(gate, rule, evidence, baseline, baseline_state)
    claim = found if isinstance(found, Claim) else Claim(found)
    mode = Mode.WARN if gate.mode is Mode.WARN else rule.mode
    return claim._replace(judgement=replace(claim.judgement, mode=mode))


def _rule(
    gate: Gate,
    rule: Rule,
    evidence: Mapping[str, Evidence],
    baseline: Mapping[str, Evidence] | None,
    baseline_state: str,
) -> RuleJudgement | Claim:
    if isinstance(rule.limit, Relative) and baseline_state == NONE_YET:
        return _verdict(rule, Verdict.NOT_APPLICABLE, sentences.not_applicable(rule))
    found = find(gate, rule, evidence)
    if isinstance(found, Gap):
        return _missing(rule, found)
    if isinstance(found, Tally):
        return _counted(rule, found)
    if isinstance(found, Swapped):
        return _swapped(rule, found)
    if rule.estimator != "mean" and quantile_of(rule.estimator) is None:
        gap = Gap(f"{found.step} measured {found.unit}, which has no {rule.estimator}", "correct the rule")
        return _missing(rule, gap, found)
    if isinstance(rule.limit, Absolute):
        if rule.population:
            return _of_population(rule, rule.limit.value, found)
        return _against_limit(rule, rule.limit.value, found, stopping.families([gate]).get(rule, 1))
    before = _before(rule, found, baseline, baseline_state)
    if isinstance(before, Gap):
        return _missing(rule, before, found)
    pairs = pair(found, before, rule)
    if isinstance(pairs, Gap):
        return _missing(rule, pairs, found)
    return _against_baseline(rule, pairs, before)


def _counted(rule: Rule, tally: Tally) -> RuleJudgement:
    """A count is a fact; one that may be too low can only fail."""
    if rule.estimator != "count" or not isinstance(rule.limit, Absolute):
        return _missing(rule, Gap(f"{tally.step} counted findings", "correct the rule"))
    limit = rule.limit.value
    good = holds(tally.n, rule.operator, limit)
    more_is_worse = rule.operator in ("<", "<=", "==") and tally.n > limit
    if tally.least and not more_is_worse:
        return _missing(rule, tally.least)
    return replace(
        _verdict(rule, Verdict.PASS if good else Verdict.FAIL, sentences.count(rule, tally.n, limit)),
        estimate=float(tally.n),
        limit=limit,
        unit="findings",
        evidence_from=tally.step,
    )


def _swapped(rule: Rule, pairs: Swapped) -> RuleJudgement:
    """Counterfactual pairs: a claim about the agent, with an upper bound; see `disparity`."""
    if rule.estimator != "gap" or not isinstance(rule.limit, Absolute):
        return _missing(rule, Gap(f"{pairs.step} asked counterfactual pairs", "correct the rule"))
    limit = rule.limit.value
    found = disparity(pairs, rule)
    more = pairs.lost if found.open else found.more if found.verdict is Verdict.UNDECIDED else None
    return replace(
        _verdict(rule, found.verdict, sentences.swapped(rule, limit, pairs, found)),
        estimate=found.worst.gap,
        interval=(None, found.worst.most),
        limit=limit,
        n=sum(group.n for group in found.groups),
        unit="share",
        needed=more,
        evidence_from=pairs.step,
    )


def _of_population(rule: Rule, limit: float, seen: Sample) -> Claim:
    """A claim beyond these cases; see `population`."""
    found = estimate(seen, rule.estimator)
    decision = decide(rule, limit, seen)
    found = found._replace(interval=decision.interval)
    judgement = replace(
        _verdict(rule, decision.verdict, sentences.beyond(rule, limit, seen, found, decision)),
        estimate=found.value,
        interval=decision.interval,
        limit=limit,
        n=len(seen.values),
        unit=seen.unit,
        needed=decision.needed,
        evidence_from=seen.step,
    )
    open_ = decision._replace(verdict=Verdict.UNDECIDED)
    return Claim(judgement, decision.chance, sentences.beyond(rule, limit, seen, found, open_))


def _against_limit(rule: Rule, limit: float, seen: Sample, family: int) -> RuleJudgement:
    found = estimate(seen, rule.estimator)
    answers = {holds(end, rule.operator, limit) for end in (found.lowest, found.highest)}
    early = None
    if seen.not_run:
        early = stopping.settled(rule, seen, family=family)
        found = found._replace(interval=stopping.interval(rule, seen))
    if early is not None and len(answers) > 1:
        answers = {early.holds}
    verdict = Verdict.UNDECIDED if len(answers) > 1 else Verdict.PASS if True in answers else Verdict.FAIL
    more = needed(seen, rule.estimator, limit) if straddles(found.interval, limit) else None
    if verdict is Verdict.UNDECIDED:
        more = len(seen.unseen) or (labels_needed(seen.judged, found, limit) if seen.judged else None)
    elif early is not None:
        more = None
    return replace(
        _verdict(rule, verdict, sentences.absolute(rule, verdict, limit, seen, found, more, early)),
        **_saved(seen, early),
        estimate=found.value,
        interval=found.interval,
        limit=limit,
        n=len(seen.values),
        unit=seen.unit,
        needed=more,
        evidence_from=seen.step,
    )


def _saved(seen: Sample, early: stopping.Settled | None) -> dict[str, Any]:
    """What a rule that was settled early says of it."""
    if early is None:
        return {}
    return {"settled_after": early.after, "saved": len(seen.not_run), "error": early.error}


def _against_baseline(rule: Rule, pairs: Pairs, before: Sample) -> Claim:
    seen = pairs.sample
    verdict, found = _compared(rule, pairs)
    early = stopping.settled(rule, seen, before) if seen.not_run else None
    if seen.not_run:
        found = _stopped(rule, found, seen, before)
    if early is not None:
        verdict, found = Verdict.PASS, found._replace(open=False)
    span = _within_reach(found.interval, seen)
    unclear = verdict is Verdict.UNDECIDED or (early is None and straddles(span, found.limit))
    more = pairs.unseen if found.open else found.needed if unclear else None
    judgement = replace(
        _verdict(rule, verdict, sentences.relative(rule, verdict, pairs, found, more, early)),
        **_saved(seen, early),
        estimate=found.candidate,
        interval=span,
        limit=found.limit,
        baseline=found.baseline,
        n=len(pairs.candidate),
        unit=seen.unit,
        needed=more,
        evidence_from=seen.step,
    )
    doubt = sentences.relative(rule, Verdict.UNDECIDED, pairs, found, None, early)
    # What the unseen cases leave open is no test of anything, and makes none of the others look better.
    return Claim(judgement, 1.0 if found.open else found.chance, doubt)


def _stopped(rule: Rule, found: Contrast, seen: Sample, before: Sample) -> Contrast:
    """The contrast with an interval that holds however early the suite was stopped."""
    span = stopping.interval(rule, seen, before)
    if span is None or not isinstance(rule.limit, Relative):
        return found._replace(interval=None, difference=None)
    low, high = span
    if low is not None and high is not None and math.isclose(low, high, abs_tol=1e-4):
        return found  # every case that both were asked was seen: what is left open lies beyond them
    scale = rule.limit.times * found.baseline
    moved = (None if low is None else low + scale, None if high is None else high + scale)
    return found._replace(interval=moved, difference=span if rule.limit.times == 1 else None)


def _compared(rule: Rule, pairs: Pairs) -> tuple[Verdict, Contrast]:
    """The verdict, and the contrast with the chance that it rests on: at its kindest to the candidate."""
    found = contrast(pairs.candidate, pairs.baseline, rule, pairs.sample)
    if rule.population:
        return _shown(rule, pairs, found)
    answers = {outcome(*pairs.kindest, rule), outcome(*pairs.harshest, rule)}
    if len(answers) > 1:
        return Verdict.UNDECIDED, found._replace(open=True)
    if True in answers:
        return Verdict.PASS, found
    if pairs.unseen:
        found = found._replace(chance=contrast(*pairs.kindest, rule, pairs.sample).chance)
    return (Verdict.FAIL if found.chance <= ALPHA else Verdict.UNDECIDED), found


def _shown(rule: Rule, pairs: Pairs, found: Contrast) -> tuple[Verdict, Contrast]:
    """The same where `within the margin` has to be shown too: at its harshest."""
    told = min(found.chance, found.enough) <= ALPHA
    if pairs.unseen:
        chance, enough = 1.0, 1.0  # an amount without an end leaves it open
        if _finite(pairs.kindest):
            chance = contrast(*pairs.kindest, rule, pairs.sample).chance
        if _finite(pairs.harshest):
            enough = contrast(*pairs.harshest, rule, pairs.sample).enough
        found = found._replace(chance=chance, enough=enough)
    if found.enough <= ALPHA:
        return Verdict.PASS, found
    if found.chance <= ALPHA:
        return Verdict.FAIL, found
    return Verdict.UNDECIDED, found._replace(open=told)


def _finite(sides: tuple[Sequence[float], Sequence[float]]) -> bool:
    return all(map(math.isfinite, (*sides[0], *sides[1])))


def _within_reach(interval: Ends | None, seen: Sample) -> Ends | None:
    """The interval without values that the quantity cannot have."""
    if interval is None:
        return None
    low, high = (None if end is None else max(0.0, min(seen.ceiling, end)) for end in interval)
    return low, high


def _before(
    rule: Rule, found: Sample, baseline: Mapping[str, Evidence] | None, baseline_state: str
) -> Sample | Gap:
    """The same step's evidence at the stable release."""
    if baseline_state != READABLE or baseline is None:
        reason = baseline_state.removeprefix(UNREADABLE) if baseline_state != READABLE else "it was not found"
        return Gap(
            f"the stable release's evidence cannot be read: {reason}",
            "restore the store, or release once with this rule marked `(warn)`",
        )
    if found.step not in baseline:
        return Gap(
            f"the stable release has no evidence of {found.step}",
            "mark the rule `(warn)` until a release measured by this step is stable",
        )
    before = sample(found.step, rule, baseline[found.step])
    if isinstance(before, Sample):
        return before
    reason = before.reason if isinstance(before, Gap) else "it measured otherwise"
    return Gap(
        f"the stable release's evidence lacks it: {reason}",
        "mark the rule `(warn)` until a release that was measured is stable",
    )


def _missing(rule: Rule, gap: Gap, found: Sample | None = None) -> RuleJudgement:
    judged = _verdict(rule, Verdict.MISSING, sentences.missing(rule, gap))
    return judged if found is None else replace(judged, evidence_from=found.step, n=len(found.values))


def _verdict(rule: Rule, verdict: Verdict, sentence: str) -> RuleJudgement:
    return RuleJudgement(
        rule=rule.text,
        metric=rule.metric,
        verdict=verdict,
        mode=rule.mode,
        sentence=sentence,
        confidence=CONFIDENCE,
    )
