"""A strategy: a pure function from two releases and a shape to phases, so that a new strategy is data."""

from collections.abc import Callable

from esclusa.core.fleet import Fleet
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import Phase

Strategy = Callable[[Fleet | None, Fleet, StrategySpec], tuple[Phase, ...]]
"""`(old, new, shape) -> phases`.

`old` is the environment serving the stable release alone (None for the first release), `new` is the
environment serving the candidate alone; both at full size. The last phase's fleet is `new`, or equal to
it in effect.
"""
