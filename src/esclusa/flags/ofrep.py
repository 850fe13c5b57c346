"""OFREP: the OpenFeature Remote Evaluation Protocol, version 1, from a request to a response. Pure.

    POST /ofrep/v1/evaluate/flags/KEY    one flag
    POST /ofrep/v1/evaluate/flags        all of them, with an ETag: 304 to whoever has that answer already

(github.com/open-feature/protocol, service/openapi.yaml.) A context without `targetingKey` is taken, as flagd
takes it: only flags that are decided by the conversation are refused then.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from esclusa.flags.evaluation import Code, Context, Evaluated, Flags, Refused
from esclusa.flags.targeting import CONVERSATION

PREFIX = "/ofrep/v1/evaluate/flags"
LARGEST = 256 * 1024
"""Bytes of a request: a context, not a document."""


class Response(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    etag: str = ""


class _BadRequest(Exception):
    """`(code, details)`: the request itself is refused."""


def evaluate_one(flags: Flags, key: str, body: bytes) -> Response:
    """One flag: 200 with its value, 404 when there is no such flag, 400 with a code for any other refusal."""
    try:
        result = flags.evaluate(key, read_context(body))
    except _BadRequest as bad:
        code, details = bad.args
        result = Refused(key=key, code=code, details=details)
    if isinstance(result, Evaluated):
        return Response(200, _json(told(result)))
    return Response(404 if result.code == "FLAG_NOT_FOUND" else 400, _json(told(result)))


def evaluate_all(flags: Flags, body: bytes, known: str = "") -> Response:
    """All flags; one that cannot be evaluated says so for itself. `known` is the request's If-None-Match."""
    try:
        results = flags.evaluate_all(read_context(body))
    except _BadRequest as bad:
        code, details = bad.args
        return failure(400, code, details)
    answer = _json({"flags": [told(result) for result in results], "metadata": flags.definitions.metadata})
    etag = f'"{hashlib.sha256(answer).hexdigest()[:32]}"'
    if known == "*" or etag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(304, etag=etag)
    return Response(200, answer, etag)


def failure(status: int, code: Code, details: str) -> Response:
    """A request that is refused as a whole."""
    return Response(status, _json({"errorCode": code, "errorDetails": details}))


def read_context(body: bytes) -> Context:
    """The context in a request; nothing at all is an empty one."""
    try:
        request = json.loads(body) if body.strip() else {}
    except RecursionError:
        raise _BadRequest("PARSE_ERROR", "the body is nested too deeply") from None
    except ValueError as error:
        raise _BadRequest("PARSE_ERROR", f"the body is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise _BadRequest("PARSE_ERROR", "expected an object with `context`")
    context = request.get("context", {})
    if not isinstance(context, dict):
        raise _BadRequest("INVALID_CONTEXT", "`context` is not an object")
    if not isinstance(context.get(CONVERSATION, ""), str):
        raise _BadRequest("INVALID_CONTEXT", f"`context.{CONVERSATION}` is not a text")
    return context


def told(result: Evaluated | Refused) -> Mapping[str, Any]:
    """A result in the protocol's words."""
    if isinstance(result, Refused):
        return {"key": result.key, "errorCode": result.code, "errorDetails": result.details}
    value = {"value": result.value} if result.variant else {}  # without one, the asker's own default
    return {
        "key": result.key,
        **value,
        "reason": result.reason,
        "variant": result.variant,
        "metadata": result.metadata,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
