"""A release: everything that shapes an agent's behaviour, under one content hash."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from esclusa.core.gate import Judgement
from esclusa.core.value import EMPTY, Value, digest

Part = Literal["code", "lock", "prompts", "model", "tools", "flags", "configuration"]
PARTS: tuple[Part, ...] = ("code", "lock", "prompts", "model", "tools", "flags", "configuration")


class File(Value, frozen=True, kw_only=True):
    """One file of a release: its content's SHA-256 and whether it may be executed."""

    digest: str
    executable: bool = False


class Manifest(Value, frozen=True, kw_only=True):
    """What a release holds: for each part its files by path. Its digest is the release's identity."""

    parts: Mapping[Part, Mapping[str, File]]

    @property
    def id(self) -> str:
        """The release id: the SHA-256 of the manifest, 64 hexadecimal digits."""
        return digest(self)


class Release(Value, frozen=True, kw_only=True):
    """A sealed release: the manifest's id, where it came from, and the judgements that let it through."""

    id: str
    project: str
    commit: str
    dirty: bool = False
    subject: str = ""
    """The commit's first line."""
    run: str = ""
    sealed: datetime | None = None
    lock: str = ""
    """The lock hash: names the environment the release runs in."""
    parts: Mapping[str, str] = EMPTY
    """One digest for each part, so that two releases can be told apart at a glance."""
    artifact: str = ""
    """The release's directory in the artifact store."""
    environment: str = ""
    """The directory of the Python environment of `lock`; empty when the release has none."""
    judgements: tuple[Judgement, ...] = ()

    @property
    def short(self) -> str:
        """The id as people see it."""
        return self.id[:12]
