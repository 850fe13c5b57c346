"""A/B: stable (A) and the candidate (B) side by side for a fixed time, and then a report.

Who gets B is drawn by conversation (`split`), or said by the request itself, in a header or a cookie. While
it is held, guards roll back what is shown to harm; the report is drawn up once, at the end. What follows is
said by `winner`: nothing (`keep`), a person's word (`ask`), or promotion of a B that is better in something
and worse in nothing (`promote`).
"""

from esclusa.core.errors import ConfigurationError
from esclusa.core.fleet import Fleet, Match
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase
from esclusa.core.value import replace
from esclusa.deploy.strategies.direct import direct
from esclusa.deploy.strategies.fleets import beside, percent, same, sticky
from esclusa.deploy.strategies.settings import concluding, takes, unjudged

WHO = ("split", "header", "cookie")


def ab(old: Fleet | None, new: Fleet, spec: StrategySpec) -> tuple[Phase, ...]:
    """Prepare, hold, report; the last phase is for a B that wins. ConfigurationError."""
    _check(spec)
    if old is None or same(old, new):
        return direct(old, new, spec)
    fleet = beside(old, new, spec.split, spec)
    assert fleet.route is not None
    fleet = replace(fleet, route=replace(fleet.route, matches=_matches(new, spec)))
    return (
        Phase(name="prepare", fleet=beside(old, new, 0.0, spec), exit=unjudged(spec)),
        Phase(name=_name(spec), fleet=fleet, exit=concluding(spec, spec.hold), share=spec.split),
        Phase(name="promote", fleet=sticky(new, spec), exit=unjudged(spec), share=1.0),
    )


def _matches(new: Fleet, spec: StrategySpec) -> tuple[Match, ...]:
    release = new.workloads[0].release
    if spec.header:
        name, _, value = spec.header.partition(": ")
        return (Match(release=release, header=name, value=value),)
    if spec.cookie:
        name, _, value = spec.cookie.partition("=")
        return (Match(release=release, cookie=name, value=value),)
    return ()


def _name(spec: StrategySpec) -> str:
    if spec.header:
        return f"header {spec.header}"
    return f"cookie {spec.cookie}" if spec.cookie else f"split {percent(spec.split)}"


def _check(spec: StrategySpec) -> None:
    takes(spec, *WHO, "hold", "winner")
    key = f"strategies.{spec.name}"
    said = [name for name in WHO if getattr(spec, name)]
    if len(said) != 1:
        raise ConfigurationError(
            f"who gets B is said by one of `split`, `header` and `cookie`, not by {len(said)} of them",
            mend='`split: 50%` draws conversations; `header: "x-cohort: b"` and `cookie: cohort=b` let the '
            "request say it",
            key=f"{key}.{said[1]}" if said else key,
        )
    if spec.split == 1:
        raise ConfigurationError(
            "a split of 100 % leaves nobody with A", mend="`split: 50%` tells most", key=f"{key}.split"
        )
    if not spec.hold:
        raise ConfigurationError(
            "an A/B is held for a time that is fixed before", mend="say `hold: 2 h`", key=key
        )
    plain = StrategySpec(name="", uses="")
    for name in ("bake", "min_samples"):
        if getattr(spec, name) != getattr(plain, name):
            raise ConfigurationError(
                f"`ab` has no use for `{name}`: it is over when `hold` is",
                mend="remove it",
                key=f"{key}.{name}",
            )
