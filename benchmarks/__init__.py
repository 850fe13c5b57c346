"""Measurements with targets; each runs as `python -m benchmarks.NAME` and exits 1 when a target is missed."""
