"""The engine: what a rollout does next, given what was seen. It decides; the controller acts.

    PENDING -> PREPARING -> SHIFTING -> BAKING -> SHIFTING -> ... -> PROMOTING -> WATCHING -> PROMOTED
                   |            |          |                            |            |
                   +------------+----------+------- RESTORING ----------+------------+
                                                       |
                        ROLLED_BACK | FAILED | SUPERSEDED | CONCLUDED | NEEDS_HUMAN

PAUSED and WAITING_APPROVAL stand beside PREPARING, SHIFTING and BAKING, and a question to a person may stand
before the first phase: traffic stays as it is and is judged as before. Every state has a deadline, so every
rollout ends. It never goes on without evidence: a guard that was not judged, a log that cannot be read or too
few units hold a phase until its timeout, and no timeout promotes or approves. The statistics are folded in
before anything is decided and are never reset.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from esclusa.core.events import (
    Event,
    OperationIntended,
    RolloutCreated,
    RolloutSteered,
    TrialReported,
)
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement, Mode, Verdict
from esclusa.core.project import Approval, StrategySpec
from esclusa.core.rollout import Awaited, Decision, Operation, Phase, Rollout, RolloutState, Wish
from esclusa.core.strategy import Strategy
from esclusa.core.trial import Finding, Trial
from esclusa.core.value import EMPTY, Value, replace
from esclusa.deploy.approval import approval_of, by_whom, points, question, refusal, unapproved
from esclusa.deploy.telling import judged, not_refuted, promotion, told
from esclusa.deploy.way import planned, way_back

RESTORE_PATIENCE = 600.0
"""Seconds in which a rollback must be confirmed before a person is called."""

S = RolloutState
UNDER_WAY = frozenset({S.PREPARING, S.SHIFTING, S.BAKING, S.PAUSED, S.WAITING_APPROVAL})
"""Candidate and stable stand side by side."""
ENOUGH = frozenset({Verdict.PASS, Verdict.NOT_REFUTED, Verdict.NOT_APPLICABLE})
TAKEN_BACK = {"abort": ("aborted", S.ROLLED_BACK), "supersede": ("superseded", S.SUPERSEDED)}
"""What a wish to end a rollout is called when it was granted, and what it ends in."""
PROVEN = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})


class Account(Value, frozen=True, kw_only=True):
    """What the live analysis came to so far: its whole state, and the numbers that people see."""

    analysis: Mapping[str, Any] = EMPTY
    offset: Mapping[str, int] = EMPTY
    judged: float = 0.0
    shifts: tuple[float, ...] = ()
    restarts: tuple[tuple[float, float, float], ...] = ()
    judgement: Judgement | None = None
    units: int = 0
    exposed: int = 0
    harmed: int = 0
    mirrored: int = 0
    mirrored_failed: int = 0


class Seen(Value, frozen=True, kw_only=True):
    """Everything a decision depends on."""

    now: datetime
    highest: int = 0
    """The highest generation ever intended for the environment."""
    operation: Literal["none", "running", "done", "failed"] = "none"
    """The rollout's newest operation. `failed`: trying again would not help."""
    trouble: str = ""
    """Why the operation failed, or why it has to be tried again."""
    account: Account | None = None
    """None while nothing can be judged: the statistics stay as they are."""
    blind: str = ""
    """Why the evidence cannot be read now; empty when it can."""
    preflight: str | None = None
    """What the preflight suite came to: empty when all was answered, None while it has not been."""
    wishes: tuple[Wish, ...] = ()
    """What people asked that was not carried out yet, oldest first."""
    trial: Trial | None = None
    """What was found, in a phase that is there to find something out, once it is over."""


class Move(Value, frozen=True, kw_only=True):
    """The rollout as it is now, and what follows: an operation to intend and perform, events to write."""

    rollout: Rollout
    operation: Operation | None = None
    events: tuple[Event, ...] = ()


def set_out(
    *,
    rollout: str,
    project: str,
    run: str,
    spec: StrategySpec,
    strategy: Strategy,
    old: Fleet | None,
    new: Fleet,
    now: datetime,
    approval: Approval | None = None,
    ordered: Decision | None = None,
) -> Rollout:
    """A new rollout of the release that `new` serves, as the strategy plans it. ConfigurationError."""
    empty = Fleet(environment=new.environment, port=new.port, drain=new.drain)
    phases = planned(strategy, old, new, spec)
    return Rollout(
        id=rollout,
        project=project,
        environment=new.environment,
        candidate=new.workloads[0].release,
        stable=old.workloads[0].release if old else "",
        run=run,
        spec=spec,
        phases=phases,
        restore=old or empty,
        started=now,
        since=now,
        approval=approval,
        asks=points(approval, phases),
        ordered=ordered,
    )


def created(rollout: Rollout) -> RolloutCreated:
    """The event that says a rollout set out."""
    return RolloutCreated(
        rollout=rollout.id,
        run=rollout.run,
        environment=rollout.environment,
        candidate=rollout.candidate,
        stable=rollout.stable,
        strategy=rollout.spec.name,
        steps=tuple(phase.share for phase in rollout.phases if phase.exit.judged),
        smoke=rollout.smoke,
        undoes=rollout.undoes,
        ordered=rollout.ordered,
    )


def decide(rollout: Rollout, seen: Seen) -> Move:
    """The next move. Harm first, then what people ask, then the way on."""
    if rollout.final:
        return Move(rollout=rollout)
    known = _accounted(rollout, seen)
    harm = _harm(known)
    if harm:
        when = "in the watch after promotion: " if known.state is S.WATCHING else ""
        return _restore(known, seen, f"{when}{harm}")
    if seen.operation == "failed" and known.state is not S.RESTORING:
        return _restore(known, seen, seen.trouble, ending=_ending_of_failure(known))
    if seen.wishes:
        return _grant(known, seen, seen.wishes[0])
    return _go_on(known, seen)


def obstacle(rollout: Rollout, blind: str = "") -> str:
    """Why the evidence does not allow this phase on; empty when it does. Time and samples are not asked."""
    if owes_preflight(rollout) and rollout.state is not S.PENDING:
        return "the preflight suite has not been answered"
    if not rollout.phases[rollout.position].exit.judged:
        return ""
    if blind:
        return f"the evidence cannot be read: {blind}"
    judged = {rule.rule: rule for rule in rollout.judgement.rules} if rollout.judgement else {}
    wanted = {rule.text: (rule.mode, ENOUGH) for rule in rollout.spec.guard}
    wanted |= {rule.text: (rule.mode, PROVEN) for rule in rollout.spec.prove}
    for text, (mode, enough) in wanted.items():
        if mode is Mode.WARN:
            continue
        if text not in judged:
            return f"`{text}` has not been judged"
        if judged[text].verdict is Verdict.MISSING:
            return judged[text].sentence.rstrip(".")
        if judged[text].verdict not in enough:
            return f"`{text}` is {'not proven' if enough is PROVEN else judged[text].verdict.value}"
    return ""


def owes_preflight(rollout: Rollout) -> bool:
    """Whether the candidate must still answer a suite before it gets traffic."""
    return rollout.hearing is not None and bool(rollout.hearing.preflight) and not rollout.flown


# What was seen, taken in.


def _accounted(rollout: Rollout, seen: Seen) -> Rollout:
    if seen.account is None:
        return rollout
    return replace(
        rollout,
        analysis=seen.account.analysis,
        offset=seen.account.offset,
        judged=seen.account.judged,
        shifts=seen.account.shifts,
        restarts=seen.account.restarts,
        judgement=seen.account.judgement,
        units=seen.account.units,
        exposed=seen.account.exposed,
        harmed=seen.account.harmed,
        mirrored=seen.account.mirrored,
        mirrored_failed=seen.account.mirrored_failed,
    )


def _harm(rollout: Rollout) -> str:
    if rollout.state in (S.PENDING, S.RESTORING) or rollout.generation == 0:
        return ""
    for rule in rollout.judgement.rules if rollout.judgement else ():
        if rule.verdict is Verdict.FAIL and rule.mode is Mode.BLOCK:
            return rule.sentence
    limit = rollout.spec.max_harmed
    bounded = rollout.state is not S.WATCHING and rollout.phases[rollout.position].exit.bounded
    if limit is not None and rollout.harmed >= limit and bounded:
        return (
            f"{rollout.harmed} of {rollout.exposed} requests to the candidate failed: max_harmed is {limit}, "
            "whatever the evidence says"
        )
    return ""


# What people ask.


def _grant(rollout: Rollout, seen: Seen, wish: Wish) -> Move:
    asked = replace(rollout, wishes=rollout.wishes + 1)
    why = by_whom(wish.by, wish.reason)
    if wish.verb in ("approve", "reject"):
        return _answered(asked, seen, wish, why)
    although = obstacle(asked, seen.blind) if wish.verb == "promote" and asked.state in UNDER_WAY else ""
    decision = Decision(verb=wish.verb, by=wish.by, reason=wish.reason, although=although)
    move = _carry_out(replace(asked, decisions=(*asked.decisions, decision)), seen, wish, why, although)
    return _say(asked, _in_vain(asked, wish, why)) if move is None else _decided(move, decision)


def _in_vain(rollout: Rollout, wish: Wish, why: str) -> str:
    return f"`{wish.verb}`{why} changes nothing: the rollout is {rollout.state.value.replace('_', ' ')}"


def _carry_out(granted: Rollout, seen: Seen, wish: Wish, why: str, although: str) -> Move | None:
    """None when it changes nothing."""
    if wish.verb in ("promote", "supersede") and granted.state is S.WATCHING:
        return _moved(granted, seen, S.PROMOTED, f"the watch was ended{why}")
    if wish.verb in TAKEN_BACK and granted.state is not S.RESTORING:
        done, ending = TAKEN_BACK[wish.verb]
        return _take_back(granted, seen, f"{done}{why}", ending)
    if wish.verb == "promote" and granted.state in (S.PENDING, *UNDER_WAY):
        reason = f"promoted{why}" + (f", although {although}" if although else "")
        return _enter(granted, seen, len(granted.phases) - 1, reason, forced=True)
    if wish.verb == "pause" and granted.state in (S.PENDING, *UNDER_WAY) and granted.state is not S.PAUSED:
        return _moved(granted, seen, S.PAUSED, f"paused{why}")
    if wish.verb == "resume" and granted.state is S.PAUSED:
        return _resume(granted, seen, f"resumed{why}")
    return None


def _answered(rollout: Rollout, seen: Seen, wish: Wish, why: str) -> Move:
    in_vain = refusal(rollout, wish)
    if in_vain or rollout.awaits is None:
        return _say(rollout, f"`{wish.verb}`{why} changes nothing: {in_vain}")
    phase = rollout.phases[rollout.awaits.position].name
    decision = Decision(
        verb=wish.verb, by=wish.by, reason=wish.reason, position=rollout.awaits.position, phase=phase
    )
    known = replace(rollout, decisions=(*rollout.decisions, decision))
    if wish.verb == "approve":
        return _decided(Move(rollout=known), decision)
    return _decided(_take_back(known, seen, f"`{phase}` was rejected{why}"), decision)


def _decided(move: Move, decision: Decision) -> Move:
    return replace(move, events=(RolloutSteered(rollout=move.rollout.id, decision=decision), *move.events))


def _resume(rollout: Rollout, seen: Seen, reason: str) -> Move:
    if rollout.trial is not None:
        return _conclude(rollout, seen, f"{reason}: {rollout.trial.sentence}")
    if seen.operation == "none":
        return _moved(rollout, seen, S.PENDING, reason)
    if rollout.phases[rollout.position].exit.judged and seen.operation == "done":
        return _moved(rollout, seen, S.BAKING, reason)
    return _moved(rollout, seen, _applying(rollout, rollout.position), reason)


# The way on.


def _go_on(rollout: Rollout, seen: Seen) -> Move:
    match rollout.state:
        case S.PENDING:
            return _enter(rollout, seen, 0, "")
        case S.PREPARING | S.SHIFTING | S.PROMOTING:
            return _converge(rollout, seen)
        case S.BAKING:
            return _bake(rollout, seen)
        case S.PAUSED:
            return _wait(rollout, seen)
        case S.WAITING_APPROVAL:
            return _await(rollout, seen)
        case S.WATCHING:
            return _watch(rollout, seen)
        case _:
            return _confirm(rollout, seen)


def _converge(rollout: Rollout, seen: Seen) -> Move:
    phase = rollout.phases[rollout.position]
    if seen.operation != "done":
        if _waited(rollout, seen, phase.exit.timeout):
            late = f"`{phase.name}` was not in force after {phase.exit.timeout:g} s"
            return _restore(
                rollout,
                seen,
                f"{late}: {seen.trouble}" if seen.trouble else late,
                ending=_ending_of_failure(rollout),
            )
        return _hold(rollout, f"holding: {seen.trouble}" if seen.trouble else "")
    if rollout.state is S.SHIFTING:
        return _moved(rollout, seen, S.BAKING, f"{phase.name} in force")
    if rollout.state is S.PREPARING and owes_preflight(rollout) and phase.share == 0:
        return _fly(rollout, seen, phase)
    if rollout.state is S.PREPARING:
        there = {workload.release for workload in phase.fleet.workloads}
        healthy = "the candidate is healthy" if rollout.candidate in there else f"{phase.name} in force"
        return _enter(rollout, seen, rollout.position + 1, healthy)
    if rollout.spec.watch > 0:
        return _moved(rollout, seen, S.WATCHING, f"promoted; watched for {rollout.spec.watch:g} s")
    return _moved(rollout, seen, S.PROMOTED, promotion(rollout))


def _fly(rollout: Rollout, seen: Seen, phase: Phase) -> Move:
    if seen.preflight:
        return _restore(rollout, seen, seen.preflight)
    if seen.preflight is None:
        if _waited(rollout, seen, phase.exit.timeout):
            return _restore(rollout, seen, f"the preflight suite took longer than {phase.exit.timeout:g} s")
        return _hold(rollout, "asking the preflight suite")
    flown = replace(rollout, flown=True)
    return _enter(flown, seen, rollout.position + 1, "the preflight suite was answered")


def _bake(rollout: Rollout, seen: Seen) -> Move:
    phase = rollout.phases[rollout.position]
    short = _short(rollout, phase)
    missing = obstacle(rollout, seen.blind) or _uncounted(phase, seen)
    baked = _waited(rollout, seen, phase.exit.bake)
    if baked and not missing and not short:
        return _pass(rollout, seen)
    if _waited(rollout, seen, phase.exit.timeout):
        late = f"{phase.name} was not allowed on within {phase.exit.timeout:g} s: {missing or short}"
        if rollout.spec.on_timeout == "pause":
            return _moved(rollout, seen, S.PAUSED, late)
        return _restore(rollout, seen, late)
    waits = seen.blind or (baked and (missing or short))
    return _hold(rollout, f"holding: {missing or short}" if waits else "")


def _pass(rollout: Rollout, seen: Seen) -> Move:
    """The phase has passed: the next one, or what was found."""
    trial = seen.trial
    if trial is None or not rollout.phases[rollout.position].exit.concludes:
        return _enter(rollout, seen, rollout.position + 1, not_refuted(rollout))
    found, winner = replace(rollout, trial=trial), rollout.spec.winner
    if winner == "promote" and trial.finding is Finding.BETTER:
        move = _enter(found, seen, rollout.position + 1, trial.sentence)
    elif winner == "ask" and trial.finding is not Finding.WORSE:
        move = _moved(found, seen, S.PAUSED, f"{trial.sentence} Promote it, or resume to keep stable")
    else:
        move = _conclude(found, seen, trial.sentence)
    return replace(move, events=(TrialReported(rollout=rollout.id, trial=trial), *move.events))


def _conclude(rollout: Rollout, seen: Seen, reason: str) -> Move:
    return _restore(rollout, seen, reason, ending=S.CONCLUDED)


def _uncounted(phase: Phase, seen: Seen) -> str:
    return "what was found is not counted yet" if phase.exit.concludes and seen.trial is None else ""


def _short(rollout: Rollout, phase: Phase) -> str:
    if rollout.units - rollout.units_before >= phase.exit.min_samples:
        return ""
    return f"fewer than {phase.exit.min_samples} turns were judged at {phase.name}"


def _wait(rollout: Rollout, seen: Seen) -> Move:
    if _waited(rollout, seen, rollout.spec.timeout):
        if rollout.trial is not None:
            return _conclude(rollout, seen, f"nobody promoted it: {rollout.trial.sentence}")
        return _restore(
            rollout, seen, f"nobody resumed it within {rollout.spec.timeout:g} s: {rollout.reason}"
        )
    return Move(rollout=rollout)


def _await(rollout: Rollout, seen: Seen) -> Move:
    """Go on once a person has said yes and the evidence still allows it; never by the clock."""
    assert rollout.awaits is not None
    position = rollout.awaits.position
    phase = rollout.phases[position].name
    approved = approval_of(rollout, position)
    said = f"`{phase}` was approved{by_whom(approved.by, approved.reason)}" if approved else ""
    missing = "" if rollout.awaits.forced else obstacle(rollout, seen.blind)
    if approved and not missing:
        return _enter(rollout, seen, position, said)
    patience = rollout.approval.deadline if rollout.approval else 0.0
    if _waited(rollout, seen, patience):
        nobody = f"`{phase}` was not approved within {patience:g} s"
        late = f"{said}, and not allowed on within {patience:g} s: {missing}" if approved else nobody
        if rollout.approval and rollout.approval.on_timeout == "pause":
            return _moved(rollout, seen, S.PAUSED, late)
        return _take_back(rollout, seen, late)
    return _hold(rollout, f"holding: {said}, but {missing}") if approved else Move(rollout=rollout)


def _watch(rollout: Rollout, seen: Seen) -> Move:
    if _waited(rollout, seen, rollout.spec.watch):
        unseen = f"; at the end the evidence could not be read: {seen.blind}" if seen.blind else ""
        return _moved(rollout, seen, S.PROMOTED, promotion(rollout) + unseen)
    return Move(rollout=rollout)


def _confirm(rollout: Rollout, seen: Seen) -> Move:
    if seen.operation == "done" and rollout.back:
        next_one, *rest = rollout.back
        return _operate(replace(rollout, back=tuple(rest)), seen, S.RESTORING, next_one, rollout.reason)
    if seen.operation == "done":
        return _moved(rollout, seen, rollout.ending or S.ROLLED_BACK, rollout.reason)
    if seen.operation == "failed":
        return _moved(rollout, seen, S.NEEDS_HUMAN, _stuck(rollout, seen.trouble))
    if _waited(rollout, seen, RESTORE_PATIENCE):
        unconfirmed = f"the rollback could not be confirmed within {RESTORE_PATIENCE:g} s"
        cause = f": {seen.trouble}" if seen.trouble else ""
        return _moved(rollout, seen, S.NEEDS_HUMAN, f"{rollout.reason}; {unconfirmed}{cause}")
    return Move(rollout=rollout)


def _stuck(rollout: Rollout, trouble: str) -> str:
    back = f"{rollout.stable[:12]} cannot be brought back" if rollout.stable else "it cannot be taken away"
    return f"{back}: {trouble}" if trouble == rollout.reason else f"{rollout.reason}; {back}: {trouble}"


def _waited(rollout: Rollout, seen: Seen, seconds: float) -> bool:
    return (seen.now - rollout.since).total_seconds() >= seconds


# Moves.


def _enter(rollout: Rollout, seen: Seen, position: int, reason: str, *, forced: bool = False) -> Move:
    if unapproved(rollout, position):
        asking = replace(rollout, awaits=Awaited(position=position, forced=forced))
        asked = question(rollout, position, seen.now)
        return _moved(asking, seen, S.WAITING_APPROVAL, f"{reason}; {asked}" if reason else asked)
    there = replace(rollout, position=position, units_before=rollout.units)
    return _operate(there, seen, _applying(there, position), rollout.phases[position].fleet, reason)


def _applying(rollout: Rollout, position: int) -> RolloutState:
    if position == len(rollout.phases) - 1:
        return S.PROMOTING
    phase = rollout.phases[position]
    return S.SHIFTING if phase.share > 0 or phase.exit.judged else S.PREPARING


def _take_back(rollout: Rollout, seen: Seen, reason: str, ending: RolloutState = S.ROLLED_BACK) -> Move:
    if rollout.generation == 0:
        return _moved(rollout, seen, ending, f"{reason}, before anything was done")
    return _restore(rollout, seen, reason, ending=ending)


def _restore(rollout: Rollout, seen: Seen, reason: str, *, ending: RolloutState = S.ROLLED_BACK) -> Move:
    first, *rest = way_back(rollout)
    return _operate(replace(rollout, ending=ending, back=tuple(rest)), seen, S.RESTORING, first, reason)


def _ending_of_failure(rollout: Rollout) -> RolloutState:
    """A candidate that never had traffic failed; one that had is rolled back."""
    served = rollout.exposed > 0 or any(phase.share > 0 for phase in rollout.phases[: rollout.position])
    return S.ROLLED_BACK if served else S.FAILED


def _operate(rollout: Rollout, seen: Seen, state: RolloutState, fleet: Fleet, reason: str) -> Move:
    generation = max(seen.highest, rollout.generation) + 1
    move = _moved(replace(rollout, generation=generation), seen, state, reason)
    intended = OperationIntended(
        rollout=rollout.id,
        generation=generation,
        epoch=rollout.epoch,
        weights=dict(fleet.route.weights) if fleet.route else EMPTY,
    )
    operation = Operation(
        rollout=rollout.id,
        generation=generation,
        epoch=rollout.epoch,
        fleet=fleet,
        healthy=EMPTY if state is S.RESTORING else _enough(rollout, fleet),
    )
    return replace(move, operation=operation, events=(*move.events, intended))


def _enough(rollout: Rollout, fleet: Fleet) -> Mapping[str, int]:
    """How many healthy replicas the candidate must have in a phase; stable's health is not its fault."""
    return {
        one.release: max(one.replicas - rollout.spec.max_unavailable, 1)
        for one in fleet.workloads
        if one.release == rollout.candidate and one.replicas
    }


def _moved(rollout: Rollout, seen: Seen, state: RolloutState, reason: str) -> Move:
    awaits = rollout.awaits if state is S.WAITING_APPROVAL else None
    there = replace(rollout, state=state, since=seen.now, reason=reason, awaits=awaits)
    return Move(rollout=there, events=(told(there, reason), *judged(there)))


def _hold(rollout: Rollout, reason: str) -> Move:
    """Stay, saying why once; and say once that the way is free again."""
    if reason == rollout.reason or (not reason and not rollout.reason.startswith("holding: ")):
        return Move(rollout=rollout)
    return Move(rollout=replace(rollout, reason=reason), events=(told(rollout, reason or "no longer held"),))


def _say(rollout: Rollout, reason: str) -> Move:
    return Move(rollout=rollout, events=(told(rollout, reason),))
