"""What a served release says of the services behind it."""

import asyncio

from esclusa.core.fleet import Endpoint, Fleet, Observation, WorkloadState
from esclusa.stages.serve import Served


class Looked:
    """A target of which one thing after another is seen."""

    def __init__(self, *seen: Observation) -> None:
        self._seen = iter(seen)

    async def apply(self, fleet: Fleet, generation: int) -> Observation:
        raise NotImplementedError

    async def observe(self, environment: str) -> Observation:
        assert environment == "e"
        return next(self._seen)


def seen(model: str, restarts: int) -> Observation:
    there = WorkloadState(release="r", wanted=1, running=1, healthy=1)
    return Observation(
        environment="e",
        generation=1,
        workloads=(there,),
        services={"model": model},
        service_restarts={"model": restarts},
    )


def test_a_service_is_in_trouble_while_it_is_down_and_once_after_it_came_back_unseen() -> None:
    looked = Looked(
        seen("healthy", 2), seen("starting", 3), seen("healthy", 3), seen("healthy", 4), seen("healthy", 4)
    )
    place = Served.at(Endpoint(url="http://127.0.0.1:1"), seen("healthy", 2), looked)

    async def asked() -> list[str]:
        return [await place.trouble() for _ in range(5)]

    assert asyncio.run(asked()) == ["", "model is starting", "", "model was started again", ""]


def test_replicas_that_somebody_took_down_are_no_fault_of_the_agent() -> None:
    looked = Looked(Observation(environment="e", generation=1))
    place = Served.at(Endpoint(url="http://127.0.0.1:1"), seen("healthy", 0), looked)
    assert asyncio.run(place.trouble()) == "the replicas in e were taken down"
