"""The controller with a real store, a stand-in for the target and its customers, and time that can be driven."""

import asyncio
import errno
import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import Fenced, OutsideError, PortTaken, StartFailed
from esclusa.core.events import (
    ControllerStarted,
    Event,
    OperationDone,
    OperationIntended,
    Recovered,
    RolloutJudged,
    RolloutMoved,
)
from esclusa.core.fleet import Fleet
from esclusa.core.rollout import Hearing, Rollout, RolloutState, Wish
from esclusa.core.value import replace
from esclusa.deploy.controller import LEASE, LOOK, aloud, drive
from esclusa.deploy.engine import created, set_out
from esclusa.deploy.recount import recorded, recount
from esclusa.deploy.stops import POINTS, Hook, never
from esclusa.deploy.strategies.canary import canary
from esclusa.store.store import Store, open_store
from tests.deploy.fleets import serving, shape
from tests.fakes_deploy import START, FakeTarget, FakeTraffic, VirtualClock

S = RolloutState
OLD, NEW = serving("old"), serving("new")
GOOD = {"old": 0.01, "new": 0.01}
BAD = {"old": 0.01, "new": 0.4}


class Killed(BaseException):
    """What stands for kill -9 in one process: nothing of ours catches it."""


class Scene:
    """A project with one environment, its customers, and as many controllers as a test starts."""

    def __init__(self, root: Path, *, errors: dict[str, float] | None = None, seconds: float = 0.5) -> None:
        self.clock = VirtualClock()
        self.store: Store = open_store("", root, self.clock, alive=lambda _: True)
        self.target = FakeTarget(self.clock, seconds=seconds)
        self.target.fleet, self.target.generation = OLD, 1
        self.traffic = FakeTraffic(self.clock, self.target, errors=errors or GOOD)
        self.said: list[str] = []

    def deploy(self, old: Fleet | None = OLD, hearing: Hearing | None = None, **changes: object) -> None:
        """A canary of the new release sets out."""
        rollout = set_out(
            rollout="r1",
            project="support",
            run="",
            spec=shape(**{"bake": 10.0, "timeout": 120.0, **changes}),
            strategy=canary,
            old=old,
            new=NEW,
            now=self.clock.now(),
        )
        # The generation in force is from an earlier rollout, which the store of a test does not know.
        self.store.rollouts.create(replace(rollout, generation=1, hearing=hearing), created(rollout))

    def controller(self, holder: str = "c1", hook: Hook = never, **more: object) -> "asyncio.Task[None]":
        return asyncio.create_task(
            drive(
                holder=holder,
                log=self.store.rollouts,
                journal=self.store.journal,
                lease=self.store.lease,
                target=lambda _: self.target,
                traffic=lambda _: self.traffic,
                clock=self.clock,
                say=self.said.append,
                hook=hook,
                **more,  # type: ignore[arg-type]
            )
        )

    @property
    def rollout(self) -> Rollout:
        found = self.store.rollouts.load("r1")
        assert found is not None
        return found

    def events(self, *kinds: type[Event]) -> list[Event]:
        return [each.event for each in self.store.journal.read() if isinstance(each.event, kinds)]

    def states(self) -> list[tuple[RolloutState, float]]:
        return [
            (each.state, each.share) for each in self.events(RolloutMoved) if isinstance(each, RolloutMoved)
        ]

    async def until(self, state: RolloutState) -> None:
        await self.clock.run(lambda: self.rollout.state is state)

    def recount_is_equal(self) -> None:
        assert recount(self.rollout, self.traffic) == recorded(self.rollout)


async def ended(controller: "asyncio.Task[None]") -> None:
    controller.cancel()
    with suppress(asyncio.CancelledError):
        await controller


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await story()

    asyncio.run(limited())


RAMP = [
    (S.PREPARING, 0.0),
    (S.SHIFTING, 0.05),
    (S.BAKING, 0.05),
    (S.SHIFTING, 0.25),
    (S.BAKING, 0.25),
    (S.SHIFTING, 0.95),
    (S.BAKING, 0.95),
    (S.PROMOTING, 1.0),
    (S.PROMOTED, 1.0),
]
EFFECTS = [
    (2, {"new": 0.0, "old": 1.0}),
    (3, {"new": 0.05, "old": 0.95}),
    (4, {"new": 0.25, "old": 0.75}),
    (5, {"new": 0.95, "old": 0.05}),
    (6, {"new": 1.0}),
]


def test_a_healthy_candidate_is_promoted_step_by_step_and_each_step_done_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    moves = [each for each in scene.events(RolloutMoved) if isinstance(each, RolloutMoved)]
    assert [
        (each.state, each.share) for each in moves if not each.reason.startswith(("holding", "no longer"))
    ] == RAMP
    assert scene.target.effects == EFFECTS
    intended = [
        each.generation for each in scene.events(OperationIntended) if isinstance(each, OperationIntended)
    ]
    done = [each.generation for each in scene.events(OperationDone) if isinstance(each, OperationDone)]
    assert intended == done == [2, 3, 4, 5, 6]
    assert scene.store.rollouts.serving("production") == "new"
    assert scene.rollout.exposed > 200
    scene.recount_is_equal()


def test_a_failing_candidate_is_rolled_back_with_its_numbers(tmp_path: Path) -> None:
    scene = Scene(tmp_path, errors=BAD)

    async def story() -> None:
        scene.deploy(max_harmed=None)
        controller = scene.controller()
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert scene.target.fleet == OLD
    assert scene.rollout.reason.startswith("error_rate <= baseline + 0.5% is violated: the candidate failed ")
    assert scene.rollout.harmed > 0
    last = scene.events(RolloutMoved, RolloutJudged)[-2:]
    assert [type(each) for each in last] == [RolloutMoved, RolloutJudged]
    scene.recount_is_equal()


def test_max_harmed_ends_it_before_the_evidence_does(tmp_path: Path) -> None:
    scene = Scene(tmp_path, errors=BAD)

    async def story() -> None:
        scene.deploy(max_harmed=2)
        controller = scene.controller()
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert "max_harmed is 2" in scene.rollout.reason


def test_a_first_release_goes_straight_to_all_traffic(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.target.fleet, scene.target.generation = None, 0

    async def story() -> None:
        scene.deploy(old=None)
        controller = scene.controller()
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    assert scene.target.effects == [(2, {"new": 1.0})]


def test_a_candidate_that_never_becomes_healthy_leaves_stable_untouched(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.target.raises["new"] = [StartFailed("replica 1 of new exits with 3")]

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.FAILED)
        await ended(controller)

    play(story)
    assert scene.rollout.reason == "replica 1 of new exits with 3"
    assert scene.target.effects == [(3, {"old": 1.0})]
    assert scene.rollout.exposed == 0


@pytest.mark.parametrize(
    ("old", "state", "reason"),
    [
        (
            OLD,
            S.NEEDS_HUMAN,
            "old cannot be brought back: port 80 is taken by X: free the port and run again",
        ),
        (None, S.FAILED, "port 80 is taken by X: free the port and run again"),
    ],
    ids=["a stable release", "nothing to go back to"],
)
def test_a_port_that_was_taken_ends_it_at_once_and_says_so(
    tmp_path: Path, old: Fleet | None, state: RolloutState, reason: str
) -> None:
    scene = Scene(tmp_path)
    taken = [PortTaken("port 80 is taken by X", mend="free the port and run again") for _ in range(2)]
    scene.target.raises = {"new": taken[:1], "old": taken[1:]}

    async def story() -> None:
        scene.deploy(old=old)
        controller = scene.controller()
        await scene.until(state)
        await ended(controller)

    play(story)
    assert scene.rollout.reason == reason
    assert scene.clock.seconds < 10


def test_a_target_out_of_reach_is_tried_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.target.raises["new"] = [
        OutsideError("Envoy does not answer"),
        OutsideError("Envoy does not answer"),
    ]

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.SHIFTING)
        await ended(controller)

    play(story)
    assert "holding: Envoy does not answer" in [
        getattr(each, "reason", "") for each in scene.events(RolloutMoved)
    ]
    assert scene.target.effects[0] == EFFECTS[0]


def test_an_abort_in_a_long_operation_cancels_it_and_goes_back(tmp_path: Path) -> None:
    scene = Scene(tmp_path, seconds=40.0)

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.PREPARING)
        scene.store.rollouts.wish("r1", Wish(verb="abort", by="ana", reason="wrong branch"))
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert scene.target.cancelled == 1
    assert scene.target.effects == [(3, {"old": 1.0})]
    assert scene.rollout.reason == "aborted by ana: wrong branch"


def test_a_violation_in_a_long_promotion_cancels_it_and_goes_back(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(bake=2.0, min_samples=0)
        controller = scene.controller()
        await scene.until(S.BAKING)
        scene.target.seconds = 60.0
        scene.traffic._errors = BAD
        await scene.until(S.SHIFTING)
        await scene.until(S.RESTORING)
        scene.target.seconds = 0.5
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert scene.target.cancelled >= 1
    assert scene.target.fleet == OLD


def test_pause_and_resume_and_promote_are_carried_out_in_order(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.BAKING)
        for verb in ("pause", "resume", "promote"):
            scene.store.rollouts.wish("r1", Wish(verb=verb, by="ana"))
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    assert [state for state, _ in scene.states()][3:] == [S.PAUSED, S.BAKING, S.PROMOTING, S.PROMOTED]
    assert scene.rollout.wishes == 3


def test_without_its_log_a_phase_holds_says_so_and_goes_on_later(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.BAKING)
        scene.traffic.down = "access.log: permission denied"
        await scene.clock.run(lambda: scene.clock.seconds > 60)
        assert (scene.rollout.state, scene.rollout.position) == (S.BAKING, 1)
        assert scene.rollout.reason == "holding: the evidence cannot be read: access.log: permission denied"
        scene.traffic.down = ""
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    scene.recount_is_equal()


def test_without_its_log_for_good_it_is_rolled_back_by_the_timeout(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.SHIFTING)
        scene.traffic.down = "gone"
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert scene.rollout.reason == "5 % was not allowed on within 120 s: the evidence cannot be read: gone"


def test_a_fault_in_judging_holds_one_rollout_and_ends_no_controller(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.BAKING)
        scene.traffic.lines.append("not a request")  # type: ignore[arg-type]
        await scene.until(S.ROLLED_BACK)
        assert not controller.done()
        await ended(controller)

    play(story)
    assert "judging failed: AttributeError" in scene.rollout.reason
    assert any("Traceback" in line for line in scene.said)


def test_a_clock_that_is_set_forward_ends_no_wait_before_its_seconds_have_passed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    moments: dict[str, float] = {}

    async def story() -> None:
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.BAKING)
        moments["baking"] = scene.clock.seconds
        scene.clock.leap = 3600.0
        await scene.until(S.SHIFTING)
        moments["shifting"] = scene.clock.seconds
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    assert 10.0 <= moments["shifting"] - moments["baking"] < 30.0
    assert scene.events(Recovered) == [
        Recovered(what="clock", how="was set forward by 3600 s; waits go on as lived", rollout="r1")
    ]
    scene.recount_is_equal()


def test_while_the_clock_is_set_back_nothing_is_passed_and_the_timeout_comes_as_lived(tmp_path: Path) -> None:
    scene = Scene(tmp_path, errors={"old": 0.01, "new": 0.01})

    async def story() -> None:
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.BAKING)
        scene.clock.leap = -3600.0
        await scene.until(S.ROLLED_BACK)
        await ended(controller)

    play(story)
    assert scene.clock.seconds < 200
    assert scene.rollout.reason.startswith(
        "5 % was not allowed on within 120 s: the evidence cannot be read: the clock is 3"
    )
    assert [each.how for each in scene.events(Recovered) if isinstance(each, Recovered)] == [
        "was set back by 3600 s; waits go on as lived"
    ]


def test_a_controller_that_comes_after_the_clock_was_set_back_waits_no_longer_than_it_should(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy()
        first = scene.controller()
        await scene.until(S.BAKING)
        await ended(first)
        scene.clock.leap = -3600.0
        second = scene.controller("c2")
        await scene.until(S.ROLLED_BACK)
        await ended(second)

    play(story)
    assert scene.clock.seconds < 200


def test_a_store_out_of_reach_is_waited_for_and_nothing_is_done_twice(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    real = scene.store.rollouts.record
    full: list[bool] = []

    def record(*words: Any, **more: Any) -> None:
        if full:
            raise OutsideError("the disk is full; nothing was written")
        real(*words, **more)

    async def story() -> None:
        scene.store.rollouts.record = record  # type: ignore[method-assign]
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.BAKING)
        full.append(True)
        until = scene.clock.seconds + 300
        await scene.clock.run(lambda: scene.clock.seconds > until)
        assert not controller.done()
        full.clear()
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    assert "waiting for the store: the disk is full; nothing was written" in scene.said
    assert scene.target.effects == EFFECTS
    scene.recount_is_equal()


class FullDisk(io.StringIO):
    """A log on a disk that is full."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", FullDisk())
    with pytest.raises(OSError, match="No space left"):
        print("it is full", flush=True)
    aloud("it goes on")


def test_torn_statistics_hold_the_rollout_and_are_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy()
        controller = scene.controller()
        await scene.until(S.BAKING)
        await ended(controller)
        scene.store.rollouts.record(replace(scene.rollout, analysis={"front": "torn"}))
        second = scene.controller("c2")
        await scene.until(S.ROLLED_BACK)
        await ended(second)

    play(story)
    assert "the statistics of the rollout cannot be used" in scene.rollout.reason


def test_a_restart_of_the_router_is_dropped_from_both_arms_and_kept_for_the_recount(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(min_samples=10)
        controller = scene.controller()
        await scene.until(S.BAKING)
        at = scene.clock.now().timestamp()
        scene.traffic.restarts.append((at, at + 1.5))
        # One from before the rollout is in the log too, and none of its business.
        scene.traffic.restarts.append((START.timestamp() - 60, START.timestamp() - 59))
        await scene.until(S.PROMOTED)
        await ended(controller)

    play(story)
    assert len(scene.rollout.restarts) == 1
    assert scene.events(Recovered) == [
        Recovered(
            what="router",
            how="was away and is back: 1.5 s are left out of both releases' statistics",
            rollout="r1",
        )
    ]
    assert scene.rollout.analysis["errors"]["dropped"] > 0
    scene.recount_is_equal()


def dies_at(point: str, visit: int) -> Hook:
    left = [visit]

    def hook(reached: str) -> None:
        left[0] -= reached == point
        if reached == point and left[0] == 0:
            raise Killed

    return hook


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("visit", [1, 2, 5])
def test_a_controller_that_dies_at_a_stop_point_changes_nothing_in_the_end(
    tmp_path: Path, point: str, visit: int
) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(min_samples=10)
        first = scene.controller("c1", dies_at(point, visit))
        await scene.clock.run(first.done)
        with pytest.raises(Killed):
            await first
        second = scene.controller("c2")
        await scene.until(S.PROMOTED)
        await ended(second)

    play(story)
    assert scene.target.effects == EFFECTS
    assert [
        each.epoch for each in scene.events(ControllerStarted) if isinstance(each, ControllerStarted)
    ] == [1, 2]
    done = [each.generation for each in scene.events(OperationDone) if isinstance(each, OperationDone)]
    assert done == [2, 3, 4, 5, 6]
    how = [each.how for each in scene.events(Recovered) if isinstance(each, Recovered)]
    assert how == expected_recovery(point, visit)
    scene.recount_is_equal()


def expected_recovery(point: str, visit: int) -> list[str]:
    generation = visit + 1
    states = {1: "preparing", 2: "shifting", 5: "promoting"}
    if point == "before-intent":
        return (
            [] if visit == 1 else [f"took the rollout up again in {'preparing' if visit == 2 else 'baking'}"]
        )
    if point == "after-intent":
        return [f"operation {generation} was intended and is not in force: issued again"]
    if point == "after-effect":
        return [f"operation {generation} was intended and is in force"]
    return [f"took the rollout up again in {states[visit]}"]


@pytest.mark.parametrize("point", POINTS)
def test_a_controller_that_dies_in_a_rollback_is_finished_by_the_next(tmp_path: Path, point: str) -> None:
    scene = Scene(tmp_path, errors=BAD)

    async def story() -> None:
        scene.deploy()
        # Preparing and shifting are the first two; the third operation is the way back.
        first = scene.controller("c1", dies_at(point, 3))
        await scene.clock.run(first.done)
        with pytest.raises(Killed):
            await first
        second = scene.controller("c2")
        await scene.until(S.ROLLED_BACK)
        await ended(second)

    play(story)
    assert scene.target.effects == [*EFFECTS[:2], (4, {"old": 1.0})]
    scene.recount_is_equal()


class FrozenClock:
    """A clock whose sleeper can be stopped, as SIGSTOP stops a process, and woken later."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.frozen = False
        self.thawed = asyncio.Event()

    def now(self) -> object:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        if self.frozen:
            await self.thawed.wait()


def test_a_leader_that_was_paused_comes_back_fenced_and_does_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        scene.deploy(min_samples=10)
        clock = FrozenClock(scene.clock)
        first = asyncio.create_task(
            drive(
                holder="c1",
                log=scene.store.rollouts,
                journal=scene.store.journal,
                lease=scene.store.lease,
                target=lambda _: scene.target,
                traffic=lambda _: scene.traffic,
                clock=clock,  # type: ignore[arg-type]
                say=scene.said.append,
            )
        )
        await scene.until(S.BAKING)
        second = scene.controller("c2")
        await scene.clock.run(lambda: scene.clock.seconds > 8)
        assert scene.rollout.epoch == 1
        clock.frozen = True
        await scene.clock.run(lambda: scene.rollout.epoch == 2)
        clock.thawed.set()
        await scene.clock.run(first.done)
        with pytest.raises(Fenced, match="another controller has taken over from epoch 1"):
            await first
        await scene.until(S.PROMOTED)
        await ended(second)

    play(story)
    assert scene.target.effects == EFFECTS
    assert scene.said.count("waiting: c1 holds the lease") == 1
    scene.recount_is_equal()


def test_an_ended_controller_gives_the_lease_back_at_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def story() -> None:
        controller = scene.controller()
        await scene.clock.run(lambda: scene.clock.seconds > 3 * LOOK)
        assert scene.store.lease.holder(LEASE) == "c1"
        await ended(controller)
        assert scene.store.lease.holder(LEASE) == ""

    play(story)


def test_what_had_to_be_brought_back_is_written_down(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    back = Recovered(what="supervisord", how="started again, 3 programs adopted")
    rounds = [[back]]

    async def tend() -> Sequence[Recovered]:
        if not rounds:
            raise OutsideError("the supervisor cannot be reached")
        return rounds.pop()

    async def story() -> None:
        controller = scene.controller(tend=tend)
        await scene.clock.run(lambda: scene.clock.seconds > 5)
        await ended(controller)

    play(story)
    assert scene.events(Recovered) == [back]
    assert "tending: the supervisor cannot be reached" in scene.said
