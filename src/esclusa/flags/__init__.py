"""Feature flags as a part of the release: flagd's definition format, evaluated by OpenFeature's evaluator.

definitions    a file, read and checked by line; targeting: its rules; outcomes: what they can come to
evaluation     what a flag comes to for a conversation, and why
ofrep          the OpenFeature Remote Evaluation Protocol as a function; server: the same over HTTP
launch         how the flag server of a release is started
"""
