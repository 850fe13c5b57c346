"""CredSweeper: rules and filters, and a small model that says which of what they find are secrets.

It is given lines of text, so that it passes over no file for its name, its size or a byte that is no text;
there are no comments that switch it off. What it would log is what it found: it logs nothing. What it calls
an information (a UUID, the name of a bucket) is said and not counted.
"""

import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import accumulate
from typing import Any, Literal

from esclusa.core.evidence import Severity
from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import stands_for_one

PACKAGE = "credsweeper"
_SEVERITIES: Mapping[str, Severity] = {"info": "note"}
_SURE: Mapping[str, Literal["low", "medium", "high"]] = {
    "weak": "low",
    "moderate": "medium",
    "strong": "high",
}
_ENDING = re.compile(r"\.\w{1,10}\Z")
_OTHERS = re.compile("[^a-z0-9]+")


class CredSweeper:
    """Looks by its rules, and asks its model."""

    def __init__(self, settings: Mapping[str, Any]) -> None:  # noqa: ARG002
        # Or what runs the model leaves a mark of this machine at home, and sends word of it over the network.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            with _undeprecated():
                from credsweeper.app import CredSweeper as Sweeper  # 300 MB, and optional
                from credsweeper.file_handler.string_content_provider import StringContentProvider
        except ImportError as error:
            raise NotInstalled(PACKAGE, "pip install 'esclusa[credsweeper]'") from error
        logging.getLogger(PACKAGE).setLevel(logging.CRITICAL + 1)
        self._sweeper: Any = Sweeper(ml_threads_limit=1)
        self._text: Any = StringContentProvider
        self.engine = Engine(name=PACKAGE, version=version(PACKAGE))
        # Put together here, so that this file has none in it. The second is for the model.
        key, password = "AKIA" + "K3ZP9QWX" + "V7TM2RLD", "Tundra" + "42-marlin"
        self.known = (
            Known(piece=Piece(name="known.txt", data=key.encode()), rule="aws-client-id"),
            Known(piece=Piece(name="known.py", data=f'password = "{password}"'.encode()), rule="password"),
        )

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them."""
        for piece in pieces:
            if found := self._found(piece):
                yield from hits(found, piece)

    def _found(self, piece: Piece) -> Sequence[Any]:
        ending = _ENDING.search(piece.name.lower())
        kind = ending[0] if ending and ending[0] not in self._sweeper.config.exclude_containers else ""
        lines = [_decoded(line) for line in piece.data.split(b"\n")]
        with _undeprecated():
            text = self._text(lines, file_path=f"piece{kind}", file_type=kind)
        kept = self._sweeper.credential_manager
        kept.set_credentials(self._sweeper.file_scan(text))
        self._sweeper.post_processing(None)
        found: Sequence[Any] = kept.get_credentials()
        return found


def hits(found: Iterable[Any], piece: Piece) -> Iterator[Hit]:
    """What its candidates are in the piece whose lines it was given."""
    lines = piece.data.split(b"\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for candidate in found:
        spans = []
        for part in candidate.line_data_list:
            start, line = starts[part.line_pos], lines[part.line_pos]
            spans.append((start + _bytes(line, part.value_start), start + _bytes(line, part.value_end)))
        if candidate.rule_name.startswith("PEM"):  # line by line
            spans = [(min(start for start, _ in spans), max(end for _, end in spans))]
        elif any(stands_for_one(part.value) for part in candidate.line_data_list):
            continue
        for start, end in spans:
            yield _hit(candidate, piece, start, end)


@contextmanager
def _undeprecated() -> Iterator[None]:
    """It calls its own classes deprecated, and has no others yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _hit(candidate: Any, piece: Piece, start: int, end: int) -> Hit:
    severity = candidate.severity.value
    return Hit(
        piece=piece,
        rule=_OTHERS.sub("-", candidate.rule_name.lower()).strip("-"),
        message=f"a secret of the form {candidate.rule_name}",
        start=start,
        end=end,
        severity=_SEVERITIES.get(severity, severity),
        confidence=_SURE[candidate.confidence.value],
        mend=ROTATE,
        advisory=severity == "info",
    )


def _bytes(line: bytes, characters: int) -> int:
    """Of how many bytes the first characters of a line are."""
    if line.isascii():
        return min(characters, len(line))
    return len(_decoded(line)[:characters].encode(errors="surrogateescape"))


def _decoded(line: bytes) -> str:
    """A character for each byte that is no text."""
    return line.decode(errors="surrogateescape")
