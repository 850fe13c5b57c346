"""What can go wrong, as one tree.

    EsclusaError                 has a message, a mend and the exit code the command line ends with
    +-- UsageError          2    the call or the file is wrong; nothing was run
    |   +-- ConfigurationError   esclusa.yaml, a suite or a dataset is wrong: file, line, key
    |       +-- ConfigurationErrors   several things are wrong in one file, all told at once
    +-- StepFailed          1    a step or a gate ended the run
    +-- OutsideError        3    something outside could not be reached or started
    |   +-- StartFailed          a program was started and did not become healthy
    |   +-- PortTaken            somebody else listens on a port that is ours by configuration
    +-- StateError          3    our own state on disk is torn, or newer than this version
    +-- Fenced              3    somebody with a later epoch or generation has taken over
    +-- Interrupted       130    a person or a signal ended it

An error of this tree is shown as `message` and `mend`; anything else is our own bug and keeps its traceback.
"""

import errno
from collections.abc import Iterable


class EsclusaError(Exception):
    """A failure that a user is told about in words: what happened, and what mends it."""

    exit_code = 1

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}\n  mend: {self.mend}" if self.mend else self.message


class UsageError(EsclusaError):
    """The call is wrong; nothing was run."""

    exit_code = 2


class ConfigurationError(UsageError):
    """A file the user wrote is wrong: says where, and what was expected there."""

    def __init__(self, message: str, *, mend: str = "", file: str = "", line: int = 0, key: str = "") -> None:
        super().__init__(message, mend=mend)
        self.file = file
        self.line = line
        self.key = key

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = ": ".join(part for part in (place, self.key) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text}\n  mend: {self.mend}" if self.mend else text


class ConfigurationErrors(ConfigurationError):
    """Several things are wrong in one file: `errors`, in the order of the file."""

    def __init__(self, errors: "tuple[ConfigurationError, ...]", *, file: str = "") -> None:
        super().__init__(f"{len(errors)} things are wrong", file=file)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def in_order(errors: Iterable[ConfigurationError]) -> tuple[ConfigurationError, ...]:
    """By their lines."""
    return tuple(sorted(errors, key=lambda error: error.line))


def raise_any(errors: Iterable[ConfigurationError], file: str) -> None:
    """Raises the only one, or all of them together in the order of the file; nothing if there is none."""
    known = in_order(errors)
    if len(known) == 1:
        raise known[0]
    if known:
        raise ConfigurationErrors(known, file=file)


class StepFailed(EsclusaError):
    """A step ended badly, or a gate closed."""

    exit_code = 1


class OutsideError(EsclusaError):
    """Something that is not ours could not be reached or started."""

    exit_code = 3


class StartFailed(OutsideError):
    """A program was started and did not become healthy in time."""


class PortTaken(OutsideError):
    """A port that the configuration names is in use by somebody else."""


class StateError(EsclusaError):
    """Our own state on disk cannot be trusted: torn, or written by a newer version."""

    exit_code = 3


class Fenced(EsclusaError):
    """A later epoch or generation is in force; what this caller wanted must not happen any more."""

    exit_code = 3


class Interrupted(EsclusaError):
    """A person or a signal ended it."""

    exit_code = 130


FULL = {
    errno.ENOSPC: "free some space; `esclusa prune` helps",
    errno.EDQUOT: "free some space, or have the quota raised; `esclusa prune` helps",
    errno.EROFS: "mount it for writing",
}


def in_words(error: BaseException) -> BaseException:
    """The error, or what is to be said instead: a disk that takes no more can meet any line that writes."""
    if isinstance(error, OSError) and error.errno in FULL:
        return OutsideError(
            f"{error.filename or 'a file'} cannot be written: {error.strerror}",
            mend=FULL[error.errno],
        )
    return error
