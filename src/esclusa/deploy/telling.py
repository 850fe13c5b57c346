"""Telling: where a rollout stands and why it went on, as events and in sentences. It decides nothing."""

from esclusa.core.events import RolloutJudged, RolloutMoved
from esclusa.core.gate import Judgement
from esclusa.core.rollout import Decision, Rollout, RolloutState
from esclusa.deploy.approval import by_whom

S = RolloutState
STABLE_AGAIN = frozenset({S.RESTORING, S.ROLLED_BACK, S.FAILED, S.SUPERSEDED, S.CONCLUDED})
"""The candidate is on its way out, or gone."""


def told(rollout: Rollout, reason: str) -> RolloutMoved:
    """Where the rollout stands, with the numbers that people ask for."""
    return RolloutMoved(
        rollout=rollout.id,
        state=rollout.state,
        position=rollout.position,
        share=share_of(rollout),
        reason=reason,
        exposed=rollout.exposed,
        harmed=rollout.harmed,
    )


def judged(rollout: Rollout) -> tuple[RolloutJudged, ...]:
    """The live gate as it stands; nothing before anything was judged."""
    if rollout.judgement is None:
        return ()
    return (
        RolloutJudged(
            rollout=rollout.id,
            judgement=rollout.judgement,
            exposed=rollout.exposed,
            harmed=rollout.harmed,
        ),
    )


def share_of(rollout: Rollout) -> float:
    """The candidate's share of new conversations, as the rollout wants it now."""
    if rollout.generation == 0 or rollout.state in STABLE_AGAIN:
        return 0.0
    return rollout.phases[rollout.position].share


def not_refuted(rollout: Rollout) -> str:
    """Why a phase was passed."""
    phase = rollout.phases[rollout.position]
    seen = rollout.units - rollout.units_before
    baked = f"{phase.name} baked {phase.exit.bake:g} s over {seen} turns"
    return f"{baked}: {_sentences(rollout.judgement)}" if rollout.judgement else baked


def promotion(rollout: Rollout) -> str:
    """The people first, then the numbers."""
    return "; ".join((*filter(None, map(_said, rollout.decisions)), _numbers(rollout)))


def _said(decision: Decision) -> str:
    why = by_whom(decision.by, decision.reason)
    if decision.verb == "approve":
        return f"`{decision.phase}` approved{why}"
    if decision.verb == "override":
        return f"in spite of this{why}: {decision.although}"
    if decision.verb == "promote":
        return f"promoted{why}" + (f", although {decision.although}" if decision.although else "")
    return ""


def _numbers(rollout: Rollout) -> str:
    if rollout.revives:
        return "direct: healthy; the release that served here before it was taken down"
    if not rollout.stable:
        return "direct: healthy; the first release, so nothing to compare with"
    if rollout.trial is not None:
        return f"{rollout.spec.name}: {rollout.trial.sentence}"
    if rollout.judgement is None:
        return f"{rollout.spec.name}: healthy"
    return f"{rollout.spec.name}: {_sentences(rollout.judgement)}"


def _sentences(judgement: Judgement) -> str:
    """What the rules came to, as one: a rule's own sentence begins large and ends with a full stop."""
    said = [rule.sentence for rule in judgement.rules] or [judgement.sentence]
    return "; ".join(one[:1].lower() + one[1:].rstrip(".") for one in said)
