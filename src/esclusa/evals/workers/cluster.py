"""A Ray cluster as the place where workers come from: one on this machine for as long as the suite takes, or
one that runs already.

The only file that knows Ray. Each worker is an actor that wants one CPU; Ray says which node it runs on and
notices when it is gone, all else is ours. What Ray would print is not printed.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import anyio

from esclusa.core.errors import OutsideError, UsageError
from esclusa.evals.suite import Suite
from esclusa.evals.workers.hand import Errand, Hand, Hello, Job, Packed
from esclusa.evals.workers.spread import WorkerLost
from esclusa.system import new_secret

LOCAL = "ray"
MEND = "pip install 'esclusa[ray]'"
FORMS = "`--workers ray` for a cluster on this machine, `--workers ray://HOST:10001` for one that runs"
REACHED = 10.0
"""Seconds within which the cluster takes a connection."""
HIRED = 60.0
"""Seconds within which a worker is ready."""
STORE = 128 * 1024**2
"""Bytes of shared memory that a cluster of ours has for the suite; what comes back is small."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Else whoever calls a cluster that is gone gets another one, on this machine, without having asked.
    "RAY_ENABLE_AUTO_CONNECT": "0",
}
"""The environment under which Ray is imported, and its processes start."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""The same for a cluster of ours. Named after other systems, it makes one listen on the loopback address only
wherever it is said.
"""

_SILENT: Mapping[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}


def check_workers(address: str, suite: Suite) -> None:
    """UsageError where the address is none, Ray is not installed, or the suite cannot be spread."""
    if address != LOCAL:
        host_of(address)
    if suite.load is not None:
        raise UsageError(
            "a load is not spread over workers: one clock says when each request is sent",
            mend="leave --workers out",
        )
    if importlib.util.find_spec("ray") is None:
        raise UsageError("ray is not installed", mend=MEND)


def host_of(address: str) -> tuple[str, int]:
    """Host and port of `ray://HOST:PORT`; UsageError for another form."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or address != f"ray://{parts.netloc}" or "@" in address:
        raise UsageError(f"'{address}' names no workers", mend=FORMS)
    return host, port


class Cluster:
    """A pool of actors; see `Pool`. `job` is what each of them is told."""

    def __init__(self, address: str, job: Job) -> None:
        self._address = address
        self._job = job
        self._ray: Any = None
        self._actor: Any = None
        self._sent: Any = None
        self._directory = ""
        self.places = 1

    async def __aenter__(self) -> Self:
        if self._address != LOCAL:
            await reach(self._address)
        try:
            await _blocking(self._connect)
        except Exception as error:  # a stranger's errors: of many kinds, as wordy as they like
            await self.__aexit__(type(error), error, error.__traceback__)
            said = " ".join(str(error).split())[:500] or type(error).__name__
            what = "Ray cannot be started" if self._address == LOCAL else f"{self._address} is of no use"
            raise OutsideError(f"{what}: {said}", mend="see `docs/eval.md`, Many machines") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _blocking(self._disconnect)

    async def hire(self, place: int) -> "Actor":
        actor = None
        try:
            actor = await _blocking(self._started)
            async with asyncio.timeout(HIRED):
                hello: Hello = await _result(actor.begin.remote())
        except TimeoutError:
            self.kill(actor)
            raise OutsideError(
                f"the cluster had no room for a worker within {HIRED:.0f} s",
                mend="a worker wants one free CPU: see `ray status`",
            ) from None
        except Exception as error:  # a stranger's errors
            self.kill(actor)
            *_, said = str(error).strip().splitlines() or [type(error).__name__]
            raise OutsideError(
                f"a worker did not start: {said[:500]}",
                mend="every node needs esclusa; see the cluster's logs",
            ) from error
        name = f"worker {place} (pid {hello.pid} on {hello.host})"
        if hello.refused:
            self.kill(actor)
            mend = hello.mend or "give every node what this machine has: esclusa, its extras, the project"
            raise UsageError(f"{name} cannot ask: {hello.refused}", mend=mend)
        return Actor(name, actor, self)

    def lost(self, error: Exception) -> bool:
        """Whether an error says that an actor is gone, and not that it failed."""
        known = self._ray.exceptions
        gone = isinstance(error, known.RayError) and not isinstance(error, known.RayTaskError)
        return gone or isinstance(error, ConnectionError)

    def kill(self, actor: Any) -> None:
        """End an actor, if it has not ended."""
        with contextlib.suppress(Exception):  # it is gone, or the whole cluster is
            self._ray.kill(actor)

    def _connect(self) -> None:
        ours = self._address == LOCAL
        # A token of our own, or Ray writes one into the user's home; also for other users of this machine.
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": new_secret()}
        for name, value in (QUIET | LOOPBACK | token if ours else QUIET).items():
            os.environ.setdefault(name, value)
        self._ray = importlib.import_module("ray")
        _hush()
        if ours:
            cpus = len(os.sched_getaffinity(0))
            self._directory = tempfile.mkdtemp(prefix="esclusa-ray-")
            self._ray.init(
                "local",
                num_cpus=cpus,
                object_store_memory=STORE,
                include_dashboard=False,
                _temp_dir=self._directory,
                **_SILENT,
            )
        else:
            self._ray.init(self._address, **_SILENT)
            cpus = int(self._ray.available_resources().get("CPU", 1))
        self.places = max(1, min(cpus, self._job.suite.concurrency))
        self._actor = self._ray.remote(Hand).options(num_cpus=1, scheduling_strategy="SPREAD")
        self._sent = self._ray.put(self._job)

    def _disconnect(self) -> None:
        if self._ray is not None:
            self._ray.shutdown()
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _started(self) -> Any:
        return self._actor.remote(self._sent)


class Actor:
    """One hand in a process of the cluster; see `Worker`."""

    def __init__(self, name: str, actor: Any, cluster: Cluster) -> None:
        self.name = name
        self._actor = actor
        self._cluster = cluster
        self._given: list[Any] = []

    def give(self, errands: Sequence[Errand]) -> None:
        self._given.append(self._actor.give.remote(list(errands)))

    async def take(self) -> Sequence[Packed]:
        taken: Sequence[Packed] = await self._heard(self._taken())
        return taken

    async def end(self) -> Sequence[str]:
        spent: Sequence[str] = await self._heard(_result(self._actor.end.remote()))
        return spent

    def dismiss(self) -> None:
        self._cluster.kill(self._actor)

    async def _taken(self) -> Any:
        taken = await _result(self._actor.take.remote())
        given, self._given = self._given, []
        for one in given:
            await _result(one)
        return taken

    async def _heard(self, call: Any) -> Any:
        try:
            return await call
        except Exception as error:
            if self._cluster.lost(error):
                raise WorkerLost(str(error)) from error
            raise


def _hush() -> None:
    """Ray's driver prints a paragraph for each worker that dies, and its client one for a connection that
    breaks, whatever they are set to; who uses us is told in our words.
    """
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    with contextlib.suppress(ImportError):
        worker: Any = importlib.import_module("ray._private.worker")
        worker.print_to_stdstream = lambda *_, **__: None


async def _result(call: Any) -> Any:
    """What a call of an actor gives back. Who is cancelled waits no longer, and the call is left alone: Ray's
    client prints a traceback for one that is cancelled.
    """
    waiting = asyncio.ensure_future(_of(call))
    waiting.add_done_callback(_heard_of)
    return await asyncio.shield(waiting)


async def _of(call: Any) -> Any:
    return await call


def _heard_of(waiting: "asyncio.Future[Any]") -> None:
    """An error that nobody waits for any more is not one to be told of."""
    if not waiting.cancelled():
        waiting.exception()


async def _blocking(work: Any) -> Any:
    """In a thread, to its end even when cancelled: a cluster that is half started has nobody to stop it."""
    with anyio.CancelScope(shield=True):
        return await asyncio.to_thread(work)


async def reach(address: str) -> None:
    """OutsideError when nobody listens at `ray://HOST:PORT`."""
    host, port = host_of(address)
    try:
        with anyio.fail_after(REACHED):
            await (await anyio.connect_tcp(host, port)).aclose()
    except (OSError, TimeoutError) as error:
        why = f"nothing answered within {REACHED:g} s" if isinstance(error, TimeoutError) else str(error)
        raise OutsideError(
            f"{address} cannot be reached: {why}",
            mend="start the cluster with `ray start --head --ray-client-server-port 10001`, or correct it",
        ) from error
