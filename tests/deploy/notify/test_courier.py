"""The courier with a real outbox and time that can be driven: nothing lost, and nobody held up."""

import asyncio
from pathlib import Path

import pytest

from esclusa.core.events import NoticeGivenUp, Notified
from esclusa.core.notice import Notice
from esclusa.core.project import Channel
from esclusa.core.rollout import RolloutState, Wish
from esclusa.core.value import replace
from esclusa.deploy.engine import created, set_out
from esclusa.deploy.notify.courier import ATTEMPTS, Courier, patience
from esclusa.deploy.strategies.canary import canary
from tests.deploy.fleets import serving, shape
from tests.deploy.test_controller import BAD, Killed, Scene, ended, play
from tests.fakes_deploy import START

EVERYTHING = ("started", "promoted", "rolled_back", "failed")
TEAM = Channel(name="team", on=EVERYTHING, webhook="env:HOOK")
OTHER = Channel(name="other", on=EVERYTHING, command=("./tell",))


class Receiver:
    """Takes what it is sent, or does what a test asks instead."""

    def __init__(self, scene: Scene) -> None:
        self.got: list[tuple[str, str]] = []
        """Channel and what, as they came."""
        self.keys: list[str] = []
        self.answers: dict[str, list[str | BaseException]] = {}
        """By channel: what becomes of the next ones."""
        self.hangs: set[str] = set()
        self._scene = scene

    async def __call__(self, notice: Notice) -> str:
        name = notice.channel.name
        if name in self.hangs:
            await self._scene.clock.sleep(10.0)
            return "no answer within 10 s"
        self.got.append((name, notice.what))
        self.keys.append(notice.key)
        answer = self.answers[name].pop(0) if self.answers.get(name) else ""
        if isinstance(answer, BaseException):
            raise answer
        return answer


def setting_out(scene: Scene, *channels: Channel) -> None:
    rollout = set_out(
        rollout="r1",
        project="support",
        run="",
        spec=shape(bake=10.0, timeout=120.0, min_samples=10),
        strategy=canary,
        old=serving("old"),
        new=serving("new"),
        now=scene.clock.now(),
    )
    rollout = replace(rollout, generation=1, notify=channels)
    scene.store.rollouts.create(rollout, created(rollout))


def courier(scene: Scene, receiver: Receiver) -> Courier:
    return Courier(scene.store.outbox, receiver, scene.clock, scene.said.append)


def settled(scene: Scene) -> list[object]:
    return scene.events(Notified, NoticeGivenUp)  # type: ignore[return-value]


def test_what_becomes_of_a_rollout_is_told_to_everybody_and_written_down(tmp_path: Path) -> None:
    scene = Scene(tmp_path, errors=BAD)
    receiver = Receiver(scene)

    async def story() -> None:
        setting_out(scene, TEAM, OTHER)
        controller = scene.controller(deliver=courier(scene, receiver))
        await scene.until(RolloutState.ROLLED_BACK)
        await scene.clock.run(lambda: len(settled(scene)) == 4)
        await ended(controller)

    play(story)
    assert sorted(receiver.got) == [
        (name, what) for name in ("other", "team") for what in ("rolled_back", "started")
    ]
    events = [each.event for each in scene.store.journal.read()]
    back = next(n for n, each in enumerate(events) if getattr(each, "state", "") == RolloutState.ROLLED_BACK)
    told = [n for n, each in enumerate(events) if isinstance(each, Notified) and each.what == "rolled_back"]
    assert min(told) > back, "told of after it was confirmed and written"


def test_a_receiver_that_hangs_holds_neither_the_rollout_nor_another_receiver(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    receiver = Receiver(scene)
    receiver.hangs = {"team"}

    async def story() -> None:
        setting_out(scene, TEAM, OTHER)
        controller = scene.controller(deliver=courier(scene, receiver))
        await scene.until(RolloutState.PROMOTED)
        took = scene.clock.seconds
        await scene.clock.run(lambda: ("other", "promoted") in receiver.got)
        assert scene.clock.seconds - took <= 2.0
        assert took < 60.0
        receiver.hangs = set()
        await scene.clock.run(lambda: len(settled(scene)) == 4)
        await ended(controller)

    play(story)
    assert sorted(receiver.got)[2:] == [("team", "promoted"), ("team", "started")]


def test_a_controller_that_dies_between_sending_and_writing_it_down_sends_it_again_with_its_key(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    receiver = Receiver(scene)
    receiver.answers = {"team": [Killed()]}

    async def story() -> None:
        setting_out(scene, TEAM)
        first = courier(scene, receiver)
        dying = asyncio.create_task(first())
        await scene.clock.run(lambda: len(receiver.got) == 1)
        await ended(dying)
        second = asyncio.create_task(courier(scene, receiver)())
        await scene.clock.run(lambda: len(settled(scene)) == 1)
        await ended(second)

    play(story)
    assert receiver.got == [("team", "started")] * 2
    assert len(set(receiver.keys)) == 1
    assert settled(scene) == [
        Notified(rollout="r1", key=receiver.keys[0], channel="team", what="started", attempts=1)
    ]


def test_what_is_never_taken_is_tried_less_and_less_often_and_then_given_up(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    receiver = Receiver(scene)
    receiver.answers = {"team": ["it answered 500"] * ATTEMPTS}
    moments: list[float] = []

    async def story() -> None:
        setting_out(scene, TEAM)
        running = asyncio.create_task(courier(scene, receiver)())
        for tries in range(1, ATTEMPTS + 1):
            await scene.clock.run(lambda tries=tries: len(receiver.got) == tries)  # type: ignore[misc]
            moments.append(scene.clock.seconds)
        await scene.clock.run(lambda: bool(settled(scene)))
        await ended(running)

    play(story)
    assert len(set(receiver.keys)) == 1
    assert settled(scene) == [
        NoticeGivenUp(
            rollout="r1",
            key=receiver.keys[0],
            channel="team",
            what="started",
            attempts=ATTEMPTS,
            trouble="it answered 500",
        )
    ]
    assert 1800 < moments[-1] < 6000
    assert scene.store.outbox.due(scene.clock.now()) == []


def test_a_fault_in_a_sender_is_a_try_that_failed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    receiver = Receiver(scene)
    receiver.answers = {"team": [ZeroDivisionError("ours")]}

    async def story() -> None:
        setting_out(scene, TEAM)
        running = asyncio.create_task(courier(scene, receiver)())
        await scene.clock.run(lambda: bool(settled(scene)))
        assert not running.done()
        await ended(running)

    play(story)
    assert [getattr(event, "attempts", 0) for event in settled(scene)] == [2]
    assert any("ZeroDivisionError" in line for line in scene.said)


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (5, 8, 16), (16, 300, 600)])
def test_patience_doubles_and_is_spread(attempts: int, least: float, most: float) -> None:
    def notice(key: str) -> Notice:
        return Notice(
            key=key, rollout="r", what="promoted", channel=TEAM, payload={}, attempts=attempts, due=START
        )

    waits = [patience(notice(str(number))) for number in range(200)]
    assert least <= min(waits) < least * 1.1
    assert most * 0.95 < max(waits) <= most


def test_wishes_that_are_granted_in_one_look_are_each_told_of(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    receiver = Receiver(scene)
    paused = Channel(name="team", on=("paused",), webhook="env:HOOK")

    async def story() -> None:
        setting_out(scene, paused)
        controller = scene.controller(deliver=courier(scene, receiver))
        await scene.until(RolloutState.BAKING)
        for verb in ("pause", "resume", "pause", "promote"):
            scene.store.rollouts.wish("r1", Wish(verb=verb, by="ana"))  # type: ignore[arg-type]
        await scene.until(RolloutState.PROMOTED)
        await scene.clock.run(lambda: len(settled(scene)) == 2)
        await ended(controller)

    play(story)
    assert receiver.got == [("team", "paused")] * 2
    assert len(set(receiver.keys)) == 2
