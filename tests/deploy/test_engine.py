"""The engine decides: each scenario is a rollout, what was seen, and the whole move that follows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from esclusa.core.events import (
    OperationIntended,
    RolloutCreated,
    RolloutJudged,
    RolloutMoved,
    RolloutSteered,
    TrialReported,
)
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.project import Approval
from esclusa.core.rollout import FINAL, Awaited, Decision, Operation, Rollout, RolloutState, Wish
from esclusa.core.trial import Finding, Trial
from esclusa.core.value import decode, encode, replace
from esclusa.deploy.engine import (
    RESTORE_PATIENCE,
    Account,
    Move,
    Seen,
    created,
    decide,
    obstacle,
    set_out,
)
from esclusa.deploy.strategies.ab import ab
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.rolling import rolling
from esclusa.deploy.strategies.shadow import shadow
from esclusa.deploy.telling import share_of
from tests.deploy.fleets import GUARD, LIMIT, serving, shape

S = RolloutState
START = datetime(2026, 1, 1, tzinfo=UTC)
OLD, NEW = serving("old"), serving("new")
HARM = "error_rate 31.0 % (18 of 58) against 0.4 % (1 of 242) of stable: evidence 24.1 of the 20 needed"


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def setting_out(old: Fleet | None = OLD, **changes: object) -> Rollout:
    return set_out(
        rollout="r1",
        project="support",
        run="run1",
        spec=shape(**changes),
        strategy=canary,
        old=old,
        new=NEW,
        now=START,
    )


def at(state: RolloutState, position: int = 1, **changes: object) -> Rollout:
    """A rollout that stands somewhere, since START, with generation 3 in force."""
    known = replace(setting_out(), state=state, position=position, generation=3, epoch=7)
    return replace(known, **changes)


def verdict(it: Verdict, *, text: str = GUARD.text, mode: Mode = Mode.BLOCK, sentence: str = "") -> Judgement:
    judged = RuleJudgement(
        rule=text,
        metric="error_rate",
        verdict=it,
        mode=mode,
        sentence=sentence or f"error_rate is {it.value}",
    )
    return Judgement(gate="canary", mode=Mode.BLOCK, verdict=it, rules=(judged,), sentence=judged.sentence)


def account(
    it: Verdict = Verdict.NOT_REFUTED, *, units: int = 60, harmed: int = 0, **more: object
) -> Account:
    changes = {"judgement": verdict(it), "units": units, "exposed": units + 5, "harmed": harmed, **more}
    return Account(**changes)  # type: ignore[arg-type]


def seen(seconds: float, **more: object) -> Seen:
    return Seen(**{"now": later(seconds), "highest": 3, "operation": "done", **more})  # type: ignore[arg-type]


def test_a_rollout_is_created_with_its_phases_and_the_way_back() -> None:
    known = setting_out()
    assert known == Rollout(
        id="r1",
        project="support",
        environment="production",
        candidate="new",
        stable="old",
        run="run1",
        spec=shape(),
        phases=canary(OLD, NEW, shape()),
        restore=OLD,
        started=START,
        since=START,
    )
    assert created(known) == RolloutCreated(
        rollout="r1",
        run="run1",
        environment="production",
        candidate="new",
        stable="old",
        strategy="canary",
        steps=(0.05, 0.25, 0.95),
    )


def test_a_first_release_goes_back_to_nothing() -> None:
    known = setting_out(old=None)
    assert known.restore == Fleet(environment="production", port=20080)
    assert known.stable == ""


def test_the_first_move_prepares_the_candidate_at_weight_zero() -> None:
    known = replace(setting_out(), epoch=7)
    move = decide(known, seen(1, operation="none", highest=41))
    fleet = known.phases[0].fleet
    assert move == Move(
        rollout=replace(known, state=S.PREPARING, since=later(1), generation=42),
        operation=Operation(rollout="r1", generation=42, epoch=7, fleet=fleet, healthy={"new": 2}),
        events=(
            RolloutMoved(rollout="r1", state=S.PREPARING, position=0, share=0.0),
            OperationIntended(rollout="r1", generation=42, epoch=7, weights={"new": 0.0, "old": 1.0}),
        ),
    )


def test_a_healthy_candidate_gets_its_first_share_then_bakes() -> None:
    shifting = decide(at(S.PREPARING, 0), seen(5)).rollout
    assert (shifting.state, shifting.position, shifting.generation) == (S.SHIFTING, 1, 4)
    baking = decide(shifting, seen(6))
    assert (baking.rollout.state, baking.rollout.since, baking.operation) == (S.BAKING, later(6), None)


def test_a_phase_passes_after_its_bake_and_samples_without_a_violation() -> None:
    move = decide(at(S.BAKING), seen(60, account=account(units=50)))
    assert (move.rollout.state, move.rollout.position, move.rollout.units_before) == (S.SHIFTING, 2, 50)
    assert move.operation is not None
    assert move.operation.fleet == move.rollout.phases[2].fleet
    assert move.rollout.reason == "5 % baked 60 s over 50 turns: error_rate is not refuted"
    assert [type(event) for event in move.events] == [RolloutMoved, RolloutJudged, OperationIntended]


@pytest.mark.parametrize(
    ("when", "what", "reason"),
    [
        (59.9, {"account": account()}, ""),
        (30, {"account": account(Verdict.MISSING)}, ""),
        (60, {"account": account(units=49)}, "holding: fewer than 50 turns were judged at 5 %"),
        (60, {"account": account(Verdict.MISSING)}, "holding: error_rate is missing"),
        (60, {"account": account(Verdict.UNDECIDED)}, f"holding: `{GUARD.text}` is undecided"),
        (60, {"account": account(judgement=None)}, f"holding: `{GUARD.text}` has not been judged"),
        (60, {"account": account(judgement=verdict(Verdict.PASS, text="other"))}, "holding: `error_rate <= "),
        (60, {}, "holding: `error_rate <= baseline + 0.5%` has not been judged"),
        (1, {"blind": "no such file"}, "holding: the evidence cannot be read: no such file"),
        (60, {"account": account(), "blind": "gone"}, "holding: the evidence cannot be read: gone"),
    ],
)
def test_a_phase_holds_and_says_why(when: float, what: dict[str, object], reason: str) -> None:
    known = at(S.BAKING)
    move = decide(known, seen(when, **what))
    assert (move.rollout.state, move.rollout.position, move.operation) == (S.BAKING, 1, None)
    assert move.rollout.reason.startswith(reason)
    assert bool(move.rollout.reason) == bool(reason)
    again = decide(move.rollout, seen(when, **what))
    assert (again.rollout, again.events) == (move.rollout, ())


def test_a_phase_that_is_no_longer_held_says_so() -> None:
    held = decide(at(S.BAKING), seen(1, blind="gone")).rollout
    move = decide(held, seen(2, account=account(units=3)))
    assert move.rollout.reason == ""
    assert [event.reason for event in move.events if isinstance(event, RolloutMoved)] == ["no longer held"]


def test_samples_count_from_the_beginning_of_the_phase() -> None:
    known = at(S.BAKING, units=60, units_before=60)
    assert decide(known, seen(60, account=account(units=109))).rollout.state is S.BAKING
    assert decide(known, seen(60, account=account(units=110))).rollout.state is S.SHIFTING


@pytest.mark.parametrize(
    ("state", "position"), [(S.SHIFTING, 1), (S.BAKING, 2), (S.PAUSED, 1), (S.PROMOTING, 4), (S.WATCHING, 4)]
)
def test_a_violation_restores_stable_wherever_the_candidate_serves(
    state: RolloutState, position: int
) -> None:
    known = at(state, position)
    bad = account(judgement=verdict(Verdict.FAIL, sentence=HARM), harmed=18)
    reason = f"in the watch after promotion: {HARM}" if state is S.WATCHING else HARM
    move = decide(known, seen(9, operation="running", account=bad, wishes=(Wish(verb="promote"),)))
    assert move.operation == Operation(rollout="r1", generation=4, epoch=7, fleet=OLD)
    assert (move.rollout.state, move.rollout.reason, move.rollout.ending) == (
        S.RESTORING,
        reason,
        S.ROLLED_BACK,
    )
    assert move.events[0] == RolloutMoved(
        rollout="r1",
        state=S.RESTORING,
        position=position,
        share=0.0,
        reason=reason,
        exposed=65,
        harmed=18,
    )


def test_a_warning_rule_never_restores() -> None:
    spec = shape(guard=(replace(GUARD, mode=Mode.WARN),))
    warned = account(judgement=verdict(Verdict.FAIL, mode=Mode.WARN))
    assert decide(replace(at(S.BAKING), spec=spec), seen(60, account=warned)).rollout.state is S.SHIFTING


def test_max_harmed_stops_it_whatever_the_test_says() -> None:
    known = at(S.BAKING)
    assert decide(known, seen(9, account=account(harmed=19))).rollout.state is S.BAKING
    move = decide(known, seen(9, account=account(harmed=20)))
    assert move.rollout.state is S.RESTORING
    assert move.rollout.reason == (
        "20 of 65 requests to the candidate failed: max_harmed is 20, whatever the evidence says"
    )


def test_max_harmed_does_not_bound_the_watch_after_promotion() -> None:
    assert decide(at(S.WATCHING, 4, spec=shape(watch=60.0)), seen(9, account=account(harmed=20))) == Move(
        rollout=replace(
            at(S.WATCHING, 4, spec=shape(watch=60.0)),
            judgement=verdict(Verdict.NOT_REFUTED),
            units=60,
            exposed=65,
            harmed=20,
        )
    )


def test_a_confirmed_restoration_ends_it_with_the_first_reason() -> None:
    known = at(S.RESTORING, reason=HARM, ending=S.ROLLED_BACK)
    assert decide(known, seen(9, operation="running")) == Move(rollout=known)
    assert decide(known, seen(9)).rollout == replace(known, state=S.ROLLED_BACK, since=later(9))


def test_a_restoration_that_cannot_be_confirmed_calls_a_person() -> None:
    known = at(S.RESTORING, reason=HARM, ending=S.ROLLED_BACK)
    move = decide(known, seen(RESTORE_PATIENCE, operation="running", trouble="old exits with 1"))
    assert move.rollout.state is S.NEEDS_HUMAN
    assert move.rollout.reason == (
        f"{HARM}; the rollback could not be confirmed within 600 s: old exits with 1"
    )


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (at(S.RESTORING, reason=HARM), f"{HARM}; old cannot be brought back: the port is taken: free it"),
        (
            at(S.RESTORING, reason="the port is taken: free it"),
            "old cannot be brought back: the port is taken: free it",
        ),
        (
            at(S.RESTORING, reason="aborted", stable=""),
            "aborted; it cannot be taken away: the port is taken: free it",
        ),
    ],
)
def test_a_restoration_that_no_try_can_bring_about_calls_a_person_at_once(
    known: Rollout, reason: str
) -> None:
    move = decide(known, seen(1, operation="failed", trouble="the port is taken: free it"))
    assert (move.rollout.state, move.rollout.reason) == (S.NEEDS_HUMAN, reason)
    assert move.operation is None


@pytest.mark.parametrize(
    ("state", "position", "ending"),
    [
        (S.PREPARING, 0, S.FAILED),
        (S.PAUSED, 0, S.FAILED),
        (S.SHIFTING, 1, S.FAILED),
        (S.SHIFTING, 2, S.ROLLED_BACK),
    ],
)
def test_a_candidate_that_never_becomes_healthy_is_taken_away(
    state: RolloutState, position: int, ending: RolloutState
) -> None:
    move = decide(at(state, position), seen(9, operation="failed", trouble="replica 1 of new exits with 3"))
    assert move.operation is not None
    assert move.operation.fleet == OLD
    assert (move.rollout.reason, move.rollout.ending) == ("replica 1 of new exits with 3", ending)


def test_a_target_out_of_reach_is_waited_for_until_the_timeout() -> None:
    known = at(S.SHIFTING, 2)
    held = decide(known, seen(9, operation="running", trouble="Envoy does not answer"))
    assert held.rollout.reason == "holding: Envoy does not answer"
    move = decide(held.rollout, seen(600, operation="running", trouble="Envoy does not answer"))
    assert (move.rollout.state, move.rollout.ending) == (S.RESTORING, S.ROLLED_BACK)
    assert move.rollout.reason == "`25 %` was not in force after 600 s: Envoy does not answer"


def test_a_phase_that_was_not_allowed_on_is_rolled_back_or_paused() -> None:
    short = account(units=3)
    late = "5 % was not allowed on within 600 s: fewer than 50 turns were judged at 5 %"
    move = decide(at(S.BAKING), seen(600, account=short))
    assert (move.rollout.state, move.rollout.reason) == (S.RESTORING, late)
    paused = decide(at(S.BAKING, spec=shape(on_timeout="pause")), seen(600, account=short)).rollout
    assert (paused.state, paused.reason) == (S.PAUSED, late)
    given_up = decide(paused, seen(1200)).rollout
    assert (given_up.state, given_up.reason) == (S.RESTORING, f"nobody resumed it within 600 s: {late}")


AB = shape(uses="ab", steps=(), split=0.5, hold=600.0)
SHADOW = shape(uses="shadow", steps=(), max_harmed=None, mirror=0.1, side_effects="none")


def shadowing(state: RolloutState, position: int = 1) -> Rollout:
    begun = set_out(
        rollout="r1", project="p", run="", spec=SHADOW, strategy=shadow, old=OLD, new=NEW, now=START
    )
    return replace(begun, state=state, position=position, generation=3)


def test_a_phase_without_traffic_of_its_own_is_judged_all_the_same() -> None:
    shifting = decide(shadowing(S.PREPARING, 0), seen(5)).rollout
    assert (shifting.state, shifting.position, share_of(shifting)) == (S.SHIFTING, 1, 0.0)
    assert decide(shifting, seen(6)).rollout.state is S.BAKING


def trial(finding: Finding) -> Trial:
    return Trial(
        control="A",
        variants=(),
        differences=(),
        finding=finding,
        confidence=0.95,
        seconds=600.0,
        sentence=f"{finding.value}: B against A.",
    )


def test_what_was_there_to_find_out_concludes_with_stable_alone() -> None:
    evidence = account(mirrored=70, mirrored_failed=3)
    assert decide(shadowing(S.BAKING), seen(89, account=evidence)).rollout.state is S.BAKING
    waiting = decide(shadowing(S.BAKING), seen(90, account=evidence)).rollout
    assert (waiting.state, waiting.reason) == (S.BAKING, "holding: what was found is not counted yet")
    move = decide(waiting, seen(91, account=evidence, trial=trial(Finding.NOTHING)))
    assert move.operation is not None
    assert (move.operation.fleet, move.rollout.state, move.rollout.ending) == (OLD, S.RESTORING, S.CONCLUDED)
    assert move.events[0] == TrialReported(rollout="r1", trial=trial(Finding.NOTHING))
    over = decide(move.rollout, seen(92)).rollout
    assert (over.state, over.mirrored, over.mirrored_failed) == (S.CONCLUDED, 70, 3)
    assert (over.reason, over.trial) == ("no difference shown: B against A.", trial(Finding.NOTHING))


@pytest.mark.parametrize(
    ("winner", "finding", "state"),
    [
        ("keep", Finding.BETTER, S.RESTORING),
        ("promote", Finding.BETTER, S.PROMOTING),
        ("promote", Finding.MIXED, S.RESTORING),
        ("promote", Finding.NOTHING, S.RESTORING),
        ("promote", Finding.INVALID, S.RESTORING),
        ("promote", Finding.WORSE, S.RESTORING),
        ("ask", Finding.BETTER, S.PAUSED),
        ("ask", Finding.NOTHING, S.PAUSED),
        ("ask", Finding.WORSE, S.RESTORING),
    ],
)
def test_only_a_b_that_is_better_wins_and_only_where_that_was_said(
    winner: str, finding: Finding, state: RolloutState
) -> None:
    known = holding(winner)
    move = decide(known, seen(630, account=account(), trial=trial(finding)))
    assert (move.rollout.state, move.rollout.trial) == (state, trial(finding))
    if state is S.RESTORING:
        assert move.rollout.ending is S.CONCLUDED


def holding(winner: str) -> Rollout:
    begun = set_out(
        rollout="r1",
        project="p",
        run="",
        spec=replace(AB, winner=winner),
        strategy=ab,
        old=OLD,
        new=NEW,
        now=START,
    )
    return replace(begun, state=S.BAKING, position=1, generation=3)


def test_who_is_asked_may_promote_and_without_a_word_stable_is_kept() -> None:
    asked = decide(holding("ask"), seen(630, account=account(), trial=trial(Finding.BETTER))).rollout
    assert asked.reason == "better: B against A. Promote it, or resume to keep stable"
    wished = decide(asked, seen(640, wishes=(Wish(verb="promote", by="ana"),))).rollout
    assert (wished.state, wished.position, wished.reason) == (S.PROMOTING, 2, "promoted by ana")
    kept = decide(asked, seen(640, wishes=(Wish(verb="resume", by="ana"),))).rollout
    assert (kept.state, kept.ending) == (S.RESTORING, S.CONCLUDED)
    forgotten = decide(asked, seen(1230)).rollout
    assert (forgotten.state, forgotten.ending) == (S.RESTORING, S.CONCLUDED)
    assert forgotten.reason == "nobody promoted it: better: B against A."
    harmful = decide(asked, seen(640, account=account(Verdict.FAIL))).rollout
    assert (harmful.state, harmful.ending) == (S.RESTORING, S.ROLLED_BACK)


def test_a_shadow_that_is_shown_to_harm_is_rolled_back_and_one_may_be_promoted_by_hand() -> None:
    harmful = decide(shadowing(S.BAKING), seen(9, account=account(Verdict.FAIL))).rollout
    assert (harmful.state, harmful.ending) == (S.RESTORING, S.ROLLED_BACK)
    wanted = decide(shadowing(S.BAKING), seen(9, account=account(), wishes=(Wish(verb="promote"),)))
    assert wanted.operation is not None
    assert (wanted.rollout.state, wanted.rollout.position) == (S.PROMOTING, 2)


def test_what_must_be_proven_holds_until_it_is() -> None:
    known = at(S.BAKING, spec=shape(guard=(), prove=(GUARD,)))
    held = decide(known, seen(60, account=account(Verdict.NOT_REFUTED)))
    assert held.rollout.reason == f"holding: `{GUARD.text}` is not proven"
    assert decide(known, seen(60, account=account(Verdict.PASS))).rollout.state is S.SHIFTING


def test_promotion_ends_with_the_new_release_alone_and_is_watched() -> None:
    last = at(S.BAKING, 3, spec=shape(watch=30.0))
    promoting = decide(last, seen(60, account=account()))
    assert promoting.operation is not None
    assert promoting.operation.fleet == promoting.rollout.phases[-1].fleet
    watching = decide(promoting.rollout, seen(61)).rollout
    assert (watching.state, watching.reason) == (S.WATCHING, "promoted; watched for 30 s")
    assert decide(watching, seen(90.9)).rollout == watching
    ended = decide(watching, seen(91)).rollout
    assert (ended.state, ended.reason) == (S.PROMOTED, "canary: error_rate is not refuted")


def test_a_first_release_is_promoted_by_being_healthy() -> None:
    first = decide(setting_out(old=None), seen(0, operation="none", highest=0)).rollout
    assert (first.state, first.generation) == (S.PROMOTING, 1)
    ended = decide(first, seen(3)).rollout
    assert (ended.state, ended.reason) == (
        S.PROMOTED,
        "direct: healthy; the first release, so nothing to compare with",
    )


def test_a_release_that_had_gone_down_is_not_called_the_first() -> None:
    again = replace(at(S.PROMOTING, 0, stable="", revives=True), phases=setting_out(old=None).phases)
    assert decide(again, seen(3)).rollout.reason == (
        "direct: healthy; the release that served here before it was taken down"
    )


def test_a_first_release_that_never_becomes_healthy_failed() -> None:
    first = decide(setting_out(old=None), seen(0, operation="none", highest=0)).rollout
    restoring = decide(first, seen(3, operation="failed", trouble="never healthy")).rollout
    assert (restoring.state, restoring.ending) == (S.RESTORING, S.FAILED)


def test_promote_skips_what_is_left_and_says_what_was_missing() -> None:
    wish = Wish(verb="promote", by="ana", reason="checked by hand")
    move = decide(at(S.BAKING), seen(3, wishes=(wish,), account=account(Verdict.MISSING)))
    assert (move.rollout.state, move.rollout.position, move.rollout.wishes) == (S.PROMOTING, 4, 1)
    assert move.rollout.reason == "promoted by ana: checked by hand, although error_rate is missing"


def test_promote_does_not_help_against_a_violation() -> None:
    move = decide(at(S.BAKING), seen(3, wishes=(Wish(verb="promote"),), account=account(Verdict.FAIL)))
    assert (move.rollout.state, move.rollout.wishes) == (S.RESTORING, 0)
    after = decide(move.rollout, seen(4, operation="running", wishes=(Wish(verb="promote"),)))
    assert (after.rollout.state, after.rollout.wishes) == (S.RESTORING, 1)
    assert [event.reason for event in after.events if isinstance(event, RolloutMoved)] == [
        "`promote` changes nothing: the rollout is restoring"
    ]


def test_promote_ends_a_watch() -> None:
    move = decide(at(S.WATCHING, 4), seen(3, wishes=(Wish(verb="promote", by="ana"),)))
    assert (move.rollout.state, move.rollout.reason) == (S.PROMOTED, "the watch was ended by ana")


@pytest.mark.parametrize(
    ("state", "position", "operation", "resumed"),
    [
        (S.PREPARING, 0, "running", S.PREPARING),
        (S.PREPARING, 0, "done", S.PREPARING),
        (S.SHIFTING, 1, "running", S.SHIFTING),
        (S.SHIFTING, 1, "done", S.BAKING),
        (S.BAKING, 1, "done", S.BAKING),
    ],
)
def test_pause_keeps_everything_and_resume_goes_on(
    state: RolloutState, position: int, operation: str, resumed: RolloutState
) -> None:
    paused = decide(at(state, position), seen(3, wishes=(Wish(verb="pause", by="ana"),)))
    assert (paused.rollout.state, paused.rollout.reason) == (S.PAUSED, "paused by ana")
    assert paused.operation is None
    quiet = decide(paused.rollout, seen(100, operation=operation, account=account())).rollout
    assert (quiet.state, quiet.position, quiet.units) == (S.PAUSED, position, 60)
    back = decide(quiet, seen(101, operation=operation, wishes=(Wish(verb="resume"),))).rollout
    assert (back.state, back.position, back.since, back.wishes) == (resumed, position, later(101), 2)


def test_abort_before_anything_was_done_needs_no_operation() -> None:
    move = decide(setting_out(), seen(3, operation="none", wishes=(Wish(verb="abort", by="ana"),)))
    assert (move.rollout.state, move.operation) == (S.ROLLED_BACK, None)
    assert move.rollout.reason == "aborted by ana, before anything was done"


@pytest.mark.parametrize(
    ("state", "position"),
    [(S.PREPARING, 0), (S.SHIFTING, 1), (S.BAKING, 1), (S.PAUSED, 1), (S.PROMOTING, 4), (S.WATCHING, 4)],
)
def test_abort_restores_stable_from_every_state(state: RolloutState, position: int) -> None:
    move = decide(at(state, position), seen(3, operation="running", wishes=(Wish(verb="abort", by="ana"),)))
    assert move.operation == Operation(rollout="r1", generation=4, epoch=7, fleet=OLD)
    assert (move.rollout.state, move.rollout.reason) == (S.RESTORING, "aborted by ana")
    assert decide(move.rollout, seen(4)).rollout.state is S.ROLLED_BACK


@pytest.mark.parametrize(
    ("state", "position"), [(S.PREPARING, 0), (S.SHIFTING, 1), (S.BAKING, 1), (S.PAUSED, 1), (S.PROMOTING, 4)]
)
def test_a_newer_release_takes_the_older_one_back(state: RolloutState, position: int) -> None:
    wish = Wish(verb="supersede", by="release b")
    move = decide(at(state, position), seen(3, operation="running", wishes=(wish,)))
    assert move.operation == Operation(rollout="r1", generation=4, epoch=7, fleet=OLD)
    assert (move.rollout.state, move.rollout.reason) == (S.RESTORING, "superseded by release b")
    over = decide(move.rollout, seen(4)).rollout
    assert (over.state, over.reason, share_of(over)) == (S.SUPERSEDED, "superseded by release b", 0.0)


def test_a_newer_release_ends_a_watch_and_one_that_had_not_begun() -> None:
    wish = Wish(verb="supersede", by="release b")
    watched = decide(at(S.WATCHING, 4), seen(3, wishes=(wish,))).rollout
    assert (watched.state, watched.reason) == (S.PROMOTED, "the watch was ended by release b")
    early = decide(setting_out(), seen(3, operation="none", wishes=(wish,)))
    assert (early.rollout.state, early.operation) == (S.SUPERSEDED, None)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_follows_a_final_state(state: RolloutState) -> None:
    known = at(state)
    assert decide(known, seen(9, wishes=(Wish(verb="abort"),), account=account(Verdict.FAIL))) == Move(
        rollout=known
    )


def test_an_obstacle_is_only_asked_of_judged_phases() -> None:
    assert obstacle(at(S.PREPARING, 0), "gone") == ""
    assert obstacle(at(S.BAKING, 1), "gone") == "the evidence cannot be read: gone"


TRAFFIC = Approval(deadline=900.0)
ASKED = "`5 %` needs an approval until 2026-01-01 00:15:05 UTC"


def asked(approval: Approval = TRAFFIC, **changes: object) -> Rollout:
    """A canary whose candidate is healthy, and waits for a person before it gets its first share."""
    known = replace(setting_out(), approval=approval, asks=(1,), state=S.PREPARING, generation=3, epoch=7)
    return replace(decide(known, seen(5)).rollout, **changes)


def approve(position: int = 1, by: str = "ana", **more: object) -> Wish:
    return Wish(**{"verb": "approve", "by": by, "position": position, **more})  # type: ignore[arg-type]


def reasons(move: Move) -> list[str]:
    return [event.reason for event in move.events if isinstance(event, RolloutMoved)]


def test_a_healthy_candidate_waits_for_a_person_before_it_gets_traffic() -> None:
    before = replace(setting_out(), approval=TRAFFIC, asks=(1,), state=S.PREPARING, generation=3, epoch=7)
    move = decide(before, seen(5))
    reason = f"the candidate is healthy; {ASKED}"
    waiting = replace(
        before, state=S.WAITING_APPROVAL, since=later(5), reason=reason, awaits=Awaited(position=1)
    )
    assert move == Move(
        rollout=waiting,
        events=(RolloutMoved(rollout="r1", state=S.WAITING_APPROVAL, position=0, share=0.0, reason=reason),),
    )
    assert waiting.answer_by == later(905)
    assert decide(waiting, seen(900)) == Move(rollout=waiting)


def test_an_approval_lets_it_on_and_is_written_down() -> None:
    granted = decide(asked(), seen(9, wishes=(approve(reason="read the diff"),)))
    decision = Decision(verb="approve", by="ana", reason="read the diff", position=1, phase="5 %")
    assert granted == Move(
        rollout=replace(asked(), wishes=1, decisions=(decision,)),
        events=(RolloutSteered(rollout="r1", decision=decision),),
    )
    on = decide(granted.rollout, seen(9)).rollout
    assert (on.state, on.position, on.awaits) == (S.SHIFTING, 1, None)
    assert on.reason == "`5 %` was approved by ana: read the diff"
    last = replace(on, state=S.PROMOTING, position=4, judgement=verdict(Verdict.NOT_REFUTED))
    assert decide(last, seen(99)).rollout.reason == (
        "`5 %` approved by ana: read the diff; canary: error_rate is not refuted"
    )


@pytest.mark.parametrize(
    ("known", "wish", "why"),
    [
        (asked(), approve(0), "it was an answer for another phase than `5 %`"),
        (at(S.BAKING, 1), approve(1), "the rollout is baking"),
        (
            at(S.BAKING, 1, decisions=(Decision(verb="approve", by="bo", position=1),)),
            approve(1),
            "that was approved already by bo",
        ),
        (
            asked(Approval(deadline=900.0, approvers=("bo", "cy"))),
            approve(1),
            "ana is not one of the approvers, bo, cy",
        ),
    ],
)
def test_an_answer_that_does_not_count_changes_nothing_and_says_why(
    known: Rollout, wish: Wish, why: str
) -> None:
    move = decide(known, seen(9, wishes=(wish,)))
    assert move.rollout == replace(known, wishes=1)
    assert reasons(move) == [f"`approve` by ana changes nothing: {why}"]


def test_a_rejection_takes_it_back() -> None:
    wish = replace(approve(), verb="reject", reason="the prompt is rude")
    move = decide(asked(), seen(9, wishes=(wish,)))
    assert (move.rollout.state, move.rollout.reason) == (
        S.RESTORING,
        "`5 %` was rejected by ana: the prompt is rude",
    )
    assert isinstance(move.events[0], RolloutSteered)


def test_nobody_answering_is_never_a_yes() -> None:
    back = decide(asked(), seen(905)).rollout
    assert (back.state, back.reason) == (S.RESTORING, "`5 %` was not approved within 900 s")
    paused = decide(asked(Approval(deadline=900.0, on_timeout="pause")), seen(905)).rollout
    assert (paused.state, paused.reason) == (S.PAUSED, "`5 %` was not approved within 900 s")
    resumed = decide(paused, seen(906, wishes=(Wish(verb="resume"),))).rollout
    asked_again = decide(resumed, seen(906)).rollout
    assert (asked_again.state, asked_again.answer_by) == (S.WAITING_APPROVAL, later(1806))


def test_a_violation_takes_it_back_while_it_waits() -> None:
    waiting = at(S.WAITING_APPROVAL, 1, approval=TRAFFIC, asks=(2,), awaits=Awaited(position=2))
    bad = account(judgement=verdict(Verdict.FAIL, sentence=HARM))
    move = decide(waiting, seen(9, account=bad, wishes=(approve(2),)))
    assert (move.rollout.state, move.rollout.reason, move.rollout.awaits) == (S.RESTORING, HARM, None)


def test_an_approval_does_not_stand_for_evidence_that_cannot_be_read() -> None:
    waiting = at(S.WAITING_APPROVAL, 1, approval=TRAFFIC, asks=(2,), awaits=Awaited(position=2))
    granted = decide(waiting, seen(9, blind="gone", wishes=(approve(2),))).rollout
    held = decide(granted, seen(9, blind="gone")).rollout
    assert (held.state, held.reason) == (
        S.WAITING_APPROVAL,
        "holding: `25 %` was approved by ana, but the evidence cannot be read: gone",
    )
    on = decide(held, seen(10, account=account())).rollout
    assert (on.state, on.position) == (S.SHIFTING, 2)
    late = decide(held, seen(900, blind="gone")).rollout
    assert late.reason == (
        "`25 %` was approved by ana, and not allowed on within 900 s: the evidence cannot be read: gone"
    )


def test_promoting_by_hand_does_not_pass_an_approval() -> None:
    known = at(S.BAKING, 1, approval=TRAFFIC, asks=(2,))
    wish = Wish(verb="promote", by="bo", reason="urgent")
    waiting = decide(known, seen(3, wishes=(wish,), account=account(Verdict.MISSING))).rollout
    assert (waiting.state, waiting.awaits) == (S.WAITING_APPROVAL, Awaited(position=4, forced=True))
    assert waiting.reason == (
        "promoted by bo: urgent, although error_rate is missing; "
        "`promote` needs an approval until 2026-01-01 00:15:03 UTC"
    )
    granted = decide(waiting, seen(4, wishes=(approve(4),), account=account(Verdict.MISSING))).rollout
    promoting = decide(granted, seen(4, account=account(Verdict.MISSING))).rollout
    assert (promoting.state, promoting.position) == (S.PROMOTING, 4)
    assert decide(promoting, seen(5)).rollout.reason.startswith(
        "promoted by bo: urgent, although error_rate is missing; `promote` approved by ana; canary: "
    )


def test_a_first_release_is_asked_for_before_anything_is_done() -> None:
    first = replace(setting_out(old=None), approval=TRAFFIC, asks=(0,))
    waiting = decide(first, seen(0, operation="none", highest=0))
    assert (waiting.rollout.state, waiting.operation) == (S.WAITING_APPROVAL, None)
    ended = decide(waiting.rollout, seen(900, operation="none", highest=0))
    assert (ended.rollout.state, ended.operation, ended.rollout.reason) == (
        S.ROLLED_BACK,
        None,
        "`switch` was not approved within 900 s, before anything was done",
    )


@pytest.mark.parametrize(
    ("before", "old", "asks"),
    [
        (("traffic",), OLD, (1,)),
        (("promotion",), OLD, (4,)),
        (("promotion", "25 %", "traffic", "5 %"), OLD, (1, 2, 4)),
        (("25 %",), None, (0,)),
        (("traffic", "promotion"), None, (0,)),
    ],
)
def test_where_a_person_is_asked(before: tuple[str, ...], old: Fleet | None, asks: tuple[int, ...]) -> None:
    known = set_out(
        rollout="r1",
        project="support",
        run="run1",
        spec=shape(),
        strategy=canary,
        old=old,
        new=NEW,
        now=START,
        approval=Approval(before=before),
    )
    assert known.asks == asks


def test_what_a_person_decided_is_an_event() -> None:
    wish = Wish(verb="promote", by="ana", reason="checked by hand")
    move = decide(at(S.BAKING), seen(3, wishes=(wish,), account=account(Verdict.MISSING)))
    decision = Decision(verb="promote", by="ana", reason="checked by hand", although="error_rate is missing")
    assert move.events[0] == RolloutSteered(rollout="r1", decision=decision)
    assert move.rollout.decisions == (decision,)
    in_vain = decide(at(S.BAKING), seen(3, wishes=(Wish(verb="resume", by="ana"),)))
    assert (in_vain.rollout.decisions, reasons(in_vain)) == (
        (),
        ["`resume` by ana changes nothing: the rollout is baking"],
    )


class AnyOrder(RuleBasedStateMachine):
    """Whatever is seen in whatever order: it stays within its promises, and comes to an end."""

    @initialize(
        strategy=some.sampled_from([canary, direct, blue_green, rolling, shadow, ab]),
        winner=some.sampled_from(["keep", "ask", "promote"]),
        old=some.sampled_from([OLD, None]),
        on_timeout=some.sampled_from(["rollback", "pause"]),
        watch=some.sampled_from([0.0, 30.0]),
        prove=some.sampled_from([(), (LIMIT,)]),
        approval=some.one_of(
            some.none(),
            some.builds(
                Approval,
                before=some.sampled_from(
                    [("traffic",), ("promotion",), ("25 %",), ("5 %", "25 %", "promotion")]
                ),
                deadline=some.sampled_from([60.0, 1000.0]),
                on_timeout=some.sampled_from(["rollback", "pause"]),
                approvers=some.sampled_from([(), ("ana",)]),
            ),
        ),
        way=some.integers(0, 9),
    )
    def begin(self, strategy, old, on_timeout, watch, prove, approval, way, winner) -> None:  # type: ignore[no-untyped-def]
        spec = shape(on_timeout=on_timeout, watch=watch, prove=prove)
        if strategy in (blue_green, rolling):
            name = "rolling" if strategy is rolling else "blue-green"
            guard = replace(LIMIT, text=GUARD.text)  # without a baseline, and judged below all the same
            keep = 0.0 if strategy is rolling else 30.0
            spec = replace(spec, uses=name, steps=(), guard=(guard,), keep=keep)
        if strategy in (shadow, ab):
            plain = SHADOW if strategy is shadow else replace(AB, winner=winner)
            spec = replace(plain, on_timeout=on_timeout, watch=watch, prove=prove)
        self.rollout = set_out(
            rollout="r",
            project="p",
            run="",
            spec=spec,
            strategy=strategy,
            old=old,
            new=NEW,
            now=START,
            approval=approval,
        )
        self.fleet = self.rollout.restore
        self.clock = 0.0
        self.highest = 11
        self.operation = "none"
        self.account = Account()
        self.blind = ""
        self.trouble = ""
        self.trial: Trial | None = None
        self.queue: list[Wish] = []
        self.evidence = False
        for _ in range(way):  # or few would get far, with all that can happen
            self.all_goes_well()
            if self.rollout.awaits is not None:
                self.a_person_answers("approve", "ana", stale=False)

    def look(self) -> None:
        before = self.rollout
        view = Seen(
            now=later(self.clock),
            highest=self.highest,
            operation=self.operation,  # type: ignore[arg-type]
            trouble=self.trouble,
            account=None if self.blind else self.account,
            blind=self.blind,
            wishes=tuple(self.queue[before.wishes :]),
            trial=self.trial,
        )
        move = decide(before, view)
        assert move == decide(before, view)
        self.rollout = decode(Rollout, encode(move.rollout))
        assert self.rollout == move.rollout
        self.check(before, view, move)
        if move.operation is not None:
            assert move.operation.generation > self.highest
            self.fleet = move.operation.fleet
            self.highest = move.operation.generation
            self.operation = "running"
            self.trouble = ""

    def check(self, before: Rollout, view: Seen, move: Move) -> None:
        after = move.rollout
        if before.final:
            assert move == Move(rollout=before)
        granted = after.wishes > before.wishes
        forward = after.position > before.position
        forced = before.awaits is not None and before.awaits.forced
        if forward and before.phases[before.position].exit.judged and not granted and not forced:
            assert not view.blind
            assert self.evidence
            assert before.state in (S.BAKING, S.WAITING_APPROVAL)
            assert after.units - before.units_before >= before.phases[before.position].exit.min_samples
            if before.state is S.BAKING:
                assert (view.now - before.since).total_seconds() >= before.spec.bake
            if before.phases[before.position].exit.concludes:
                assert view.trial is not None
                assert (view.trial.finding, before.spec.winner) == (Finding.BETTER, "promote")
        self.check_approval(before, after, move)
        assert (after.awaits is not None) is (after.state is S.WAITING_APPROVAL)
        if after.state is S.CONCLUDED and not before.final:
            assert before.trial is not None
        assert after.position >= before.position
        assert after.exposed >= before.exposed
        assert after.units >= before.units
        assert after.harmed >= before.harmed
        if after.state is not before.state:
            assert any(isinstance(event, RolloutMoved) for event in move.events)
        if (
            after.state in (S.ROLLED_BACK, S.SUPERSEDED, S.CONCLUDED)
            and after.generation
            and not before.final
        ):
            assert before.state is S.RESTORING
            assert view.operation == "done"
            assert self.fleet == before.restore
        if after.state is S.PROMOTED and not before.final:
            assert before.state in (S.PROMOTING, S.WATCHING)

    def check_approval(self, before: Rollout, after: Rollout, move: Move) -> None:
        """Nothing passes a point of approval but on an answer to that very question, by one who may."""
        applied = move.operation is not None and after.state is not S.RESTORING
        first = before.position + 1 if before.generation else 0
        if not applied or not any(first <= point <= after.position for point in after.asks):
            return
        # Whoever had it approved may pause it, and go on from there.
        assert before.state in (S.WAITING_APPROVAL, S.PAUSED)
        assert before.awaits is None or before.awaits.position == after.position
        assert after.approval is not None
        assert any(
            wish.verb == "approve"
            and wish.position == after.position
            and wish.by in (after.approval.approvers or (wish.by,))
            for wish in self.queue[: before.wishes]
        )

    @rule(seconds=some.sampled_from([0.5, 5.0, 60.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock += seconds
        self.look()

    @precondition(lambda self: self.operation == "running")
    @rule(how=some.sampled_from(["done", "failed"]))
    def the_operation_ends(self, how: str) -> None:
        self.operation = how
        self.trouble = "a replica exits with 3" if how == "failed" else ""
        self.look()

    @precondition(lambda self: self.operation == "running")
    @rule()
    def the_target_is_out_of_reach(self) -> None:
        self.trouble = "Envoy does not answer"
        self.look()

    @rule(
        units=some.integers(0, 80),
        harmed=some.sampled_from([0, 0, 0, 1, 25]),
        verdicts=some.sampled_from(
            [(Verdict.NOT_REFUTED, Verdict.PASS)] * 3
            + [
                (Verdict.FAIL, Verdict.UNDECIDED),
                (Verdict.MISSING, Verdict.PASS),
                (Verdict.NOT_REFUTED, Verdict.NOT_REFUTED),
                None,
            ]
        ),
    )
    def requests_come(self, units: int, harmed: int, verdicts: tuple[Verdict, Verdict] | None) -> None:
        self.evidence = verdicts == (Verdict.NOT_REFUTED, Verdict.PASS) or (
            verdicts == (Verdict.NOT_REFUTED, Verdict.NOT_REFUTED) and not self.rollout.spec.prove
        )
        judged = None
        if verdicts is not None:
            guard, prove = verdict(verdicts[0]), verdict(verdicts[1], text=LIMIT.text)
            judged = replace(guard, rules=(*guard.rules, *prove.rules))
        self.account = Account(
            judgement=judged,
            units=self.account.units + units,
            exposed=self.account.exposed + units + harmed,
            harmed=self.account.harmed + harmed,
        )
        self.look()

    @rule()
    def all_goes_well(self) -> None:
        self.blind = ""
        self.operation = "done" if self.operation == "running" else self.operation
        self.clock += 60.0
        self.requests_come(60, 0, (Verdict.NOT_REFUTED, Verdict.PASS))

    @rule(finding=some.one_of(some.none(), some.sampled_from(Finding)))
    def the_trial_is_counted(self, finding: Finding | None) -> None:
        self.trial = trial(finding) if finding else None
        self.look()

    @rule(why=some.sampled_from(["", "no such file"]))
    def the_log_goes_and_comes(self, why: str) -> None:
        self.blind = why
        self.look()

    @rule(verb=some.sampled_from(["promote", "pause", "resume", "abort", "supersede"]))
    def a_person_asks(self, verb: str) -> None:
        self.queue.append(Wish(verb=verb, by="ana"))  # type: ignore[arg-type]
        self.look()

    @rule(
        verb=some.sampled_from(["approve", "approve", "approve", "reject"]),
        by=some.sampled_from(["ana", "ana", "bo"]),
        stale=some.booleans(),
    )
    def a_person_answers(self, verb: str, by: str, stale: bool) -> None:
        awaits = self.rollout.awaits
        position = 0 if awaits is None else awaits.position - stale
        self.queue.append(Wish(verb=verb, by=by, position=position))  # type: ignore[arg-type]
        self.look()

    @invariant()
    def a_rollback_is_intended_at_once(self) -> None:
        if hasattr(self, "rollout") and self.rollout.state is S.RESTORING:
            assert self.rollout.ending is not None

    def teardown(self) -> None:
        if not hasattr(self, "rollout"):
            return
        # Nobody asks any more and nothing is heard from the target: the deadlines alone must end it.
        for _ in range(40):
            if self.rollout.final:
                return
            self.time_passes(700.0)
        raise AssertionError(f"still {self.rollout.state} after every deadline")


def test_every_order_of_events_comes_to_an_end() -> None:
    run_state_machine_as_test(
        AnyOrder, settings=settings(max_examples=400, stateful_step_count=40, deadline=None)
    )
