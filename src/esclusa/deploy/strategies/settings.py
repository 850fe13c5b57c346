"""What strategies have to say about their settings: each takes some, and refuses the rest by name."""

from esclusa.core.errors import ConfigurationError
from esclusa.core.gate import Relative
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Exit
from esclusa.gates.told import replayed

TAKEN_BY = {
    "steps": "`canary`",
    "holdback": "`canary`",
    "keep": "`blue-green`",
    "max_surge": "`rolling`",
    "max_unavailable": "`rolling`",
    "mirror": "`shadow`, `canary` or `blue-green`",
    "side_effects": "`shadow`, `canary` or `blue-green`",
    "split": "`ab`",
    "header": "`ab`",
    "cookie": "`ab`",
    "hold": "`ab`",
    "winner": "`ab`",
}
"""Settings that only some strategies have a use for, and which."""
_LEFT_OUT = StrategySpec(name="", uses="")


def takes(spec: StrategySpec, *names: str) -> None:
    """ConfigurationError for a setting of `TAKEN_BY` that is not as it is by default and not among these."""
    for name, takers in TAKEN_BY.items():
        if name not in names and getattr(spec, name) != getattr(_LEFT_OUT, name):
            raise ConfigurationError(
                f"`{spec.uses}` has no use for `{name}`",
                mend=f"remove it, or use a strategy that takes it: {takers}",
                key=f"strategies.{spec.name}.{name}",
            )


def comparing(spec: StrategySpec) -> str:
    """The first rule that needs a baseline beside the candidate; empty if none does."""
    rules = (rule for rule in spec.rules if rule not in replayed(spec))
    return next((rule.text for rule in rules if isinstance(rule.limit, Relative)), "")


def judged(spec: StrategySpec) -> Exit:
    """The exit of a phase in which the rules are judged."""
    return Exit(bake=spec.bake, min_samples=spec.min_samples, timeout=spec.timeout, judged=True)


def concluding(spec: StrategySpec, seconds: float) -> Exit:
    """The exit of a phase that is there to find out what starts within these seconds.

    It lasts as much longer as a request may take, so that all of that has ended.
    """
    lasts = seconds + spec.deadline
    return Exit(bake=lasts, timeout=lasts + spec.timeout, judged=True, concludes=True)


def unjudged(spec: StrategySpec) -> Exit:
    """The exit of a phase that is over when it is in force."""
    return Exit(timeout=spec.timeout)
