"""What is wrong with a file, collected, so that a user mends it in one go instead of one error at a time."""

import difflib
from collections.abc import Iterable, Mapping

from esclusa.core.errors import ConfigurationError, ConfigurationErrors, in_order, raise_any


class Problems:
    """The errors and warnings found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._errors: list[ConfigurationError] = []
        self._warnings: list[ConfigurationError] = []

    def add(self, message: str, *, line: int = 0, key: str = "", mend: str = "") -> None:
        """Something that must be mended."""
        self._errors.append(ConfigurationError(message, mend=mend, file=self.file, line=line, key=key))

    def warn(self, message: str, *, line: int = 0, key: str = "", mend: str = "") -> None:
        """Something that is probably not meant so."""
        self._warnings.append(ConfigurationError(message, mend=mend, file=self.file, line=line, key=key))

    def include(self, error: ConfigurationError) -> None:
        """An error that another reader found, in a file that this one names."""
        self._errors += error.errors if isinstance(error, ConfigurationErrors) else (error,)

    def include_odd(self, warnings: Iterable[ConfigurationError]) -> None:
        """What another reader found odd in such a file."""
        self._warnings += warnings

    @property
    def warnings(self) -> tuple[ConfigurationError, ...]:
        """In the order of the file."""
        return in_order(self._warnings)

    def stop_if_any(self) -> None:
        """Raises the error, or all of them in the order of the file."""
        raise_any(self._errors, self.file)


class Places:
    """Reports on a file that was read, by key alone: it knows on which line each stands."""

    def __init__(self, problems: Problems, lines: Mapping[str, int]) -> None:
        self._problems = problems
        self._lines = lines

    def written(self, key: str) -> bool:
        """Whether the key stands in the file."""
        return key in self._lines

    def bad(self, key: str, message: str, mend: str = "") -> None:
        """Something that must be mended."""
        self._problems.add(message, line=self._line(key), key=key, mend=mend)

    def odd(self, key: str, message: str, mend: str = "") -> None:
        """Something that is probably not meant so."""
        self._problems.warn(message, line=self._line(key), key=key, mend=mend)

    def _line(self, key: str) -> int:
        """Where a key stands, or the nearest key around it that was written."""
        while key and key not in self._lines:
            key = key.rpartition(".")[0]
        return self._lines.get(key, 1)


def unknown(what: str, word: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and mend for a word that is none of the known ones."""
    words = list(known)
    near = difflib.get_close_matches(word, words, 1, 0.6)
    question = f"; did you mean `{near[0]}`?" if near else ""
    listed = ", ".join(f"`{each}`" for each in words)
    return f"unknown {what} `{word}`{question}", f"known here: {listed}" if words else "none is known here"
