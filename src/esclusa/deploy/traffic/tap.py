"""The tap: conversations as Envoy sees them, asked of its admin interface for as long as somebody listens.

Nothing of them touches a disk, and while nobody listens Envoy keeps nothing. The routes say which share of
conversations is marked to be sampled (pins.lua), so that a conversation is sampled whole or not at all.
"""

import base64
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec

from esclusa.core.errors import OutsideError
from esclusa.core.traffic import Exchange
from esclusa.deploy.traffic.envoy import TAP

MARK = "x-esclusa-sample"
"""On sampled requests: `new` when the router had not heard of the conversation before, else `more`."""
LONGEST = 256 * 1024
"""Bytes of a request and of a response that are seen."""
_CONNECT = 5.0
_END = b"\n}"
"""Ends an exchange as Envoy prints it: whatever is inside stands further to the right."""


class EnvoyTap:
    """Listens to one Envoy (core.ports.Tap)."""

    def __init__(self, admin: str) -> None:
        self._admin = admin

    async def exchanges(self) -> AsyncIterator[Exchange]:
        """Each sampled exchange as it ends. OutsideError when Envoy is away or has no tap."""
        buffer = b""
        try:
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(self._admin)) as session,
                session.post("http://router/tap", data=_ASKED, timeout=_TIMEOUT) as response,
            ):
                if response.status != 200:
                    said = (await response.text())[:200]
                    raise OutsideError(
                        f"the router has no tap: {said}", mend="esclusa down, and deploy again"
                    )
                async for part in response.content.iter_any():
                    *whole, buffer = (buffer + part).split(_END)
                    for text in whole:
                        if (exchange := read_exchange(text + _END)) is not None:
                            yield exchange
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise OutsideError(f"the router does not answer: {error or type(error).__name__}") from error
        raise OutsideError("the router has ended the tap")


def read_exchange(text: bytes) -> Exchange | None:
    """One exchange as Envoy prints it; None when it is not one that a release took part in."""
    try:
        trace = json.loads(text)["http_buffered_trace"]
        request, response = trace["request"], trace.get("response") or {}
        asked, answered = _headers(request), _headers(response)
        started, begins = float(asked["x-esclusa-start"]), asked[MARK] == "new"
        arm, id = asked["x-esclusa-release"], asked["x-esclusa-id"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    said, whole = _body(request, asked)
    replied, complete = _body(response, answered)
    return Exchange(
        id=id,
        conversation=asked.get("x-esclusa-conversation"),
        begins=begins,
        arm=arm,
        started=started,
        path=asked.get(":path", ""),
        status=int(status) if (status := answered.get(":status", "")).isdecimal() else 0,
        request=said,
        response=replied,
        whole=whole and complete,
        outside="x-esclusa-outside" in answered,
    )


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    return {header["key"]: header["value"] for header in message.get("headers", ())}


def _body(message: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """The body without its compression, and whether it is complete and could be read."""
    body = message.get("body") or {}
    data, whole = base64.b64decode(body.get("as_bytes", "")), not body.get("truncated", False)
    match headers.get("content-encoding", "identity"):
        case "identity" | "":
            return data, whole
        case "gzip":
            try:
                return gzip.decompress(data), whole
            except (OSError, EOFError, zlib.error):
                return b"", False
        case _:
            return b"", False


_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT)
_ASKED = msgspec.json.encode(
    {
        "config_id": TAP,
        "tap_config": {
            "match": {"http_request_headers_match": {"headers": [{"name": MARK, "present_match": True}]}},
            "output_config": {
                "max_buffered_rx_bytes": LONGEST,
                "max_buffered_tx_bytes": LONGEST,
                "sinks": [{"format": "JSON_BODY_AS_BYTES", "streaming_admin": {}}],
            },
        },
    }
)
