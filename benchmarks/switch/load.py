"""The load: customers who post, customers who listen to streams, and what each of them had to complain of.

It runs in a process of its own, so that it does not take turns with whoever switches.
"""

import argparse
import asyncio
import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import aiohttp


@contextmanager
def load(url: str, *, posters: int, pause: float, streams: int, longest: float) -> Iterator["Load"]:
    """Customers while the block runs; afterwards the load has what they met. Open streams are listened to."""
    found = Load(url)
    words = (
        f"--{name}={value}"
        for name, value in {
            "posters": posters,
            "pause": pause,
            "streams": streams,
            "longest": longest,
        }.items()
    )
    process = subprocess.Popen((sys.executable, "-m", "benchmarks.switch.load", url, *words), stdout=-1)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield found
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    vars(found).update(json.loads(told))


@dataclass
class Load:
    """What came back. A stream is whole when it ends as it was told to."""

    url: str
    posted: int = 0
    streamed: int = 0
    errors: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seen: list[tuple[float, str]] = field(default_factory=list)
    """When each post was sent, and the release that answered."""

    def __post_init__(self) -> None:
        self._random = random.Random(1)
        self._names = itertools.count()

    async def run(self, *, posters: int, pause: float, streams: int, longest: float) -> None:
        """Post and listen until SIGINT."""
        over = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, over.set)
        limits = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=None, sock_read=30)
        async with aiohttp.ClientSession(connector=limits, timeout=timeout) as session:
            tasks = [self._post(session, pause, over) for _ in range(posters)]
            tasks += [self._listen(session, longest, over) for _ in range(streams)]
            print("ready", flush=True)
            await asyncio.gather(*tasks)

    async def _post(self, session: aiohttp.ClientSession, pause: float, over: asyncio.Event) -> None:
        while not over.is_set():
            sent = time.monotonic()
            try:
                async with session.post(self.url, data=b"?", headers=self._conversation()) as answer:
                    release = (await answer.read()).decode()
                    self.posted += 1
                    if answer.status == 200:
                        self.seen.append((sent, release))
                    else:
                        self.errors.append(f"{answer.status} {release[:80]}")
            except (aiohttp.ClientError, TimeoutError) as error:
                self.errors.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)

    async def _listen(self, session: aiohttp.ClientSession, longest: float, over: asyncio.Event) -> None:
        while not over.is_set():
            seconds = self._random.uniform(min(5.0, longest / 2), longest)
            try:
                async with session.get(
                    f"{self.url}stream?seconds={seconds:.1f}", headers=self._conversation()
                ) as answer:
                    text = await answer.text()
                    self.streamed += 1
                    if answer.status != 200 or not text.endswith("data: done\n\n"):
                        self.broken.append(f"{answer.status} after {len(text)} bytes")
            except (aiohttp.ClientError, TimeoutError) as error:
                self.streamed += 1
                self.broken.append(f"{type(error).__name__}: {error}")

    def _conversation(self) -> dict[str, str]:
        return {"x-conversation-id": f"c{next(self._names)}"}


async def speak(url: str, names: Iterable[str], at_once: int = 20) -> dict[str, str]:
    """One turn of each of these conversations; which release answered."""
    left, heard = iter(names), {}

    async def talk(session: aiohttp.ClientSession) -> None:
        for name in left:
            async with session.post(url, data=b"?", headers={"x-conversation-id": name}) as answer:
                heard[name] = (await answer.read()).decode() if answer.status == 200 else f"{answer.status}"

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(talk(session) for _ in range(at_once)))
    return heard


def main() -> None:
    """Customers until SIGINT, then what they met as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    for name, kind in (("posters", int), ("pause", float), ("streams", int), ("longest", float)):
        parser.add_argument(f"--{name}", type=kind)
    arguments = vars(parser.parse_args())
    met = Load(arguments.pop("url"))
    asyncio.run(met.run(**arguments))
    json.dump(asdict(met), sys.stdout)


if __name__ == "__main__":
    main()
