"""People beside the machine, end to end on real parts: asked, told, and served by the watch after promotion."""

import asyncio
import contextlib
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest

from esclusa.core.events import ControllerStarted, EnvironmentRestarted, Notified
from tests.processes import wait_until
from tests.toy import Toy

pytestmark = pytest.mark.real
SECRET = "T0KEN-that-nobody-may-see"


class Chat:
    """A receiver of notices. The first one hangs until it is let go; then all are taken."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        """Event, key and path, as they came."""
        self.go_on = threading.Event()
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                chat.got.append((body["event"], self.headers["Idempotency-Key"], self.path))
                if len(chat.got) == 1:
                    chat.go_on.wait(60)
                with contextlib.suppress(OSError):  # who sent it is dead by now
                    self.send_response(200)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/{SECRET}"


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.go_on.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def leaks(toy: Toy) -> list[str]:
    """Everything of the project that has the secret in it, but for where secrets are kept."""
    found = [words for words in toy.processes() if SECRET in words]
    for path in (toy.root / ".esclusa").rglob("*"):
        kept = "secrets" in path.parts
        if path.is_file() and not kept and SECRET.encode() in path.read_bytes():
            found.append(str(path))
    return found


def test_a_person_is_asked_and_told_and_kill_9_of_the_controller_loses_no_word(
    toy: Toy, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", chat.url)
    file = (toy.root / "esclusa.yaml").read_text()
    file = file.replace("strategy: canary, ", "strategy: canary, approval: {approvers: [ana]}, ")
    told = (
        "notify: {chat: {webhook: env:HOOK, environments: [production], on: [waiting_approval, promoted]}}\n"
    )
    toy.write("esclusa.yaml", file + told, "Ask and tell")
    with toy.started("run") as running:
        wait_until(lambda: len(chat.got) == 1, 120.0)
        assert toy.state() == "waiting_approval"
        # It was sent, and nobody has written down that it was taken.
        os.kill(int(toy.events(ControllerStarted)[-1].holder.partition("@")[0]), signal.SIGKILL)
        wait_until(lambda: len(chat.got) == 2, 60.0)
        chat.go_on.set()
        assert "to answer esclusa approve " in toy.said
        status = {one["name"]: one["rollout"] for one in toy.json("status")}["production"]
        assert (status["state"], status["approval"]["approvers"]) == ("waiting_approval", ["ana"])
        refused = toy.esclusa("approve", "--by", "bo")
        assert (refused.returncode, "bo is not one of the approvers, ana" in refused.stderr) == (2, True)
        answered = toy.json("approve", status["id"], "--by", "ana", "--reason", "read it")
        assert (answered["phase"], answered["asked"]) == ("switch", "approve")
        assert running.wait(60) == 0, toy.said
    again = toy.json("approve", status["id"], "--by", "ana")
    assert (again["asked"], again["already_by"]) == ("", "ana")
    wait_until(lambda: len(toy.events(Notified)) == 2)
    assert [what for what, _, _ in chat.got] == ["waiting_approval"] * 2 + ["promoted"]
    assert len({key for _, key, _ in chat.got[:2]}) == 1, "the same word twice has the same key"
    assert [(event.what, event.attempts) for event in toy.events(Notified)] == [
        ("waiting_approval", 1),
        ("promoted", 1),
    ]
    assert leaks(toy) == []
    [run] = toy.json("history")
    assert run["reason"].startswith("`switch` approved by ana: read it; ")
    assert [(one["verb"], one["by"], one["reason"]) for one in run["decisions"]] == [
        ("approve", "ana", "read it")
    ]


@contextlib.asynccontextmanager
async def asking(url: str, text: list[str]) -> AsyncIterator[set[int]]:
    """Customers who say what stands in the list now; the answers' statuses."""
    seen: set[int] = set()

    async def customer(session: aiohttp.ClientSession, number: int) -> None:
        for turn in range(100_000):
            body = {"messages": [{"role": "user", "content": text[0]}]}
            headers = {"x-conversation-id": f"{number}-{turn}"}
            async with session.post(url, json=body, headers=headers) as response:
                seen.add(response.status)
            await asyncio.sleep(0.1)

    async with aiohttp.ClientSession() as session:
        talking = [asyncio.create_task(customer(session, number)) for number in range(8)]
        try:
            yield seen
        finally:
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)


def test_a_regression_after_promotion_brings_the_retired_release_back(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    file = file.replace("guard: [error_rate <= baseline + 0.5%]", "watch: 120 s, guard: [error_rate <= 5%]")
    good = toy.write("esclusa.yaml", file, "Watch it")
    bug = toy.write("prompts/manner.txt", "bug\n", "Breaks refunds")
    assert toy.esclusa("run", "--commit", good).returncode == 0
    stable = toy.json("history")[0]["release"]
    text = ["hello there"]

    async def played() -> set[int]:
        async with asking(toy.url, text) as seen:
            with toy.started("run", "--commit", bug) as running:
                await asyncio.to_thread(wait_until, lambda: toy.state() == "watching", 120.0)
                assert seen == {200}
                _, production = await asyncio.to_thread(toy.json, "status")
                [alone] = production["observation"]["workloads"]
                assert alone["release"] != stable, "the earlier release is retired"
                text[0] = "refund please"
                assert await asyncio.to_thread(running.wait, 120) == 1, toy.said
            seen.clear()
            await asyncio.sleep(1)
            return seen

    assert asyncio.run(played()) == {200}, "the earlier release serves again"
    run = toy.json("history")[0]
    assert run["outcome"] == "rolled_back"
    assert run["reason"].startswith("in the watch after promotion: error_rate <= 5% is violated")
    assert "in the watch after promotion" in " ".join(toy.said.split())
    production = toy.json("status")[1]
    assert production["serving"] == stable
    [workload] = production["observation"]["workloads"]
    assert (workload["release"], workload["healthy"], workload["weight"]) == (stable, 2, 1.0)


def test_the_release_that_serves_in_staging_goes_to_production_as_it_is(toy: Toy) -> None:
    file = (toy.root / "esclusa.yaml").read_text()
    toy.write("esclusa.yaml", file.replace("deploy: [staging, production]", "deploy: [staging]"), "By hand")
    assert toy.esclusa("run").returncode == 0
    [run] = toy.json("history")
    built = sorted((toy.root / ".esclusa" / "artifacts").iterdir())
    toy.json("lock", "production", "--reason", "moving the database", "--by", "bo")
    shut = toy.esclusa("deploy", "--from", "staging")
    assert (shut.returncode, "production is locked by bo: moving the database" in shut.stderr) == (2, True)
    words = ("--override", "it is moved", "--by", "ana", "--reason", "friday demo")
    done = toy.esclusa("deploy", "--from", "staging", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"sealed 20{run['id'][6:8]}" in done.stdout
    assert "accuracy > 85%" in done.stdout, "the gates that let it through are shown"
    production = toy.json("status")[1]
    assert production["serving"] == run["release"]
    assert sorted((toy.root / ".esclusa" / "artifacts").iterdir()) == built, "nothing was built"
    order, before = toy.json("history")
    assert (before, order["kind"], order["release"], order["outcome"]) == (
        run,
        "deploy",
        run["release"],
        "promoted",
    )
    assert order["reason"].startswith(
        "deploy of production by ana: friday demo; in spite of this by ana: it is moved: production is locked"
    )
    again = toy.esclusa("deploy", "--from", "staging", "--override", "again")
    assert (again.returncode, "serves" in again.stderr) == (2, True)
    restart_of_everything(toy)


def restart_of_everything(toy: Toy) -> None:
    """It serves what it served before, and other processes do."""
    before = toy.json("status")
    assert toy.esclusa("restart").returncode == 2, "production is locked"
    toy.json("unlock", "production", "--by", "bo")
    seen = [one["observation"] for one in before]
    replicas = {one["environment"]: one["workloads"][0]["running"] for one in seen}
    done = toy.json("restart", "--by", "ana", "--reason", "a new kernel module")
    assert done == {name: {"replicas": number, "router": True} for name, number in replicas.items()}
    after = toy.json("status")
    assert [one["serving"] for one in after] == [one["serving"] for one in before]
    for old, new in zip(before, after, strict=True):
        assert new["observation"]["router"] == "serving"
        stayed = set(old["observation"]["processes"]) & set(new["observation"]["processes"])
        assert len(stayed) == 1, "the router's launcher, which replaces it"
    assert [(each.environment, each.by, each.reason) for each in toy.events(EnvironmentRestarted)] == [
        (name, "ana", "a new kernel module") for name in replicas
    ]
