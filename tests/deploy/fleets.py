"""Fleets, specifications and rules that the deploy tests share."""

from esclusa.core.fleet import Fleet, Program, Route, Service, Workload
from esclusa.core.gate import Absolute, Relative, Rule
from esclusa.core.project import StrategySpec

GUARD = Rule(
    text="error_rate <= baseline + 0.5%",
    metric="error_rate",
    operator="<=",
    limit=Relative(plus=0.005),
    estimator="mean",
)
LIMIT = Rule(
    text="error_rate <= 5%", metric="error_rate", operator="<=", limit=Absolute(value=0.05), estimator="mean"
)


def serving(
    release: str,
    *,
    environment: str = "production",
    port: int = 20080,
    replicas: int = 2,
    services: tuple[Service, ...] = (),
) -> Fleet:
    """An environment that serves one release alone."""
    return Fleet(
        environment=environment,
        port=port,
        workloads=(Workload(release=release, program=program(release), replicas=replicas),),
        route=Route(weights=((release, 1.0),)),
        services=services,
    )


def program(release: str) -> Program:
    """A program that nobody starts."""
    return Program(argv=("serve", release, "{port}"), directory="/srv")


def service(key: str) -> Service:
    """A backing service that nobody starts."""
    return Service(name="model", program=program(key), variable="MODEL_URL", key=key)


def shape(**changes: object) -> StrategySpec:
    """The canary of the documentation, changed as asked."""
    settings: dict[str, object] = {
        "name": "canary",
        "uses": "canary",
        "steps": (0.05, 0.25, 1.0),
        "sticky": "x-conversation-id",
        "bake": 60.0,
        "min_samples": 50,
        "max_harmed": 20,
        "guard": (GUARD,),
        "timeout": 600.0,
    }
    return StrategySpec(**{**settings, **changes})  # type: ignore[arg-type]
