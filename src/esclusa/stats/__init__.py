"""Statistics as pure functions on plain numbers; imports nothing of ours, and no array library.

`binomial` tails, `intervals` for what was seen, `betting` on bounded means, `finite` populations drawn in a
random order, `paired` comparisons with a baseline, `families` of them, `planning` of how much more is needed,
`drops` that so many cases show, and `eprocess`, the evidence of a live comparison.
"""
