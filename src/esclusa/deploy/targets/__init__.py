"""Targets: where fleets live. Each makes its environment be as a fleet says (core.target.Target)."""
