"""A request: what one scan is asked to look at, and with what. It goes to a process of its own, as JSON."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from esclusa.core.scan import Kind
from esclusa.core.value import EMPTY, Value
from esclusa.scans.piece import LARGEST


class Request(Value, frozen=True, kw_only=True):
    """One scan. Paths are absolute."""

    kind: Kind
    root: str
    """The directory, or the file, that is looked at; findings are placed relative to it."""
    target: str
    """The same in words: `commit 1a2b3c4 and all of history`."""
    today: date
    cache: str
    """A directory for what engines keep from one scan to the next; no secret is ever in it."""
    repository: str = ""
    """The git repository whose history is looked at; empty: none is."""
    history: str = "all"
    """`all` of every ref; `none`; or the commit, branch or tag since which."""
    excluded: tuple[str, ...] = ()
    """Patterns as in `.gitignore`, relative to the root."""
    submodules: tuple[str, ...] = ()
    """Those of the commit, where the root is a copy of one and git cannot be asked there."""
    engines: tuple[str, ...] = ()
    """Names of detectors; empty: the kind's own."""
    accepted: str = ""
    """The file of acceptances; empty: there is none."""
    largest: int = LARGEST
    """Bytes of the largest piece that is looked at."""
    whole: bool = False
    """Whether this is all that any scan of the kind looks at: what is not found here is nowhere."""
    settings: Mapping[str, Any] = EMPTY
    """What only this kind of scan understands."""
