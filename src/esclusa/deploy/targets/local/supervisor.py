"""The supervisor: one supervisord for a project, under which everything runs that outlives the command line.

Programs come and go while it runs: an include file each, taken up over its XML-RPC socket. It is started with
a clean environment and again by whoever finds it gone; what had been running is adopted, not started twice
(launcher.py). It keeps nothing to itself: all it knows stands in the state directory.
"""

import contextlib
import hashlib
import json
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from esclusa.core.errors import OutsideError, UsageError
from esclusa.core.secret import Secret
from esclusa.core.value import Value
from esclusa.deploy.targets.local import launcher
from esclusa.deploy.targets.local.files import locked, private_directory, replace_file, tail
from esclusa.deploy.traffic.admin import Connection

SHORT = Path("/tmp")
"""Sockets have room for 107 bytes of path."""
STOP = 10.0
"""Seconds a program may take to end when told to, before it is killed."""
START = 15.0


class Job(Value, frozen=True, kw_only=True):
    """A program as the supervisor is to keep it. `environment` is all it gets, beside its secrets."""

    name: str
    argv: tuple[str, ...]
    directory: str
    log: str
    port: int = 0
    """0 for a program that has none."""
    environment: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}
    handed: Mapping[str, Secret] = {}
    """Values of those secrets that are not files, by variable. Written to a private file of its own."""
    router: Mapping[str, str] | None = None
    stop: float = STOP


class Seen(Value, frozen=True, kw_only=True):
    """What is to be seen of one program. `pid` is 0 when it does not run."""

    name: str
    state: str
    """supervisord's word (`RUNNING`, `BACKOFF`, ...), or `UNWATCHED` when there is no supervisord."""
    pid: int
    restarts: int
    code: int = 0

    @property
    def lost_port(self) -> bool:
        """Whether it does not run because somebody else has its port."""
        return not self.pid and self.code == launcher.PORT_TAKEN


class Supervisor:
    """The supervisor of the project whose state directory this is. The constructor touches nothing."""

    def __init__(self, directory: Path) -> None:
        self._home = directory.absolute() / "supervisor"
        digest = hashlib.sha256(str(directory.absolute()).encode()).hexdigest()[:12]
        self.private = SHORT / f"esclusa-{os.getuid()}" / digest
        """A short directory for sockets, ours alone."""
        self._socket = self.private / "supervisor.sock"
        # By a link, because supervisord takes spaces and brackets in the name of its own directory amiss.
        self._named = str(self.private / "home" / "supervisord.conf")

    # --- the supervisor itself

    def ensure(self) -> bool:
        """Have a supervisord running; whether one had to be started. Safe from several processes at once."""
        if self.answers():
            return False
        self._home.mkdir(parents=True, exist_ok=True)
        with self._alone():
            return self._ensure()

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            return bool(self._call("supervisor.getState")["statename"] == "RUNNING")
        except OutsideError:
            return False

    def shut_down(self) -> None:
        """Stop every program and supervisord itself; nothing of it is left when this returns."""
        if not self._home.is_dir():
            return
        with self._alone():
            self.remove_all(sorted(self._names()))
            self._shut_down()

    def rest(self) -> bool:
        """Shut down if there is no program; whether that was so."""
        if not self._home.is_dir():
            return True
        with self._alone():
            if self._names():
                return False
            self._shut_down()
            return True

    # --- its programs

    def put(self, job: Job) -> None:
        """Have a program running and kept so. One that runs under this name already is left alone."""
        for words in (*job.argv, job.directory, job.log):
            if "\0" in words:
                raise UsageError(f"{job.name}: a NUL byte in {words!r}")
        self._home.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._write(job)
            self._ensure()
            self._call("supervisor.reloadConfig")
            self._call("supervisor.addProcessGroup", job.name, allow=("ALREADY_ADDED",))
            self._call("supervisor.startProcess", job.name, False, allow=("ALREADY_STARTED",))

    def renew(self) -> None:
        """Replace supervisord itself: what runs goes on, and is adopted by the next one."""
        with self._alone():
            self._end_alone()
            self._ensure()

    def tell(self, job: Job) -> None:
        """Write a program down anew, and let its launcher know by SIGHUP. OutsideError if it does not run."""
        with self._alone():
            self._write(job)
            self._call("supervisor.signalProcess", job.name, "HUP")

    def remove(self, name: str) -> None:
        """Stop a program, and let nothing of it be there: no process of its group, no file but its log."""
        include = self._home / "programs" / f"{name}.ini"
        include.unlink(missing_ok=True)
        if self.answers():
            allow = ("BAD_NAME", "NOT_RUNNING")
            self._call("supervisor.stopProcessGroup", name, False, allow=allow)
            self._wait_until_stopped(name)
            self._call("supervisor.removeProcessGroup", name, allow=allow)
        self._end(name)
        for path in ("spec/{}.json", "record/{}.json", "record/{}.json.lock", "secrets/{}.json"):
            (self._home / path.format(name)).unlink(missing_ok=True)

    def remove_all(self, names: Sequence[str]) -> None:
        """Remove several at once: each may take its time to end."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.remove, names))

    def seen(self, prefix: str = "") -> Mapping[str, Seen]:
        """Every program whose name begins so, whether or not supervisord is there to say."""
        told: dict[str, dict[str, Any]] = {}
        with contextlib.suppress(OutsideError):
            told = {info["name"]: info for info in self._call("supervisor.getAllProcessInfo")}
        found = {}
        for name in sorted(self._names() | told.keys()):
            if not name.startswith(prefix):
                continue
            record = self._record(name)
            alive = launcher.living(record)
            if alive is not None:
                os.close(alive)
            info = told.get(name, {})
            # A record that is torn tells nothing; what runs all the same, supervisord knows.
            running = 0 if record else info.get("pid", 0)
            found[name] = Seen(
                name=name,
                state=info.get("statename", "UNWATCHED"),
                pid=record["pid"] if alive is not None else running,
                restarts=max(0, record.get("starts", 1) - 1),
                code=record.get("code", 0) or info.get("exitstatus", 0),
            )
        return found

    def clean_environment(self) -> dict[str, str]:
        """What every program gets before its own variables: nothing of the caller's."""
        user = pwd.getpwuid(os.getuid())
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": user.pw_dir,
            "USER": user.pw_name,
            "LANG": "C.UTF-8",
        }

    # --- how

    def _ensure(self) -> bool:
        if self.answers():
            return False
        try:
            private_directory(self.private.parent)
            private_directory(self.private)
        except OSError as error:
            raise OutsideError(
                f"the directory for sockets cannot be used: {error}", mend=f"remove {self.private.parent}"
            ) from error
        private_directory(self._home / "programs")
        replace_file(self._home / "supervisord.conf", self._configuration().encode())
        link = self.private / "home"
        link.unlink(missing_ok=True)
        link.symlink_to(self._home)
        self._end_alone()
        self._start()
        return True

    def _shut_down(self) -> None:
        if self.answers():
            pid = int(self._call("supervisor.getPID"))
            self._call("supervisor.shutdown")
            _wait_for_end(pid)
        self._end_alone()
        self._await_launchers()
        # The directory above stays: another project may be about to make its own in it.
        shutil.rmtree(self.private, ignore_errors=True)

    def _end_alone(self) -> None:
        """End a supervisord that lives, whether or not it answers. Its programs live on."""
        try:
            pid = int((self._home / "supervisord.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if self._named.encode() in words:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            _wait_for_end(pid)

    def _await_launchers(self) -> None:
        """Those of a killed supervisord end just after what they watch; one that does not is ended."""
        for pid in self._launchers():
            _wait_for_end(pid, STOP)
        for pid in self._launchers():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            _wait_for_end(pid)

    def _launchers(self) -> list[int]:
        """Every process that launches a program of this project, whoever started it."""
        mark = f"\0{launcher.__file__}\0{self._home / 'spec'}{os.sep}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        return found

    def _write(self, job: Job) -> None:
        for folder in ("programs", "spec", "record", "secrets"):
            private_directory(self._home / folder)
        Path(job.log).parent.mkdir(parents=True, exist_ok=True)
        handed = self._home / "secrets" / f"{job.name}.json"
        if job.handed:
            replace_file(
                handed,
                json.dumps({name: secret.reveal() for name, secret in job.handed.items()}).encode(),
                private=True,
            )
        spec = {
            "name": job.name,
            "argv": list(job.argv),
            "directory": job.directory,
            "environment": {**self.clean_environment(), **job.environment},
            "secrets": dict(job.secrets),
            "handed": str(handed) if job.handed else "",
            "log": job.log,
            "record": str(self._home / "record" / f"{job.name}.json"),
            "port": job.port,
            "stop": job.stop,
            **({"router": dict(job.router)} if job.router else {}),
        }
        path = self._home / "spec" / f"{job.name}.json"
        replace_file(path, json.dumps(spec, indent=1).encode(), private=True)
        command = shlex.join([sys.executable, "-I", "-S", launcher.__file__, str(path)])
        include = self._home / "programs" / f"{job.name}.ini"
        replace_file(include, _program(job, command).encode())

    def _configuration(self) -> str:
        home = _escaped(str(self._home))
        return (
            f"[unix_http_server]\nfile={self._socket}\nchmod=0600\n\n"
            f"[supervisord]\nlogfile={home}/supervisord.log\nlogfile_maxbytes=1MB\nlogfile_backups=1\n"
            f"loglevel=info\npidfile={home}/supervisord.pid\nchildlogdir={home}\numask=077\n\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\n"
            "[include]\nfiles=programs/*.ini\n"
        )

    def _start(self) -> None:
        finished = subprocess.run(
            [sys.executable, "-c", "from supervisor.supervisord import main; main()", "-c", self._named],
            env=self.clean_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        until = time.monotonic() + START
        while not self.answers():
            if finished.returncode != 0 or time.monotonic() > until:
                said = finished.stdout.decode("utf-8", "replace").strip() or tail(
                    self._home / "supervisord.log"
                )
                raise OutsideError(
                    f"supervisord does not start:\n{said}",
                    mend="pip install 'esclusa[local]' if it is missing; its log is "
                    f"{self._home / 'supervisord.log'}",
                )
            time.sleep(0.02)

    def _call(self, method: str, *arguments: Any, allow: Sequence[str] = ()) -> Any:
        """One question to supervisord; None for a fault that is allowed, OutsideError for any other."""
        try:
            with xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self._socket)) as proxy:
                return getattr(proxy, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if any(fault.faultString.startswith(word) for word in allow):
                return None
            raise OutsideError(f"supervisord refuses {method} {arguments}: {fault.faultString}") from fault
        except (OSError, xmlrpc.client.Error, ExpatError, ValueError) as error:
            raise OutsideError(f"supervisord does not answer: {error}") from error

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return locked(self._home / "lock")

    def _names(self) -> set[str]:
        includes = (self._home / "programs").glob("*.ini")
        records = (self._home / "record").glob("*.json")
        return {path.stem for path in (*includes, *records)}

    def _record(self, name: str) -> dict[str, Any]:
        return launcher.recorded(str(self._home / "record" / f"{name}.json"))

    def _wait_until_stopped(self, name: str) -> None:
        until = time.monotonic() + 2 * STOP + 10
        while time.monotonic() < until:
            infos = self._call("supervisor.getAllProcessInfo")
            states = [info["statename"] for info in infos if info["group"] == name]
            if all(state in ("STOPPED", "EXITED", "FATAL", "UNKNOWN") for state in states):
                return
            time.sleep(0.02)

    def _end(self, name: str) -> None:
        """Whatever is left of a program's process group, with or without a supervisord."""
        record = self._record(name)
        watched = launcher.living(record)
        if watched is not None:
            os.close(watched)
            launcher.kill_group(record["pid"], signal.SIGTERM)
            if not _wait_for_end(record["pid"], STOP):
                launcher.kill_group(record["pid"], signal.SIGKILL)
                _wait_for_end(record["pid"], STOP)
        launcher.sweep(record)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> Connection:
        connection = Connection(str(self._path), 10.0)
        self._connection = host, connection  # what `close` closes
        return connection


def _program(job: Job, command: str) -> str:
    return (
        f"[program:{job.name}]\ncommand={_escaped(command)}\n"
        "autostart=true\nautorestart=true\nstartsecs=1\nstartretries=20\n"
        f"stopasgroup=true\nkillasgroup=true\nstopwaitsecs={int(job.stop) + 5}\n"
        "stdout_logfile=NONE\nstderr_logfile=NONE\numask=022\n"
    )


def _escaped(text: str) -> str:
    """As supervisord's files want it: `%` doubled; what they would take for a comment is refused."""
    if " ;" in text or " #" in text or "\n" in text:
        raise UsageError(
            f"supervisord cannot be given the path in {text!r}",
            mend="move the project to a directory without ` ;`, ` #` or line breaks in its name",
        )
    return text.replace("%", "%%")


def _wait_for_end(pid: int, seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while launcher.started(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
