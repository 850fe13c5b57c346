"""Blue-green: the candidate at full size beside stable, then all new conversations at once, and a way back.

Green is up and healthy before it gets anything, and with `mirror` it is judged by copies of what blue is
asked. After the switch it is judged for `bake` while blue stands ready at full size, and then for `keep`
more: until that is over a rollback only moves the routes. Only then blue is retired.

Once all traffic is green's there is nothing to compare it with, so the rules have limits of their own; and
`max_harmed` bounds the switch, but not a long `keep`, in which some errors are normal.
"""

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Exit, Phase
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.fleets import beside, same, sticky
from esclusa.deploy.strategies.settings import comparing, judged, takes, unjudged
from esclusa.deploy.strategies.shadow import check_mirror, mirrored


def blue_green(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """Prepare at weight 0, switch, keep, retire. ConfigurationError for a rule that needs a baseline."""
    _check(spec)
    if old is None or same(old, new):
        return direct(old, new, spec)
    switched = beside(old, new, 1.0, spec)
    keep = Exit(bake=spec.keep, timeout=spec.keep + spec.timeout, judged=True, bounded=False)
    return (
        Phase(name="prepare", fleet=beside(old, new, 0.0, spec), exit=unjudged(spec)),
        *mirrored(old, new, spec),
        Phase(name="switch", fleet=switched, exit=judged(spec), share=1.0),
        *([Phase(name="keep", fleet=switched, exit=keep, share=1.0)] if spec.keep else []),
        Phase(name="retire", fleet=sticky(new, spec), exit=unjudged(spec), share=1.0),
    )


def _check(spec: StrategySpec) -> None:
    takes(spec, "keep", "mirror", "side_effects")
    check_mirror(spec)
    rule = comparing(spec)
    if rule:
        stands_in = "guard" if any(one.text == rule for one in spec.guard) else "prove"
        raise ConfigurationError(
            f"`{rule}` needs a baseline, and after the switch none has traffic",
            mend="give it a limit of its own (`error_rate <= 2%`), or use a canary",
            key=f"strategies.{spec.name}.{stands_in}",
        )
