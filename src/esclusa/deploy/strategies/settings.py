"""What strategies have to say about their settings: each takes some, and refuses the rest by name."""

from esclusa.core.errors import ConfigurationError
from esclusa.core.gate import Relative
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Exit

OWN = ("steps", "holdback", "keep", "max_surge", "max_unavailable")
"""Settings that only some strategies have a use for."""
_LEFT_OUT = StrategySpec(name="", uses="")


def takes(spec: StrategySpec, *names: str) -> None:
    """ConfigurationError for a setting of `OWN` that is not as it is by default and not among these."""
    for name in OWN:
        if name not in names and getattr(spec, name) != getattr(_LEFT_OUT, name):
            raise ConfigurationError(
                f"`{spec.uses}` has no use for `{name}`",
                mend=f"remove it, or use a strategy that takes it: {_who_takes(name)}",
                key=f"strategies.{spec.name}.{name}",
            )


def comparing(spec: StrategySpec) -> str:
    """The first rule that needs a baseline beside the candidate; empty if none does."""
    rules = (rule for rule in spec.rules if rule not in spec.replayed)
    return next((rule.text for rule in rules if isinstance(rule.limit, Relative)), "")


def judged(spec: StrategySpec) -> Exit:
    """The exit of a phase in which the rules are judged."""
    return Exit(bake=spec.bake, min_samples=spec.min_samples, timeout=spec.timeout, judged=True)


def unjudged(spec: StrategySpec) -> Exit:
    """The exit of a phase that is over when it is in force."""
    return Exit(timeout=spec.timeout)


def _who_takes(name: str) -> str:
    if name in ("steps", "holdback"):
        return "`canary`"
    return "`blue-green`" if name == "keep" else "`rolling`"
