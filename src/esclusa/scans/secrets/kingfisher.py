"""Kingfisher: some five hundred rules of vendors' forms, matched all at once, here and without the network.

Its own comments that switch it off are not heeded: what is accepted is accepted in one way, and reported.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from esclusa.core.scan import Engine
from esclusa.scans.detector import Hit, Known, NotInstalled
from esclusa.scans.piece import Piece
from esclusa.scans.secrets.examples import is_example
from esclusa.scans.secrets.names import PUBLISHED
from esclusa.scans.secrets.rules import ROTATE
from esclusa.scans.secrets.values import is_drawn, stands_for_one

PACKAGE = "kingfisher-secret-scanner"
LONGEST = 120.0
"""Seconds for one piece."""


class Kingfisher:
    """Looks by its rules, compiled once and kept in the cache."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        try:
            import kingfisher_sdk  # 44 MB, and optional
        except ImportError as error:
            raise NotInstalled(PACKAGE, "pip install 'esclusa[scan]'") from error
        rules = kingfisher_sdk.Rules(cache_dir=_private(Path(settings["cache"]) / "kingfisher"))
        policy = kingfisher_sdk.DetectionPolicy(inline_ignores=False, base64_max_depth=0)
        self._scanner = kingfisher_sdk.Scanner(rules, base64=False, policy=policy)
        self._input = kingfisher_sdk.ScanInput
        self.rules = frozenset(one["id"].rpartition(".")[2] for one in rules.metadata())
        self.engine = Engine(name="kingfisher", version=version(PACKAGE), data=f"{len(rules)} rules")
        # Put together here, so that this file has none in it.
        token = "ghp_" + "k3Zp9QwX" * 4 + "a1B2"
        self.known = (Known(piece=Piece(name="known.txt", data=token.encode()), rule="github-pat"),)

    def find(self, pieces: Sequence[Piece]) -> Iterable[Hit]:
        """What is in them."""
        for piece in pieces:
            source = self._input(data=piece.data, path=piece.name)
            for found in self._scanner.scan_input(source, timeout=LONGEST):
                if found.visible and not stands_for_one(found.secret):
                    hit = _hit(piece, found)
                    shown = is_example(found.secret, piece.name)
                    if not shown and not _is_default(piece.data, hit.start, hit.end, piece.name):
                        yield hit


def _is_default(data: bytes, start: int, end: int, file: str) -> bool:
    """Whether it is the password of an address, or all of one, and the one that everybody has: the name of
    its user."""
    first = max(0, start - _BEFORE)
    found = [one for one in _ADDRESS.finditer(data, first, end + 1) if start <= one.start("password") < end]
    return bool(found) and all(_everybody_has(one, file) for one in found)


def _everybody_has(address: re.Match[bytes], file: str) -> bool:
    user, password = (address[name].decode(errors="replace") for name in ("user", "password"))
    known = (user == password and not is_drawn(password)) or f"{user}:{password}" in PUBLISHED
    return known or len(password) < LEAST or stands_for_one(password) or is_example(password, file)


LEAST = 4
"""Letters of a password: `mongodb://val:psw@host` shows where one stands."""
_BEFORE = 80
_ADDRESS = re.compile(rb"://(?P<user>[^\s:@/]{0,60}):(?P<password>[^\s:@/]{1,100})@")


def _hit(piece: Piece, found: Any) -> Hit:
    start, end = found.location["start_offset"], found.location["end_offset"]
    secret = found.secret.encode()
    if piece.data[start:end] != secret:  # it normalised what it read; the place is looked for anew
        start = max(0, piece.data.find(secret))
        end = min(start + len(secret), len(piece.data))
    name = found.rule_id.rpartition(".")[2]
    return Hit(
        piece=piece,
        rule=name,
        message=f"a secret of the form {name}",
        start=start,
        end=end,
        confidence="high" if found.confidence == "high" else "medium",
        mend=ROTATE,
    )


def _private(directory: Path) -> Path:
    """The directory, ours alone: it keeps nothing where others could write."""
    directory.mkdir(parents=True, exist_ok=True)
    os.chmod(directory, 0o700)
    return directory
