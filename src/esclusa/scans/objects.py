"""Objects of a repository, read by git one after the other: any number of them, in bounded memory.

What git says of an object is taken only if it hashes to its name: one that lies about its size would else
swallow those behind it, or have us wait for ever.
"""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from esclusa import pipe
from esclusa.scans.repository import Repository

AT_ONCE = 1024
"""Objects that one git is asked for."""
_RESTARTS = 100


class Object(msgspec.Struct, frozen=True):
    """An object as it was asked for; without data if it is missing or larger than wanted."""

    name: str
    kind: str = ""
    """Empty if it is missing or broken."""
    size: int = 0
    data: bytes | None = None


class Objects:
    """Reads objects, up to a size."""

    def __init__(self, git: Repository, largest: int) -> None:
        self._git = git
        self._largest = largest
        self._restarts = 0

    def read(self, names: Sequence[str]) -> Iterator[Object]:
        """The objects of these names, in their order."""
        heads = list(self._answers("--batch-check", names))
        wanted = [one.name for one in heads if self._small(one)]
        bodies = self._answers("--batch", wanted)
        for head in heads:
            yield next(bodies) if self._small(head) else head

    def _small(self, head: Object) -> bool:
        return head.kind != "" and head.size <= self._largest

    def _answers(self, way: str, names: Sequence[str]) -> Iterator[Object]:
        """What git says of each name; it breaks off at some that are broken, and is started behind them."""
        left = list(names)
        while left and self._restarts <= _RESTARTS:
            asked = "".join(f"{name}\n" for name in left).encode()
            with self._git.running("cat-file", way, "--buffer", stdin=asked) as program:
                for name in tuple(left):
                    answer = _answer(name, program, way == "--batch")
                    if answer is None:
                        break
                    left.pop(0)
                    yield answer
            if left:
                yield Object(left.pop(0))
                self._restarts += 1
        yield from map(Object, left)


def _answer(name: str, program: pipe.Piped, whole: bool) -> Object | None:
    """What git says of one; None where it says nothing that can be trusted."""
    words = program.output.readline().split(b" ")
    if words[-1] == b"missing\n":
        return Object(name)
    if len(words) != 3 or words[0] != name.encode() or not words[2].strip().isdigit():
        return None
    kind, size = words[1].decode("ascii", "replace"), int(words[2])
    if not whole:
        return Object(name, kind, size)
    data = program.output.read(size + 1)[:-1]
    content = hashlib.new("sha1" if len(name) == 40 else "sha256", usedforsecurity=False)
    content.update(b"%s %d\0" % (kind.encode(), size))
    content.update(data)
    return Object(name, kind, size, data) if content.hexdigest() == name else None
