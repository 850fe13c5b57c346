"""One HTTP call of a subject: bounded in time and size, and every way it can fail turned into a value.

The contract with an agent, beside its protocol: a response that is not 2xx may carry the header
`x-esclusa-outside: REASON` to say that the agent is well and something it needs is not (its model server is
down). Such a case is unseen instead of wrong. So is one that is refused (429, or 503 with `retry-after`)
until the retries are used up.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Annotated, Any, Self

import aiohttp
import msgspec

from esclusa.core.errors import ConfigurationError, UsageError
from esclusa.evals.answer import NOTHING, Answer, read_json
from esclusa.evals.subjects import Site
from esclusa.evals.subjects.retries import Refused, Retries
from esclusa.evals.subjects.stream import FirstToken

Header = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]*$")]
"""The name of an HTTP header; empty for none."""
OUTSIDE = "x-esclusa-outside"
LARGEST = 10_000_000
"""Bytes of a response; more is an error of the agent."""
IDLE = 2.0
"""Seconds that an idle connection is kept: fewer than servers do, so that none is used as it closes."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A response that came through with 2xx, and how long it took."""

    text: str
    data: Any
    seconds: float
    first_token: float | None = None
    """When the first piece of a stream had come; None where none was looked for, or none came."""


class Call:
    """Posts to one URL, many calls at once."""

    def __init__(
        self,
        url: str,
        site: Site,
        *,
        method: str,
        headers: Mapping[str, str],
        retries: int,
        conversation: str = "",
        stream: bool = False,
    ) -> None:
        self._url = url
        self._clock = site.clock
        self._method = method
        self._headers = headers
        self._retries = Retries(site.clock, retries if site.patient else 0)
        self._conversation = conversation
        self._stream = stream
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        if not self._url:
            raise UsageError("there is no release served to ask", mend="give the subject a `url`")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, body: bytes | None, timeout: float, *, case: str) -> Reply | Answer:
        """The reply, or an answer that says how the call failed. `case` is the id of what is asked."""
        headers = {self._conversation: conversation_of(case)} if self._conversation else {}
        return await self._retries.ask(partial(self._once, body, timeout, headers), case)

    async def _once(
        self, body: bytes | None, timeout: float, headers: Mapping[str, str]
    ) -> Reply | Answer | Refused:
        assert self._session is not None, "a subject is asked only while it is entered"
        began = self._clock.monotonic()
        watch = FirstToken(self._clock) if self._stream else None
        try:
            async with self._session.request(
                self._method,
                self._url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
            ) as response:
                data = await bounded(response, watch.feed if watch else _unwatched)
        except TimeoutError:
            return self._failed(f"no answer within {timeout:g} s", max(timeout, self._since(began)))
        except aiohttp.ClientConnectorError as error:
            return self._failed(
                f"cannot connect to the agent: {error.os_error.strerror or error}", self._since(began)
            )
        except TooLong:
            return self._failed(f"the answer is longer than {LARGEST // 1_000_000} MB", self._since(began))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: what aiohttp's parsers raise on some malformed responses.
            reason = str(error) or type(error).__name__
            return self._failed(f"the connection broke off: {reason}", self._since(began))
        result = self._read(response, data, self._since(began))
        if isinstance(result, Reply) and watch is not None and watch.at is not None:
            return msgspec.structs.replace(result, first_token=watch.at - began)
        return result

    def _read(
        self, response: aiohttp.ClientResponse, data: bytes, seconds: float
    ) -> Reply | Answer | Refused:
        refused = self._retries.heed(response.status, response.headers, seconds)
        if 200 <= response.status < 300:
            return read_reply(data, seconds)
        if reason := response.headers.get(OUTSIDE):
            return Answer(error=reason[:500], error_kind="outside", seconds=seconds)
        if refused:
            return refused
        said = beginning(data) or "nothing more"
        return self._failed(f"the agent answered {response.status}: {said}", seconds)

    def _since(self, began: float) -> float:
        return self._clock.monotonic() - began

    def _failed(self, error: str, seconds: float) -> Answer:
        return Answer(error=error, error_kind="agent", seconds=seconds)


def address(url: str, path: str, site: Site) -> str:
    """Where to ask: `url` or, without it, where the release is served. Empty if there is neither."""
    if url and not url.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"expected an address that begins with http:// or https://, found {url!r}", key="url"
        )
    base = url or site.url
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if base else ""


def conversation_of(case: str) -> str:
    """The conversation that a case is: the same in every run, so that the same flags are on."""
    return f"case-{hashlib.sha256(case.encode()).hexdigest()[:16]}"


class TooLong(Exception):
    """The response is larger than anybody reads."""


def beginning(data: bytes) -> str:
    """What a body says first, on one line; empty if it says nothing."""
    return " ".join(data[:2000].decode(errors="replace").split())[:300]


def _unwatched(_: bytes) -> None:
    """Nobody wants to know what comes when."""


async def bounded(response: aiohttp.ClientResponse, see: Callable[[bytes], None] = _unwatched) -> bytes:
    """The whole body, of bounded size, shown to `see` as it comes; what is too long is not read on."""
    if (response.content_length or 0) > LARGEST:
        raise TooLong
    parts: list[bytes] = []
    size = 0
    while data := await response.content.readany():
        see(data)
        parts.append(data)
        size += len(data)
        if size > LARGEST:
            raise TooLong
    return parts[0] if len(parts) == 1 else b"".join(parts)


def asks(path: str, wanted: str) -> bool:
    """Whether a request for `path` is one for `wanted`, whatever its query."""
    return path.partition("?")[0].strip("/") == wanted.partition("?")[0].strip("/")


def read_reply(data: bytes, seconds: float) -> Reply | Answer:
    """A body as a reply, or why it is none."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return Answer(error=f"the answer is not UTF-8: {error}", error_kind="agent", seconds=seconds)
    value = read_json(text)
    return Reply(text=text, data=None if value is NOTHING else value, seconds=seconds)
