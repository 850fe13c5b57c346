"""An agent that somebody else runs, as `esclusa eval --agent` names it: an address, a function, a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from esclusa.core.errors import UsageError
from esclusa.core.fleet import Endpoint
from esclusa.core.value import EMPTY

AGENT = "agent"
"""The output under which evidence names whom it is about, where that is no release."""
USUAL: Mapping[str, Any] = {"openai": "/v1/chat/completions"}
_IN_PROCESS = ("python", "command")
_MEND = "such as http://127.0.0.1:8080, python:my_agent:reply or command:./agent --once"


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Where it answers, and how it is asked. Nobody knows what it needs, so no failure is laid to that."""

    endpoint: Endpoint
    how: Mapping[str, Any]
    trouble: None = None

    @classmethod
    def named(cls, agent: str, said: Mapping[str, Any] = EMPTY) -> Self:
        """What the text names. UsageError when it names nothing.

        `said` is how the suite or the project has an agent asked: it holds for an address, unless that has a
        path of its own, which is then asked as OpenAI's is.
        """
        kind, _, rest = agent.partition(":")
        if kind in _IN_PROCESS and rest:
            return cls(endpoint=Endpoint(url=""), how={kind: rest})
        parts = _split(agent)
        base = f"{parts.scheme}://{parts.netloc}"
        path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
        if not path:
            return cls(endpoint=Endpoint(url=base), how=said or USUAL)
        ((word, settings),) = (said or USUAL).items()
        if word != "openai":
            raise UsageError(
                f"{agent} has a path, and how it is asked (`{word}`) says its own",
                mend=f"name the address alone: {base}",
            )
        more = settings if isinstance(settings, dict) else {}
        return cls(endpoint=Endpoint(url=base), how={"openai": {**more, "path": path} if more else path})


def _split(agent: str) -> Any:
    try:
        parts = urlsplit(agent)
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port)
        )
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"'{agent}' names no agent", mend=_MEND)
    return parts
