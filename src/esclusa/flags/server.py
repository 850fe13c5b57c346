"""The flag server: the flags of one release over HTTP, on this machine only.

    python -P -m esclusa.flags.server FILE --port PORT [--sealed DIGEST]

It reads its file once, when it starts: what is sealed does not change. A file that is missing, torn or not
the one that was sealed ends it at once, in words, with exit code 2.
"""

import argparse
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
from aiohttp import web

from esclusa.core.errors import EsclusaError, OutsideError
from esclusa.flags import ofrep
from esclusa.flags.definitions import read_definitions
from esclusa.flags.evaluation import Flags

LOOPBACK = "127.0.0.1"
HEALTH = "/health"
PATIENCE = 2.0
"""Seconds that requests in flight may take when it is told to end; they take less than a millisecond."""


def application(flags: Flags) -> web.Application:
    """The server of these flags."""

    async def one(request: web.Request) -> web.Response:
        return _http(ofrep.evaluate_one(flags, request.match_info["key"], await request.read()))

    async def everything(request: web.Request) -> web.Response:
        known = request.headers.get("if-none-match", "")
        return _http(ofrep.evaluate_all(flags, await request.read(), known))

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"flags": len(flags.definitions.flags), "sealed": flags.definitions.digest})

    app = web.Application(client_max_size=ofrep.LARGEST, middlewares=[_in_words])
    app.add_routes(
        [
            web.post(ofrep.PREFIX, everything),
            web.post(ofrep.PREFIX + "/{key:.+}", one),
            web.get(HEALTH, health),
        ]
    )
    return app


async def serve(flags: Flags, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is told the address. OutsideError when the port is taken."""
    runner = web.AppRunner(application(flags), access_log=None, shutdown_timeout=PATIENCE)
    await runner.setup()
    try:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            await _listen(runner, port)
            ready(f"http://{LOOPBACK}:{runner.addresses[0][1]}")
            async for _ in signals:
                break
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutsideError(
            f"port {port} cannot be listened on: {reason}", mend="choose another one with --port"
        ) from error


@web.middleware
async def _in_words(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every refusal of the framework's in the protocol's words."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _http(ofrep.failure(413, "PARSE_ERROR", f"the body is larger than {ofrep.LARGEST} bytes"))
    except web.HTTPException as error:
        details = (
            f"{request.method} {request.path} is not served here: POST {ofrep.PREFIX} or {ofrep.PREFIX}/KEY"
        )
        return _http(ofrep.failure(error.status, "GENERAL", details))


def _http(response: ofrep.Response) -> web.Response:
    headers = {"etag": response.etag} if response.etag else {}
    kind = "application/json" if response.body else None
    return web.Response(status=response.status, body=response.body, content_type=kind, headers=headers)


def main() -> None:
    """Started by the supervisor, not by people."""
    parser = argparse.ArgumentParser(prog="esclusa.flags.server")
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sealed", default="")
    chosen = parser.parse_args()
    try:
        flags = Flags(read_definitions(chosen.file, sealed=chosen.sealed))
        anyio.run(serve, flags, chosen.port, _say)
    except EsclusaError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


def _say(url: str) -> None:
    print(f"flags at {url}", flush=True)


if __name__ == "__main__":
    main()
