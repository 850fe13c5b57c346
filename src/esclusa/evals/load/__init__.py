"""Load: how fast a served release answers, how often it fails, and from which load on it does not keep up.

`profile` says what load, `arrivals` when each request is due, `drive` sends them, `passage` holds what came
of one level, `search` looks for the saturation point, `measure` makes evidence of it, `run` ties them. It
scores no answer: what is right is for suites without `load`.
"""
