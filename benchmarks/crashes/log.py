"""The router's log as it lies there, read line by line without any of the product's readers."""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of an access log, as far as a recount needs it."""

    kind: str
    id: str = ""
    started: float = 0.0
    conversation: str | None = None
    cluster: str | None = None
    generation: int | None = None
    code: int = 0
    flags: str = "-"
    replica: str | None = None

    @property
    def release(self) -> str:
        """Whose cluster took it."""
        return (self.cluster or "").rpartition("~")[0]


def lines(directory: Path, since: float) -> Iterator[Line]:
    """Requests that started at `since` or later, in the order of the log."""
    decoder = msgspec.json.Decoder(Line, strict=False)
    for part in sorted(directory.glob("access.[0-9]*.log"), key=lambda path: int(path.name[7:-4])):
        for raw in part.read_bytes().split(b"\n"):
            try:
                line = decoder.decode(raw)
            except msgspec.DecodeError:
                continue
            if line.kind in ("start", "end") and line.started >= since:
                yield line
