"""Senders against real servers and programs: what counts as taken, and that no secret comes back."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from esclusa.core.errors import ConfigurationError
from esclusa.core.notice import Notice
from esclusa.core.project import Channel
from esclusa.core.secret import Secret
from esclusa.deploy.notify.senders import Sender
from tests.fakes import START
from tests.toy import free_port

PAYLOAD = {"event": "rolled_back", "reason": "error_rate is violated: «18 of 58»"}


def notice(**channel: object) -> Notice:
    made = Channel(**{"name": "team", "on": ("rolled_back",), "timeout": 1.0, **channel})  # type: ignore[arg-type]
    return Notice(
        key="r1/rolled_back/5.0/team",
        rollout="r1",
        what="rolled_back",
        channel=made,
        payload=PAYLOAD,
        due=START,
    )


def sender(root: Path, **secrets: str) -> Sender:
    def reveal(reference: str) -> Secret:
        name = reference.partition(":")[2]
        if name not in secrets:
            raise ConfigurationError(f"the secret {reference} is not set")
        return Secret(secrets[name])

    return Sender(root, {"PATH": "/usr/bin:/bin"}, reveal)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def posted(handler: Handler, send: Callable[[str], Awaitable[str]]) -> str:
    """What becomes of a notice that is sent to a server; it gets the server's address."""

    async def served() -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            return await send(f"http://127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()

    return asyncio.run(served())


def test_a_webhook_gets_the_object_with_its_key_and_its_headers(tmp_path: Path) -> None:
    got: list[tuple[str, str, dict[str, str], object]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.method, request.path, dict(request.headers), await request.json()))
        return web.Response(status=204)

    async def send(url: str) -> str:
        known = sender(tmp_path, HOOK=f"{url}/services/very-secret", TOKEN="Bearer abcdef")
        headers = {"Authorization": "env:TOKEN", "X-Team": "ops"}
        return await known(notice(webhook="env:HOOK", headers=headers))

    assert posted(take, send) == ""
    [(method, path, headers, body)] = got
    assert (method, path, body) == ("POST", "/services/very-secret", PAYLOAD)
    assert headers["Idempotency-Key"] == "r1/rolled_back/5.0/team"
    assert (headers["Authorization"], headers["X-Team"]) == ("Bearer abcdef", "ops")
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_only_two_hundred_and_something_counts_and_no_redirect_is_followed(
    tmp_path: Path, status: int
) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"}, text="a secret of its own")

    async def send(url: str) -> str:
        return await sender(tmp_path)(notice(webhook=f"{url}/hook"))

    assert posted(answer, send) == f"it answered {status}"
    assert seen == ["/hook"]


def test_a_receiver_that_hangs_is_left_after_the_timeout(tmp_path: Path) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")

    async def send(url: str) -> str:
        return await sender(tmp_path)(notice(webhook=url, timeout=0.2))

    assert posted(hang, send) == "no answer within 0.2 s"


@pytest.mark.parametrize("address", ["http://127.0.0.1:PORT/very-secret", "http://[broken/very-secret"])
def test_an_address_where_nobody_is_never_comes_back_in_words(tmp_path: Path, address: str) -> None:
    known = sender(tmp_path, HOOK=address.replace("PORT", str(free_port())))
    trouble = asyncio.run(known(notice(webhook="env:HOOK")))
    assert trouble
    assert "secret" not in trouble


def test_a_secret_that_is_not_there_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the secret env:HOOK is not set"):
        asyncio.run(sender(tmp_path)(notice(webhook="env:HOOK")))


TELL = """
import json, os, sys
body = json.load(sys.stdin)
json.dump([sys.argv[1:], body, os.environ["ESCLUSA_IDEMPOTENCY_KEY"], os.environ["TOKEN"]], open("told", "w"))
print("took", os.environ["TOKEN"])
sys.exit(int(body.get("code", sys.argv[1])))
"""


def told(root: Path, code: int, **more: object) -> str:
    (root / "tell.py").write_text(TELL)
    command = (sys.executable, "tell.py", str(code))
    known = sender(root, TOKEN="hunter2hunter2")
    return asyncio.run(known(notice(command=command, secrets={"TOKEN": "env:TOKEN"}, **more)))


def test_a_command_gets_the_object_as_its_input_and_secrets_in_its_environment(tmp_path: Path) -> None:
    assert told(tmp_path, 0) == ""
    assert json.loads((tmp_path / "told").read_text()) == [
        ["0"],
        PAYLOAD,
        "r1/rolled_back/5.0/team",
        "hunter2hunter2",
    ]


def test_a_command_that_fails_says_why_without_its_secret(tmp_path: Path) -> None:
    assert told(tmp_path, 3) == "it ended with 3: took ***"


def test_a_command_that_hangs_is_stopped(tmp_path: Path) -> None:
    trouble = asyncio.run(sender(tmp_path)(notice(command=("sleep", "77"), timeout=0.2)))
    assert trouble == "it did not end within 0.2 s"
