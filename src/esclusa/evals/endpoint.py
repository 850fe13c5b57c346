"""An endpoint: where a model that helps to score is reached, OpenAI-compatible, and how a call to it fails.

Not the agent's: a failure here says nothing about what the agent is worth. A call is tried again where that
may help (a timeout, a broken connection, 429, 5xx, an answer that is no use), then it is `EndpointFailed`.
The key is read from the environment at each call, is kept nowhere, and is masked in whatever is said.
"""

import os
import zlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import aiohttp
import msgspec

from esclusa.core.errors import ConfigurationError
from esclusa.core.ports import Clock
from esclusa.core.secret import Secret
from esclusa.evals.answer import NOTHING, read_json, walk
from esclusa.evals.bill import Call, open_bill
from esclusa.evals.settings import seconds
from esclusa.evals.subjects.call import TooLong, beginning, bounded
from esclusa.evals.subjects.retries import retry_after
from esclusa.masking import Masker
from esclusa.system import SystemClock

LONGEST_WAIT = 60.0
"""Seconds between two tries at most."""

T = TypeVar("T")


class EndpointSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`url` up to and with `/v1`; `key` names an environment variable; `retries` come after a failed call."""

    url: str
    model: str
    key: str = ""
    timeout: Any = 60.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] = 3
    parameters: dict[str, Any] = {}


class EndpointFailed(Exception):
    """It could not be reached, or what it answered is no use, as often as it was tried."""

    def __init__(self, message: str, *, useless: bool = False) -> None:
        super().__init__(message)
        self.useless = useless
        """Whether it did answer, the last time."""


class Useless(Exception):
    """What it answered is no use: worth another try."""


class Endpoint:
    """Posts JSON, many calls at once. ConfigurationError for settings that cannot be meant."""

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if not settings.url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"expected an address such as https://api.openai.com/v1, found {settings.url!r}", key="url"
            )
        self._settings = settings
        self._timeout = seconds(settings.timeout, "timeout")
        self._clock = clock or SystemClock()
        self._environment = os.environ if environment is None else environment

    def check(self) -> None:
        """ConfigurationError if the key is not there."""
        name = self._settings.key
        if name and not self._environment.get(name):
            raise ConfigurationError(
                f"the environment variable {name} is not set",
                key="key",
                mend=f"export {name}=..., or leave `key` out for an endpoint that wants none",
            )

    async def post(self, path: str, body: Mapping[str, Any], read: Callable[[Any], T]) -> T:
        """What `read` makes of the JSON that came; tried again if it raises Useless. EndpointFailed;
        OverBudget where each try must be paid, and nothing is left.
        """
        sent = msgspec.json.encode({"model": self._settings.model, **self._settings.parameters, **body})
        attempts = self._settings.retries + 1
        for attempt in range(attempts):
            try:
                return read(await self._billed(path, sent))
            except (_TryAgain, Useless) as error:
                last = error
            if attempt < self._settings.retries:
                await self._clock.sleep(_pause(last, attempt, sent))
        times = "" if attempts == 1 else f", {attempts} times"
        told = f"{self._settings.model}: {self._masked(str(last))}{times}"
        raise EndpointFailed(told, useless=isinstance(last, Useless))

    async def _billed(self, path: str, body: bytes) -> Any:
        """The JSON of one response, of use or not, written on the bill that is open."""
        bill = open_bill()
        if bill is None:
            return await self._once(path, body)
        bill.check()
        value = await self._once(path, body)
        model = walk(value, "model")
        read, written = _count(value, "prompt_tokens"), _count(value, "completion_tokens")
        if written is None and read is not None and read == _count(value, "total_tokens"):
            written = 0  # embeddings
        named = model if isinstance(model, str) and model else self._settings.model
        bill.add(Call(named, read, written))
        return value

    async def _once(self, path: str, body: bytes) -> Any:
        """The JSON of one response. A session for each call: nobody tells a scorer when its suite is over."""
        url = f"{self._settings.url.rstrip('/')}/{path}"
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout)) as session,
                session.post(url, data=body, headers=self._headers(), allow_redirects=False) as response,
            ):
                data = await bounded(response)
        except TimeoutError:
            raise _TryAgain(f"no answer within {self._timeout:g} s") from None
        except TooLong:
            raise _TryAgain("its answer is longer than anybody reads") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _TryAgain(f"the connection failed: {error or type(error).__name__}") from None
        if response.status == 429 or response.status >= 500:
            wait = retry_after(response.headers, self._clock.now()) or 0.0
            raise _TryAgain(f"it answered {response.status}{_said(data)}", wait)
        if not 200 <= response.status < 300:
            answered = f"it answered {response.status}{_said(data)}"
            raise EndpointFailed(f"{self._settings.model}: {self._masked(answered)}")
        value = read_json(data.decode(errors="replace"))
        if value is NOTHING:
            raise Useless(f"expected JSON{_said(data)}")
        return value

    def _headers(self) -> dict[str, str]:
        key = self._environment.get(self._settings.key, "") if self._settings.key else ""
        return {
            "content-type": "application/json",
            **({"authorization": f"Bearer {key}"} if key else {}),
        }

    def _masked(self, text: str) -> str:
        key = self._environment.get(self._settings.key, "") if self._settings.key else ""
        return Masker([Secret(key)]).line(text) if key else text


def _count(value: Any, name: str) -> int | None:
    found = walk(value, f"usage.{name}")
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


class _TryAgain(Exception):
    """It failed in a way that may pass."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def _pause(error: Exception, attempt: int, body: bytes) -> float:
    """As long as it was told to wait; else twice as long each time, by a half spread over the callers. What
    answered, if only nonsense, is well: it is asked again at once.
    """
    if not isinstance(error, _TryAgain):
        return 0.0
    told = error.wait
    spread = 0.5 + zlib.crc32(body + bytes([attempt])) / 2**33
    return min(told or spread * 2.0**attempt, LONGEST_WAIT)


def _said(data: bytes) -> str:
    said = beginning(data)
    return f": {said}" if said else ""
