"""Direct: the candidate beside the stable release until it is healthy, then all traffic at once.

Also what every first release gets, whatever its strategy: with nothing to compare against, readiness is what
can be verified. It judges nothing before the switch; with `watch:` the controller judges after it.
"""

from esclusa.core.fleet import Fleet
from esclusa.core.project import DIRECT, StrategySpec
from esclusa.core.rollout import Exit, Phase
from esclusa.deploy.strategies.fleets import beside, same
from esclusa.deploy.strategies.settings import takes


def direct(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """Prepare (unless there is nothing beside it), then switch. ConfigurationError for others' settings."""
    if spec.uses == DIRECT:  # and not what another strategy comes down to
        takes(spec)
    switch = Phase(name="switch", fleet=new, exit=Exit(timeout=spec.timeout), share=1.0)
    if old is None or same(old, new):
        return (switch,)
    prepare = Phase(name="prepare", fleet=beside(old, new, 0.0, spec), exit=Exit(timeout=spec.timeout))
    return (prepare, switch)
