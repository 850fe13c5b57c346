"""One gate language, before and after deployment: rules, the metrics they name, and how they are judged.

Pure: no I/O, no clock; imports only core and stats.
"""
