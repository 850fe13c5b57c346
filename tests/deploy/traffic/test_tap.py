"""What Envoy prints at its tap, read; the real tap is in tests/deploy/local/test_tap_real.py."""

import base64
import gzip
import json
from typing import Any

import pytest

from esclusa.core.traffic import Exchange
from esclusa.deploy.traffic.tap import read_exchange


def printed(
    *, sample: str = "new", status: str = "200", response: bytes = b'{"a": 1}', cut: bool = False, **more: str
) -> bytes:
    """One trace as Envoy prints it."""
    asked = {
        ":path": "/v1/chat/completions?x=1",
        "x-esclusa-sample": sample,
        "x-esclusa-id": "id-1",
        "x-esclusa-start": "1700000000.250000",
        "x-esclusa-release": "abc",
        "x-esclusa-conversation": "c-1",
    }
    answered = {":status": status, **{key.replace("_", "-"): value for key, value in more.items()}}
    trace = {
        "request": {"headers": _headers(asked), "body": _body(b"hello", False), "trailers": []},
        "response": {"headers": _headers(answered), "body": _body(response, cut), "trailers": []},
    }
    return json.dumps({"http_buffered_trace": trace}, indent=1).encode()


def _headers(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in headers.items()]


def _body(data: bytes, cut: bool) -> dict[str, Any]:
    return {"as_bytes": base64.b64encode(data).decode(), "truncated": cut}


WHOLE = Exchange(
    id="id-1",
    conversation="c-1",
    begins=True,
    arm="abc",
    started=1700000000.25,
    path="/v1/chat/completions?x=1",
    status=200,
    request=b"hello",
    response=b'{"a": 1}',
)


def test_an_exchange_is_read_whole() -> None:
    assert read_exchange(printed()) == WHOLE


def test_what_was_compressed_is_read_too_and_what_cannot_be_is_not_whole() -> None:
    packed = gzip.compress(b'{"a": 1}')
    assert read_exchange(printed(response=packed, content_encoding="gzip")) == WHOLE
    for odd in (
        printed(response=packed[:9], content_encoding="gzip"),
        printed(response=b"\x00", content_encoding="br"),
        printed(cut=True),
    ):
        exchange = read_exchange(odd)
        assert exchange is not None
        assert not exchange.whole


def test_a_later_turn_and_what_failed_outside_say_so() -> None:
    exchange = read_exchange(printed(sample="more", status="503", x_esclusa_outside="no model"))
    assert exchange is not None
    assert (exchange.begins, exchange.status, exchange.outside) == (False, 503, True)


def test_one_that_nobody_answered_has_no_status() -> None:
    trace = json.loads(printed())
    del trace["http_buffered_trace"]["response"]
    exchange = read_exchange(json.dumps(trace).encode())
    assert exchange is not None
    assert (exchange.status, exchange.response) == (0, b"")


@pytest.mark.parametrize(
    "odd", [b"", b"[]", b"{", b'{"http_buffered_trace": {}}', b'{"http_buffered_trace": 1}']
)
def test_what_is_no_exchange_is_passed_over(odd: bytes) -> None:
    assert read_exchange(odd) is None


def test_one_that_no_release_took_is_passed_over() -> None:
    trace = json.loads(printed())
    headers = trace["http_buffered_trace"]["request"]["headers"]
    trace["http_buffered_trace"]["request"]["headers"] = [
        header for header in headers if header["key"] != "x-esclusa-release"
    ]
    assert read_exchange(json.dumps(trace).encode()) is None
