"""Strategies: pure functions from two fleets and a shape to phases. The next one is a file beside these."""
