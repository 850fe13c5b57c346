"""The engine beside an independent model of it, through every order of events and faults."""

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

from esclusa.core.events import OperationIntended
from esclusa.core.fleet import Fleet
from esclusa.core.gate import Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Rollout, RolloutState, Wish
from esclusa.core.strategy import Strategy
from esclusa.core.value import decode, encode, replace
from esclusa.deploy.engine import RESTORE_PATIENCE, Account, Seen, decide, set_out
from esclusa.deploy.strategies.blue_green import blue_green
from esclusa.deploy.strategies.canary import canary
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.rolling import rolling
from esclusa.deploy.way import way_back
from tests.deploy.fleets import LIMIT, serving, shape
from tests.deploy.model import OVER, Model, Sight, Step
from tests.deploy.test_engine import later

S = RolloutState
OLD, NEW = serving("old", replicas=3), serving("new", replicas=3)
SETTINGS: dict[Strategy, dict[str, object]] = {
    canary: {},
    direct: {"uses": "direct", "steps": ()},
    blue_green: {"uses": "blue-green", "steps": (), "keep": 30.0},
    rolling: {"uses": "rolling", "steps": ()},
}
GOOD, BAD, UNSURE = Verdict.NOT_REFUTED, Verdict.FAIL, Verdict.MISSING


class Faulty(RuleBasedStateMachine):
    """A rollout, the store that keeps it, a target and a log that fail, and a model that is shown the same."""

    @initialize(
        strategy=some.sampled_from(list(SETTINGS)),
        old=some.sampled_from([OLD, OLD, None]),
        pauses=some.booleans(),
        watch=some.sampled_from([0.0, 30.0]),
    )
    def begin(self, strategy: Strategy, old: Fleet | None, pauses: bool, watch: float) -> None:
        on_timeout = "pause" if pauses else "rollback"
        spec = shape(guard=(LIMIT,), on_timeout=on_timeout, watch=watch, **SETTINGS[strategy])
        self.rollout = set_out(
            rollout="r", project="p", run="", spec=spec, strategy=strategy, old=old, new=NEW, now=later(0.0)
        )
        self.model = model_of(self.rollout, spec)
        self.written = self.rollout
        self.clock = 0.0
        self.operation, self.done = "none", False
        self.trouble = self.blind = ""
        self.account = Account()
        self.verdict: Verdict | None = None
        self.wishes: list[Wish] = []
        self.generations: list[int] = []

    # --- one look of the controller

    def look(self, *, dies_first: bool = False) -> None:
        """See, decide, be held to the model, and write; a controller that dies first has written nothing."""
        before = self.rollout
        view = Seen(
            now=later(self.clock),
            highest=max([*self.generations, 7]),
            operation=self.operation,  # type: ignore[arg-type]
            trouble=self.trouble,
            account=None if self.blind else self.account,
            blind=self.blind,
            wishes=tuple(self.wishes[before.wishes :]),
        )
        move = decide(before, view)
        if dies_first:
            return
        after = move.rollout
        self.model = self.model.look(self._sight(before), len(way_back(before)), served=after.exposed > 0)
        assert (after.state, after.position, after.ending, len(after.back), after.wishes) == (
            self.model.state,
            self.model.at,
            self.model.ending,
            self.model.left,
            self.model.granted,
        )
        if move.operation is not None:
            assert move.operation.generation > max([*self.generations, 7])
            assert [e.generation for e in move.events if isinstance(e, OperationIntended)] == [
                move.operation.generation
            ]
            self.generations.append(move.operation.generation)
            self.operation, self.done, self.trouble = "running", False, ""
        assert len(self.generations) == self.model.operations
        self.rollout = self.written = decode(Rollout, encode(after))

    def _sight(self, before: Rollout) -> Sight:
        asked = self.wishes[before.wishes :]
        known = before if self.blind else self.account
        judged = known.judgement
        return Sight(
            now=self.clock,
            operation=self.operation,
            violated=judged is not None and judged.verdict is BAD,
            allowed=not self.blind and self.verdict is GOOD,
            units=known.units,
            harmed=known.harmed,
            wish=asked[0].verb if asked else "",
        )

    # --- what happens

    @rule(seconds=some.sampled_from([0.5, 5.0, 60.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock += seconds
        self.look()

    @precondition(lambda self: self.operation == "running")
    @rule()
    def the_operation_is_done(self) -> None:
        self.operation, self.done = "done", True
        self.look()

    @rule(
        units=some.integers(0, 80),
        harmed=some.sampled_from([0, 0, 0, 1, 25]),
        verdict=some.sampled_from([GOOD, GOOD, GOOD, BAD, UNSURE, None]),
    )
    def requests_come(self, units: int, harmed: int, verdict: Verdict | None) -> None:
        self.verdict = verdict
        self.account = Account(
            judgement=None if verdict is None else said(verdict),
            units=self.account.units + units,
            exposed=self.account.exposed + units + harmed,
            harmed=self.account.harmed + harmed,
        )
        self.look()

    @rule(verb=some.sampled_from(["promote", "pause", "resume", "abort", "supersede"]))
    def somebody_asks(self, verb: str) -> None:
        self.wishes.append(Wish(verb=verb, by="ana"))  # type: ignore[arg-type]
        self.look()

    # --- what goes wrong

    @precondition(lambda self: self.operation == "running")
    @rule()
    def the_operation_fails(self) -> None:
        self.operation, self.trouble = "failed", "a replica exits with 3"
        self.look()

    @precondition(lambda self: self.operation == "running")
    @rule()
    def the_target_is_out_of_reach(self) -> None:
        self.trouble = "Envoy does not answer"
        self.look()

    @rule(why=some.sampled_from(["", "no such file"]))
    def the_log_goes_and_comes(self, why: str) -> None:
        self.blind = why
        self.look()

    @rule(leap=some.sampled_from([-3600.0, -30.0, 30.0, 3600.0]))
    def the_clock_is_set(self, leap: float) -> None:
        """Under the controller's eyes: it moves the beginning of what it waits for along."""
        self.clock += leap
        self._since(self.model.since + leap)
        self.look()

    @rule(leap=some.sampled_from([-3600.0, 0.0, 40.0, 3600.0]), before_writing=some.booleans())
    def the_controller_dies_and_another_comes(self, leap: float, before_writing: bool) -> None:
        """It knows what was written, and whether the newest operation was marked as done; and the time."""
        if before_writing:
            self.look(dies_first=True)
        self.rollout = decode(Rollout, encode(self.written))
        if self.operation != "none":
            self.operation = "done" if self.done else "running"
        self.trouble = ""
        self.clock += leap
        self._since(min(self.model.since, self.clock))
        self.look()

    def _since(self, since: float) -> None:
        self.model = self.model.__class__(**{**vars(self.model), "since": since})
        self.rollout = replace(self.rollout, since=later(since))

    # --- what is promised

    @invariant()
    def it_says_why_it_stands_or_went_back(self) -> None:
        if hasattr(self, "rollout") and self.rollout.state in (S.PAUSED, S.RESTORING, *set(OVER)):
            assert self.rollout.reason

    def teardown(self) -> None:
        """Nobody asks, nothing answers, nothing can be seen: the deadlines alone must end it."""
        if not hasattr(self, "rollout"):
            return
        self.blind = "no such file"
        for _ in range(40):
            if self.rollout.final:
                return
            self.time_passes(700.0)
        raise AssertionError(f"still {self.rollout.state} after every deadline")


def model_of(rollout: Rollout, spec: StrategySpec) -> Model:
    """The model of a rollout that has just set out."""
    return Model(
        steps=tuple(
            Step(
                traffic=phase.share > 0,
                judged=phase.exit.judged,
                bounded=phase.exit.bounded,
                bake=phase.exit.bake,
                samples=phase.exit.min_samples,
                timeout=phase.exit.timeout,
            )
            for phase in rollout.phases
        ),
        most_harmed=spec.max_harmed or 0,
        watch=spec.watch,
        pause_timeout=spec.timeout,
        pauses=spec.on_timeout == "pause",
        patience=RESTORE_PATIENCE,
    )


def said(verdict: Verdict) -> Judgement:
    """The live gate's judgement of the one rule."""
    judged = RuleJudgement(
        rule=LIMIT.text, metric="error_rate", verdict=verdict, mode=Mode.BLOCK, sentence=f"it is {verdict}"
    )
    return Judgement(gate="live", mode=Mode.BLOCK, verdict=verdict, rules=(judged,), sentence=judged.sentence)


def test_the_engine_does_what_the_model_says_and_every_order_of_faults_ends() -> None:
    run_state_machine_as_test(
        Faulty, settings=settings(max_examples=120, stateful_step_count=40, deadline=None)
    )
