"""Text that is not ours, made harmless: it steers no terminal and no job, and turns nobody's direction of
reading."""

import re

_SEQUENCES = re.compile(
    r"""(?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]        # CSI: colours, cursor
      | \x1b [\]PX^_] [^\x1b\x07]* (?: \x07 | \x1b\\ ) # OSC, DCS and the like: titles, links
      | \x1b [ -/]+ [0-~]                              # character sets
      | \x1b [0-Z\\^-~]                                # single functions
    """,
    re.VERBOSE,
)
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COMMANDS = re.compile(r"(?<!\S):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))")
"""What a system that runs the job obeys, at the start of a line or of a word that wrapping may put there, or
anywhere: GitHub Actions, Azure Pipelines, TeamCity. What GitLab obeys are terminal sequences."""


def without_commands(text: str) -> str:
    """The text with a space in all that a system which reads a job's output would obey."""
    return _COMMANDS.sub(r"\g<0> ", text) if "::" in text or "##" in text else text


def without_sequences(text: str) -> str:
    """The text without whole terminal sequences: what a terminal would do, not show."""
    return _SEQUENCES.sub("", text)


def escaped(text: str) -> str:
    r"""JSON of the same value, in which what steers a terminal or a job is written as `\uXXXX`."""
    text = _UNSHOWABLE.sub(lambda one: one[0] if one[0] in "\n\t\r" else f"\\u{ord(one[0]):04x}", text)
    return text.replace("##", "#\\u0023")


def harmless(text: str) -> str:
    """The same, without control characters but tab and newline, marks that turn the direction of text, and
    halves of characters. It may still look like markup."""
    return text if text.isprintable() else _UNSHOWABLE.sub("", without_sequences(text))
