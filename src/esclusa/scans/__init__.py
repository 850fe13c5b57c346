"""Scans: secrets, vulnerable dependencies, personal data, and what is wrong with workflow files.

A scan reads `pieces` (files, what is in archives, what git remembers), lets `detectors` look at them, sets
apart what somebody `accepted`, and says in its report what was looked at and what was not. It judges nothing.
"""
