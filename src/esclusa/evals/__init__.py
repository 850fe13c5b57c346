"""Evals: questions asked of a running agent, answers scored, all of it handed over as evidence.

This room never starts an agent and never judges: it is given an address, and gives `Evidence`.
"""

from esclusa.evals.decorator import scorer

__all__ = ["scorer"]
