"""A chat completion that comes as a stream of server-sent events: when it began, and what it adds up to.

A piece is a `data:` line. The stream is whole when a piece said why it finished, or with `[DONE]`; one that
ended before that is broken, however well it began.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from esclusa.core.ports import Clock
from esclusa.evals.answer import NOTHING, read_json, walk

DONE = "[DONE]"


class FirstToken:
    """Fed a stream as it comes; `at` is the moment of the first piece that says anything, None before it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rest = b""
        self.at: float | None = None

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        if self.at is not None:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        if any(_says_something(read_json(text)) for text in _sent(lines)):
            self.at = self._clock.monotonic()
            self._rest = b""


def joined(stream: str) -> tuple[dict[str, Any] | None, str]:
    """The completion that a stream adds up to, None if no piece came; what is wrong, empty if it is whole."""
    pieces: list[Mapping[str, Any]] = []
    whole = False
    for text in _sent(line.encode("utf-8", "replace") for line in stream.split("\n")):
        piece = read_json(text)
        if text == DONE:
            whole = True
        elif not isinstance(piece, dict):
            return _sum(pieces), f"a piece of the stream cannot be read: {text[:200]}"
        elif "error" in piece and not piece.get("choices"):
            return _sum(pieces), f"the stream ended in an error: {str(piece['error'])[:300]}"
        else:
            pieces.append(piece)
            whole = whole or walk(_choice(piece), "finish_reason") not in (NOTHING, None)
    if not pieces:
        return None, ""
    return _sum(pieces), "" if whole else f"the stream broke off after {len(pieces)} pieces"


def _sent(lines: Iterable[bytes]) -> Iterator[str]:
    """What stands in the `data:` lines."""
    for line in lines:
        if line.startswith(b"data:"):
            yield line[5:].decode("utf-8", "replace").strip()


def _choice(piece: Any) -> dict[str, Any]:
    """The first choice of a piece; empty if it is about none, or another."""
    choice = walk(piece, "choices.0")
    return choice if isinstance(choice, dict) and choice.get("index", 0) == 0 else {}


def _says_something(piece: Any) -> bool:
    delta = _choice(piece).get("delta")
    return isinstance(delta, dict) and any(value for key, value in delta.items() if key != "role")


def _sum(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not pieces:
        return None
    text: list[str] = []
    calls: dict[Any, dict[str, Any]] = {}
    finish: Any = None
    for piece in pieces:
        choice = _choice(piece)
        finish = choice.get("finish_reason") or finish
        content = walk(choice, "delta.content")
        if isinstance(content, str):
            text.append(content)
        found = walk(choice, "delta.tool_calls")
        for number, call in enumerate(found if isinstance(found, list) else ()):
            _add(calls, number, call)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text)}
    if calls:
        message["tool_calls"] = list(calls.values())
    last = {key: value for piece in pieces for key, value in piece.items() if value is not None}
    return {**last, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def _add(calls: dict[Any, dict[str, Any]], number: int, piece: Any) -> None:
    """One piece of a tool call: its name comes first, its arguments bit by bit."""
    if not isinstance(piece, dict):
        return
    call = calls.setdefault(
        piece.get("index", number), {"type": "function", "function": {"name": "", "arguments": ""}}
    )
    if piece.get("id"):
        call["id"] = piece["id"]
    function = piece.get("function")
    for key in ("name", "arguments"):
        if isinstance(function, dict) and isinstance(function.get(key), str):
            call["function"][key] += function[key]
