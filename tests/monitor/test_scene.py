"""What the journal tells of rollouts, added up."""

from datetime import timedelta

from esclusa.core.events import ControllerStarted, Event, Recorded, RolloutCreated, RolloutMoved
from esclusa.core.rollout import RolloutState
from esclusa.monitor.scene import Past, past
from tests.fakes import START

S = RolloutState


def recorded(*events: Event) -> list[Recorded]:
    """One event every two seconds."""
    return [
        Recorded(sequence=number, at=START + timedelta(seconds=2 * number), event=event)
        for number, event in enumerate(events, start=1)
    ]


def created(rollout: str, environment: str = "production") -> RolloutCreated:
    return RolloutCreated(
        rollout=rollout, run="r", environment=environment, candidate="a", stable="b", strategy="canary"
    )


def moved(rollout: str, state: RolloutState, exposed: int = 0, harmed: int = 0) -> RolloutMoved:
    return RolloutMoved(rollout=rollout, state=state, position=0, share=0.0, exposed=exposed, harmed=harmed)


def test_rollouts_are_added_up_by_environment_with_their_newest_numbers() -> None:
    events = recorded(
        ControllerStarted(holder="h", epoch=1),
        created("one"),
        moved("one", S.BAKING, 10, 1),
        moved("one", S.PROMOTED, 100, 2),
        created("two"),
        moved("two", S.BAKING, 20, 5),
        moved("two", S.RESTORING, 30, 20),
        moved("two", S.RESTORING, 31, 20),
        moved("two", S.ROLLED_BACK, 31, 20),
        created("three", "staging"),
        moved("three", S.SHIFTING),
        moved("unheard of", S.PROMOTED),
    )
    assert past(events) == {
        "production": Past(ended={"promoted": 1, "rolled_back": 1}, exposed=131, harmed=22, went_back=(4.0,)),
        "staging": Past(),
    }
