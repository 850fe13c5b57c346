"""Shadow: the candidate is sent copies of what stable is asked, judged by its answers, and shown to nobody.

A share of new conversations is copied, each from its first turn to its last. Users get stable's answers and
never wait for the candidate's. When the phase has passed, both are compared once in a report, stable serves
alone again and the rollout has concluded; nothing is promoted unless somebody asks for it.

The copies reach the candidate's tools: they act once more for every request that is copied, unless the agent
leaves it when it sees `x-esclusa-shadow: 1`. Nobody but its owner can know, so it has to be said.
"""

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet, Shadow
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.value import replace
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.fleets import beside, percent, same, sticky
from esclusa.deploy.strategies.settings import concluding, judged, takes, unjudged


def shadow(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """Prepare, mirror, conclude; the last phase is for who promotes it all the same. ConfigurationError."""
    takes(spec, "mirror", "side_effects")
    if not spec.mirror:
        raise ConfigurationError(
            "a shadow mirrors nothing",
            mend="say of which share of conversations the new release is sent a copy: `mirror: 10%`",
            key=f"strategies.{spec.name}.mirror",
        )
    if spec.max_harmed is not None:
        raise ConfigurationError(
            "`max_harmed` limits what users meet, and nobody meets the answers of a shadow",
            mend="remove it; what the copies may come to is said by `guard`",
            key=f"strategies.{spec.name}.max_harmed",
        )
    check_mirror(spec)
    if old is None or same(old, new):
        return direct(old, new, spec)
    ends = replace(concluding(spec, spec.bake), min_samples=spec.min_samples)
    return (
        Phase(name="prepare", fleet=beside(old, new, 0.0, spec), exit=unjudged(spec)),
        *(replace(one, exit=ends) for one in mirrored(old, new, spec)),
        Phase(name="promote", fleet=sticky(new, spec), exit=unjudged(spec), share=1.0),
    )


def mirrored(old: Fleet, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """The phase in which the candidate gets copies and nothing else, if the settings ask for one."""
    if not spec.mirror:
        return ()
    fleet = beside(old, new, 0.0, spec)
    assert fleet.route is not None
    copied = Shadow(release=new.workloads[0].release, share=spec.mirror)
    return (
        Phase(
            name=f"mirror {percent(spec.mirror)}",
            fleet=replace(fleet, route=replace(fleet.route, shadow=copied)),
            exit=judged(spec),
        ),
    )


def check_mirror(spec: StrategySpec) -> None:
    """ConfigurationError where it was not said what the copies do, or where there are none."""
    if spec.mirror and not spec.side_effects:
        raise ConfigurationError(
            "a copy of a request may act once more: the new release's tools do not know that nobody asked",
            mend="say `side_effects: none` if its tools only read, or do nothing when a request has the "
            "header `x-esclusa-shadow: 1`; `side_effects: accepted` if what they do twice is meant so",
            key=f"strategies.{spec.name}.side_effects",
        )
    if spec.side_effects and not spec.mirror:
        raise ConfigurationError(
            "`side_effects` speaks of copies, and there are none",
            mend="say `mirror: 10%`, or remove it",
            key=f"strategies.{spec.name}.side_effects",
        )
