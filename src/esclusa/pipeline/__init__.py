"""The pipeline: a graph of steps, pure, and the runner that takes a commit through it."""
