"""The access log, read on from an offset: the requests of one environment, as its router wrote them down.

A request stands in it twice, when a replica took it and when it ended, joined by the router's own id. The log
comes in numbered parts; an offset is `{"part": n, "byte": m}` and stays good across rotation. Where the
router was started anew the launcher left a line that says since when it had been away.

What counts as failed: an answer of 5xx, or an answer that the replica broke off (its side of the connection
failed, timed out or was reset). A client that went away before the end leaves the question open: nobody can
say. 4xx is the client's failure. Polls of the health path are not in the log.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from esclusa.core.traffic import Opinion, Request
from esclusa.deploy.traffic.routing import release_of
from esclusa.deploy.witness import Reading

MOST = 16 * 1024 * 1024
"""Bytes that one reading takes at most; the rest is for the next."""
UNFLUSHED = 1.0
"""Seconds before a router's death of which lines may be missing."""

_PART = re.compile(r"access\.(\d+)\.log\Z")
_UPSTREAM = frozenset(
    {"UH", "UF", "UO", "UC", "UT", "UR", "UPE", "URX", "LR", "LH", "NC", "DT", "SI", "UMSDR", "OM"}
)
_CLIENT = frozenset({"DC", "DR", "DPE", "DI"})


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line; `kind` is `start`, `end` or `router` (the router came up again)."""

    kind: str
    id: str = ""
    started: float = 0.0
    conversation: str | None = None
    cluster: str | None = None
    code: int = 0
    flags: str = "-"
    ms: float = 0.0
    first_ms: float | None = None
    """Until the first byte of the answer's body."""
    down: float = 0.0
    up: float = 0.0
    mirrored: bool = False
    opinion: float | None = None
    """What a customer thought of the conversation; then the line is of no request to an agent."""
    pin: str | None = None
    """Of an opinion: the arm that serves the conversation."""


class AccessLog:
    """Reads the log in a directory (deploy.witness.TrafficLog). Keeps nothing between readings but counts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._decoder = msgspec.json.Decoder(Line, strict=False)
        self.bad = 0
        """Lines that could not be read, so far."""
        self.unrouted = 0
        """Requests that no release was chosen for, so far: a malformed one, or a router without routes."""

    def read(self, offset: Mapping[str, int]) -> Reading:
        """Everything after an offset that is there by now, up to MOST bytes of it.

        A line without its end waits for it; a bad line is counted and passed over. A part that is gone, or
        shorter than what was read of it, is said in `health`.
        """
        part, byte = offset.get("part", 0), offset.get("byte", 0)
        # Once a later part exists nobody writes to an earlier one: the list is older than what is read.
        parts = self._parts()
        if part and part not in parts:
            return Reading((), offset, health=f"part {part} of the access log in {self._directory} is gone")
        requests: list[Request] = []
        restarts: list[tuple[float, float]] = []
        opinions: list[Opinion] = []
        budget = MOST
        for each in (known for known in parts if known >= part):
            byte = byte if each == part else 0
            part = each
            block = self._block(part, byte, budget)
            if block is None:
                return Reading((), offset, health=self._cut(part))
            ended = part != parts[-1] and len(block) < budget
            whole = len(block) if ended else block.rfind(b"\n") + 1
            self._take(block[:whole], requests, restarts, opinions)
            byte += whole
            budget -= whole
            if not ended:
                break
        offset = {"part": part, "byte": byte} if part else {}
        return Reading(requests, offset, restarts=restarts, opinions=opinions)

    def _block(self, part: int, byte: int, most: int) -> bytes | None:
        """What follows; None when what was read before is not there any more. An offset follows a line."""
        with open(self._directory / f"access.{part}.log", "rb") as file:
            file.seek(max(0, byte - 1))
            if byte and file.read(1) != b"\n":
                return None
            return file.read(most)

    def _cut(self, part: int) -> str:
        return (
            f"part {part} of the access log in {self._directory} was cut or written anew by somebody else: "
            "what came after what was read cannot be found"
        )

    def _take(
        self,
        block: bytes,
        requests: list[Request],
        restarts: list[tuple[float, float]],
        opinions: list[Opinion],
    ) -> None:
        for raw in block.split(b"\n"):
            if not raw:
                continue
            try:
                line = self._decoder.decode(raw)
            except msgspec.DecodeError:
                self.bad += 1
                continue
            if line.kind == "router":
                restarts.append((line.down - UNFLUSHED, line.up))
            elif line.opinion is not None:
                opinions.append(
                    Opinion(line.conversation or "", release_of(line.pin or ""), line.started, line.opinion)
                )
            else:
                self._add(line, requests)

    def _add(self, line: Line, requests: list[Request]) -> None:
        if not line.cluster:
            self.unrouted += line.kind == "end"
            return
        ended = failed = first = None
        if line.kind == "end":
            ended = line.started + line.ms / 1000
            failed = failure(line.code, line.flags)
            first = None if line.first_ms is None else line.started + line.first_ms / 1000
        requests.append(
            Request(
                id=line.id,
                conversation=line.conversation,
                arm=release_of(line.cluster),
                started=line.started,
                ended=ended,
                failed=failed,
                mirrored=line.mirrored,
                first=first,
            )
        )

    def _parts(self) -> list[int]:
        try:
            names = [_PART.match(path.name) for path in self._directory.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(name[1]) for name in names if name)


def failure(code: int, flags: str) -> bool | None:
    """Whether a request that ended so has failed; None when the client did not wait for the answer."""
    raised = frozenset(flags.split(",")) if flags != "-" else frozenset()
    if code >= 500 or raised & _UPSTREAM:
        return True
    if code == 0 or raised & _CLIENT:
        return None
    return False


def restarts(directory: Path) -> list[tuple[float, float]]:
    """When the router was away, down and up in epoch seconds, over the whole log that is still there."""
    log = AccessLog(directory)
    offset: Mapping[str, int] = {}
    found: list[tuple[float, float]] = []
    while True:
        reading = log.read(offset)
        found.extend(reading.restarts)
        if reading.offset == offset:
            return found
        offset = reading.offset
