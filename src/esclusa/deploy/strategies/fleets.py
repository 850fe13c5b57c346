"""Two releases in one environment: what strategies build their phases from."""

from esclusa.core.fleet import Fleet, Route, Service
from esclusa.core.project import StrategySpec
from esclusa.core.value import replace


def beside(old: Fleet, new: Fleet, share: float, spec: StrategySpec) -> Fleet:
    """Both releases at full size, `share` of new conversations for the new one, which is named first."""
    return Fleet(
        environment=new.environment,
        port=new.port,
        workloads=(*new.workloads, *old.workloads),
        route=Route(
            weights=_weights(old, new, share),
            sticky=spec.sticky or _header(new) or _header(old),
            sample=spec.sample if spec.score else 0.0,
            feedback=_feedback(new) or _feedback(old),
        ),
        services=_services(old, new),
        drain=new.drain,
    )


def same(old: Fleet, new: Fleet) -> bool:
    """Whether both serve the same releases, so that there is no traffic to move."""
    return {known.release for known in old.workloads} == {known.release for known in new.workloads}


def sticky(fleet: Fleet, spec: StrategySpec) -> Fleet:
    """The fleet with conversations told apart as the strategy says."""
    if fleet.route is None or not spec.sticky:
        return fleet
    return replace(fleet, route=replace(fleet.route, sticky=spec.sticky))


def percent(share: float) -> str:
    """A share as people write it: `12.5 %`."""
    return f"{share * 100:.6g} %"


def _weights(old: Fleet, new: Fleet, share: float) -> tuple[tuple[str, float], ...]:
    # The router hashes conversations into nested buckets only while the newest release stands first.
    return (
        *((release, round(weight * share, 9)) for release, weight in _route(new)),
        *((release, round(weight * (1 - share), 9)) for release, weight in _route(old)),
    )


def _services(old: Fleet, new: Fleet) -> tuple[Service, ...]:
    # A service that already runs stays as it runs: equal keys are the same service.
    running = {service.key for service in old.services}
    return (*old.services, *(service for service in new.services if service.key not in running))


def _route(fleet: Fleet) -> tuple[tuple[str, float], ...]:
    if fleet.route is None:
        raise ValueError(f"a strategy needs a fleet that serves, and {fleet.environment} has no route")
    return fleet.route.weights


def _header(fleet: Fleet) -> str:
    return fleet.route.sticky if fleet.route else ""


def _feedback(fleet: Fleet) -> str:
    return fleet.route.feedback if fleet.route else ""
