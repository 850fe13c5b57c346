"""A toy agent in a git repository of its own: a few lines of standard library, and the whole lock around it.

It answers with the first word of a message. What it does is one word in a prompt file: `good`, `bad` (answers
nonsense, which a gate sees), `bug`, `slow`, `vague` or `clumsy` (fails, takes its time, answers nonsense, or
uses its tools wrongly and answers right, for messages that no eval case has, which only live traffic sees).
"""

import asyncio
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from esclusa.core.rollout import Rollout
from esclusa.store import Store, open_store
from esclusa.system import SystemClock

E = TypeVar("E")

AGENT = """
import json, os, sys, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = os.environ.get("MODEL_URL")
MANNER = open("prompts/manner.txt").read().split()[0]
TALLY = os.environ.get("TALLY")
RELEASE = os.environ.get("ESCLUSA_RELEASE")


class Agent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, {"ready": True})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = body["messages"][-1]["content"]
        if MANNER == "bug" and "refund" in text:
            return self.answer(500, {"error": "no such order"})
        if MODEL:
            try:
                urllib.request.urlopen(MODEL + "/think", timeout=5).read()
            except OSError:
                return self.answer(500, {"error": "no model"})
        if MANNER == "slow" and "refund" in text:
            time.sleep(1)
        if TALLY:
            used = "no" if MANNER == "clumsy" and "hello" in text else "yes"
            with open(f"{TALLY}/{RELEASE}.{used}", "a") as file:
                file.write(".")
        vague = MANNER == "vague" and "hello" in text
        said = "nonsense" if MANNER == "bad" or vague else text.split()[0]
        message = {"role": "assistant", "content": said}
        usage = {"prompt_tokens": 3, "completion_tokens": 2}
        self.answer(200, {"model": "toy", "choices": [{"message": message}], "usage": usage})

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Agent).serve_forever()
"""

MODEL = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/think":
            time.sleep(0.5)
            with open(THOUGHTS, "a") as file:
                file.write(".")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Model).serve_forever()
"""

SERVICE = """
services:
  model: {{serve: "{python} model.py {{port}}", variable: MODEL_URL, files: [model.py]}}
"""

FILE = """
project: toy
agent:
  serve: {python} agent.py --port {{port}}
  ask: {{openai: /v1/chat/completions}}
  behaviour: {{prompts: [prompts/]}}
environments:
  staging: {{target: local, port: {staging}, smoke: evals/smoke.yaml, drain: 2 s}}
  production: {{target: local, port: {production}, replicas: 2, strategy: canary, drain: 2 s}}
stages:
  source: [checkout]
  build: [artifact]
  test: {{unit: "{unit}"}}
  eval: {{quality: evals/quality.yaml}}
  deploy: [staging, production]
gates:
  quality: [accuracy > 85%, "accuracy >= baseline - 2%", latency.p95 < 5 s, cost_per_query < 0.01 USD]
strategies:
  canary: {{steps: [25%, 50%], sticky: x-conversation-id, bake: {bake} s, min_samples: 10, max_harmed: 30,
           guard: [error_rate <= baseline + 0.5%]}}
prices: {{toy: {{input: 0.1, output: 0.2}}}}
"""


class Toy:
    """The repository, and esclusa called in it as a user calls it."""

    def __init__(self, root: Path, *, bake: float = 3, unit: str = "true", model: bool = False) -> None:
        self.root = root
        staging, self.port = free_port(), free_port()
        while staging == self.port:
            self.port = free_port()
        self._write("agent.py", AGENT)
        self._write("prompts/manner.txt", "good\n")
        self._write("evals/quality.yaml", "dataset: quality.jsonl\nscorers: [exact]\n")
        self._write("evals/smoke.yaml", "dataset: smoke.jsonl\nscorers: [exact]\n")
        self._write("evals/quality.jsonl", _cases(30))
        self._write("evals/smoke.jsonl", _cases(3))
        self._write(
            "esclusa.yaml",
            FILE.format(python=sys.executable, staging=staging, production=self.port, bake=bake, unit=unit),
        )
        if model:
            self._write("model.py", MODEL.replace("THOUGHTS", repr(str(self.thoughts))))
            file = (root / "esclusa.yaml").read_text()
            self._write("esclusa.yaml", file + SERVICE.format(python=sys.executable))
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit("First version")

    @property
    def thoughts(self) -> Path:
        """Where the model server leaves a dot for each question."""
        return self.root.with_name(f"{self.root.name}-thoughts")

    @property
    def url(self) -> str:
        """Where production answers."""
        return f"http://127.0.0.1:{self.port}/v1/chat/completions"

    def write(self, name: str, text: str, message: str) -> str:
        """Change one file and commit it; the commit."""
        self._write(name, text)
        return self.commit(message)

    def commit(self, message: str) -> str:
        """Commit everything; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        """Git, as somebody with a name."""
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ("git", *who, *words), cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def esclusa(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            (*COMMAND, *words),
            cwd=self.root,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    @contextlib.contextmanager
    def started(self, *words: str, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
        """One command, begun; killed at the end of the block. `said` is what it wrote."""
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                (*COMMAND, *words),
                cwd=self.root,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def output(self) -> Path:
        """What the last started command wrote."""
        return self.root.with_name(f"{self.root.name}-output")

    @property
    def said(self) -> str:
        """The same as text."""
        return self.output.read_text() if self.output.exists() else ""

    def json(self, *words: str) -> Any:
        """What a command says with --json."""
        done = self.esclusa(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def json_any(self, *words: str) -> Any:
        """The same, whatever the exit code."""
        return json.loads(self.esclusa(*words, "--json").stdout)

    def rollout(self) -> Rollout | None:
        """The newest into production, from the store itself: a command takes longer than a phase, and half a core."""
        with self._store() as store:
            return store.rollouts.latest("production")

    def state(self) -> str:
        """Of that rollout; empty when there is none."""
        rollout = self.rollout()
        return rollout.state.value if rollout is not None else ""

    def events(self, kind: type[E]) -> list[E]:
        """What the journal holds of a kind, likewise."""
        with self._store() as store:
            return [each.event for each in store.journal.read() if isinstance(each.event, kind)]

    def processes(self) -> list[str]:
        """The command lines of all processes that belong to this repository."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.root) in words or str(self.root) in os.readlink(place / "cwd"):
                    found.append(words)
        return found

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        store = open_store("", self.root / ".esclusa", SystemClock())
        try:
            yield store
        finally:
            store.close()

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


COMMAND = (sys.executable, "-m", "esclusa")


def free_port() -> int:
    """A port below those that the kernel and the local target choose from, and no other worker of the tests."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 16
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(2000 + worker, 10000, 16)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.asynccontextmanager
async def customers(
    url: str, *, at_once: int = 8, opinion: Callable[[str], float] | None = None
) -> AsyncIterator[Counter[str]]:
    """Customers talk to the agent while entered; what they saw, by status or error.

    With an `opinion` each says at the end of a conversation what the last answer was worth, from 0 to 1.
    """
    seen: Counter[str] = Counter()
    talking = asyncio.create_task(_talk(url, at_once, seen, opinion))
    try:
        yield seen
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talking


async def _talk(url: str, at_once: int, seen: Counter[str], opinion: Callable[[str], float] | None) -> None:
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(at_once):
            group.create_task(_customer(session, url, random.Random(number), seen, opinion))


async def _customer(
    session: aiohttp.ClientSession,
    url: str,
    chance: random.Random,
    seen: Counter[str],
    opinion: Callable[[str], float] | None,
) -> None:
    heard = ""
    while True:
        conversation = {"x-conversation-id": f"{chance.getrandbits(64):x}"}
        for turn in range(chance.randint(1, 4)):
            text = "refund please" if turn and chance.random() < 0.5 else "hello there"
            body = {"messages": [{"role": "user", "content": text}]}
            try:
                async with session.post(url, json=body, headers=conversation) as response:
                    heard = await response.text()
                    seen[str(response.status)] += 1
            except aiohttp.ClientError as error:
                seen[type(error).__name__] += 1
            await asyncio.sleep(chance.uniform(0.02, 0.15))
        if opinion is not None:
            place = URL(url).with_path("/feedback").with_query(score=opinion(heard))
            async with session.post(place, headers=conversation) as response:
                seen[f"feedback {response.status}"] += 1


def _cases(number: int) -> str:
    lines = (
        json.dumps({"id": f"c{i}", "input": f"word{i} please", "expected": f"word{i}", "tags": ["en"]})
        for i in range(number)
    )
    return "\n".join(lines) + "\n"
