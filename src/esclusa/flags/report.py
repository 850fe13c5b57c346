"""What is wrong with a definition file, collected, so that it is mended in one go."""

import difflib
import json
from collections.abc import Iterable

from esclusa.core.errors import ConfigurationError, in_order, raise_any
from esclusa.marked import Marked, Path_


class Report:
    """Errors and warnings by the path of what they are about."""

    def __init__(self, file: str, document: Marked) -> None:
        self._file = file
        self._document = document
        self._errors: list[ConfigurationError] = []
        self._warnings: list[ConfigurationError] = []

    def bad(self, path: Path_, message: str, mend: str = "") -> None:
        """Something that must be mended."""
        self._errors.append(self._told(path, message, mend))

    def odd(self, path: Path_, message: str, mend: str = "") -> None:
        """Something that is probably not meant so."""
        self._warnings.append(self._told(path, message, mend))

    def unknown(self, path: Path_, what: str, word: str, known: Iterable[str]) -> None:
        """A word that is none of the known ones."""
        words = list(known)
        near = difflib.get_close_matches(word, words, 1, 0.6)
        question = f"; did you mean `{near[0]}`?" if near else ""
        listed = ", ".join(f"`{each}`" for each in words)
        self.bad(path, f"unknown {what} `{word}`{question}", f"known here: {listed}" if words else "")

    @property
    def count(self) -> int:
        """How many things have to be mended so far."""
        return len(self._errors)

    @property
    def warnings(self) -> tuple[ConfigurationError, ...]:
        """In the order of the file."""
        return in_order(self._warnings)

    def stop_if_any(self) -> None:
        """Raises the error, or all of them in the order of the file."""
        raise_any(self._errors, self._file)

    def _told(self, path: Path_, message: str, mend: str) -> ConfigurationError:
        return ConfigurationError(
            message,
            mend=mend,
            file=self._file,
            line=self._document.line(*path),
            key=".".join(str(part) for part in path),
        )


def shown(value: object) -> str:
    """A value as a message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= 40 else text[:40] + '...'}`"
