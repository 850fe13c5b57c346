"""Told: who tells a rule its numbers: the router's log, Prometheus, replayed cases, live conversations."""

from esclusa.core.gate import Rule
from esclusa.core.project import StrategySpec
from esclusa.gates.guard import ERRORS, TIMES
from esclusa.gates.opinions import FEEDBACK

ROUTED = (ERRORS, *TIMES, FEEDBACK)
"""The metrics that the router's own log tells."""
ACCURACY = "accuracy"
"""Needs what is expected of a case, so no live conversation tells it."""


def counted(spec: StrategySpec) -> tuple[str, ...]:
    """The metrics that Prometheus tells."""
    return tuple(spec.prometheus.rates) if spec.prometheus else ()


def scored(spec: StrategySpec) -> tuple[Rule, ...]:
    """The rules on what was answered: all that neither the router nor Prometheus tells."""
    return tuple(rule for rule in spec.rules if rule.metric not in (*ROUTED, *counted(spec)))


def replayed(spec: StrategySpec) -> tuple[Rule, ...]:
    """Those of them that need no traffic to be compared with the stable release."""
    told = (rule for rule in scored(spec) if spec.replay and (not spec.score or rule.metric == ACCURACY))
    return tuple(told)
