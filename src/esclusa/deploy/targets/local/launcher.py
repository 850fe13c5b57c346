"""The launcher: how supervisord starts every program of a local target.

    python -I -S launcher.py SPEC          (or: python -m esclusa.deploy.targets.local.launcher SPEC)

It stands between the two because supervisord keeps its first caller's environment, writes a program's
environment in plain text, and takes what hangs on its pipes down with it. The launcher reads a spec, resolves
secret references, takes the machine-wide lock of the program's port, opens the program's own log, writes down
who it is (pid, start time, argv), and becomes the program. A router it does not become: it stays its parent,
checks its files before the start, notes its restarts in the access log, rotates that log, and replaces it
without a break when it is asked to.

Where the record shows the program alive, because a supervisord was killed and another came, it starts
nothing: it watches what runs (a pidfd), passes signals on, and ends when that ends.

One of these lives beside every router, and starting one is on the way of every replica: it imports nothing of
ours and little of Python's.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Spec = dict[str, Any]
    Record = dict[str, Any]
    Files = dict[str, str]

SECRET_MISSING = 78
PORT_TAKEN = 75
NOT_STARTED = 126
TORN = 74
CODES = (SECRET_MISSING, PORT_TAKEN, NOT_STARTED, TORN)

PARTS = 8
"""Parts of the access log that are kept, and files of pins."""


def main(path: str) -> None:
    """Read the spec at `path` and become, or adopt, what it says."""
    with open(path, encoding="utf-8") as file:
        spec = json.load(file)
    log = os.open(spec["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    try:
        launch(path, spec)
    except SystemExit as end:
        # supervisord forgets how a program ended that ended at once.
        if end.code in CODES:
            replace(spec["record"], json.dumps(dict(recorded(spec["record"]), code=end.code)))
        raise


def launch(path: str, spec: Spec) -> None:
    """Under a lock that keeps a second launcher of the same program out until it is clear who runs."""
    with open(spec["record"] + ".lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        record = recorded(spec["record"])
        watched = living(record)
        if watched is None:
            sweep(record)
            lock = port_lock(spec["port"]) if spec["port"] else None
            if spec["port"] and lock is None:
                give_up(PORT_TAKEN, f"port {spec['port']} is taken by {port_holder(spec['port'])}")
            environment = dict(spec["environment"], **secrets(spec))
            write_record(spec, record)
    if watched is not None:
        say(f"{spec['name']} runs already as process {record['pid']}: adopted")
        watch(watched, record["pid"], spec["stop"])
    elif "router" in spec:
        stay(path, spec, environment, lock)
    else:
        become(spec["argv"], spec["directory"], environment, lock)


def become(
    argv: list[str], directory: str, environment: dict[str, str], lock: socket.socket | None
) -> NoReturn:
    """Be the program. The lock goes along, so that the port is held as long as the program lives."""
    if lock is not None:
        os.set_inheritable(lock.fileno(), True)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.chdir(directory)
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        give_up(NOT_STARTED, why_not_started(argv[0], directory, environment, error))


def why_not_started(program: str, directory: str, environment: dict[str, str], error: OSError) -> str:
    """What is wrong in words. A bare name is looked for on the release's PATH, which is not the user's."""
    if isinstance(error, FileNotFoundError) and "/" not in program and os.path.isdir(directory):
        return (
            f"there is no {program} on {environment.get('PATH', os.defpath)}: name its whole path, or add"
            " `dependencies` to the source stage, which gives the release a Python environment of its own"
        )
    return f"{program} cannot be started in {directory}: {error.strerror}"


# --- secrets


def secrets(spec: Spec) -> dict[str, str]:
    """Every secret variable's value: files are read now, the rest was handed over in a private file."""
    handed = {}
    if spec.get("handed"):
        try:
            with open(spec["handed"], encoding="utf-8") as file:
                handed = json.load(file)
        except (OSError, ValueError) as error:
            give_up(SECRET_MISSING, f"the secrets of {spec['name']} cannot be read: {error}")
    values = {}
    for variable, reference in spec.get("secrets", {}).items():
        kind, _, place = reference.partition(":")
        if kind == "file":
            try:
                with open(place, encoding="utf-8") as file:
                    values[variable] = file.read().rstrip("\n")
            except (OSError, ValueError) as error:
                give_up(SECRET_MISSING, f"secret {reference} of {spec['name']} cannot be read: {error}")
        elif variable in handed:
            values[variable] = handed[variable]
        else:
            give_up(
                SECRET_MISSING,
                f"secret {reference} of {spec['name']} was not handed over; deploy again",
            )
    return values


# --- who runs


def recorded(path: str) -> Record:
    """What was written of the process that ran last; nothing if that cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        return record if isinstance(record, dict) else {}
    except (OSError, ValueError):
        return {}


def write_record(spec: Spec, before: Record) -> None:
    """Write down that this process is the program."""
    record = {
        "pid": os.getpid(),
        "started": started(os.getpid()),
        "boot": boot(),
        "argv": spec["argv"],
        "starts": before.get("starts", 0) + 1,
    }
    replace(spec["record"], json.dumps(record))


def living(record: Record) -> int | None:
    """A pidfd of the recorded process, if it is that process and still runs."""
    if not isinstance(record.get("pid"), int) or record.get("boot") != boot():
        return None
    try:
        watched = os.pidfd_open(record["pid"])
    except OSError:
        return None
    if started(record["pid"]) == record.get("started"):
        return watched
    os.close(watched)
    return None


def started(pid: int) -> str:
    """When a process started, in ticks since boot; empty when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


def boot() -> str:
    """Names the time since this machine was last started: process numbers mean nothing beyond it."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def sweep(record: Record) -> None:
    """Kill what a program that died has left of its process group, so that its port is free."""
    pid = record.get("pid", 0)
    if pid > 1 and record.get("boot") == boot() and not os.path.exists(f"/proc/{pid}"):
        kill_group(pid, signal.SIGKILL)


def kill_group(pid: int, number: int) -> bool:
    """Signal a whole process group; whether there was one."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


# --- the machine-wide lock of a port


def port_lock(port: int) -> socket.socket | None:
    """The lock of a port, held until every process that has inherited it is gone. None if it is taken.

    A listening socket in the abstract namespace: as wide as ports are, gone with its holder, and whoever
    finds it taken can ask the kernel by whom.
    """
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(f"\0esclusa-port-{port}")
        lock.listen(4096)  # whoever asks who holds it stays in the queue
    except OSError:
        lock.close()
        return None
    return lock


def port_holder(port: int) -> str:
    """Who holds the lock of a port, in words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(0.2)
        try:
            asking.connect(f"\0esclusa-port-{port}")
            pid = int.from_bytes(
                asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], sys.byteorder
            )
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            return f"process {pid} ({words[:200]})"
        except OSError:
            return "another program of Esclusa"


# --- a program that somebody else started


def watch(watched: int, pid: int, patience: float) -> NoReturn:
    """Stand in for a program adopted: pass signals on, end when it ends."""
    told = Signals()
    while True:
        if told.wait([watched]):
            sys.exit(1)
        for number in told.take():
            if number in STOP:
                stop(watched, pid, patience)
            kill_group(pid, number)


def stop(watched: int, pid: int, patience: float) -> NoReturn:
    """Ask the whole group to end, then make it."""
    kill_group(pid, signal.SIGTERM)
    ended = select.select([watched], [], [], patience)[0]
    kill_group(pid, signal.SIGKILL)
    if not ended:
        select.select([watched], [], [], 5)
    sys.exit(0)


STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
PASSED = (*STOP, signal.SIGHUP, signal.SIGUSR1)


class Signals:
    """Signals as something to wait for beside file descriptors."""

    def __init__(self) -> None:
        self._reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in PASSED:
            signal.signal(number, lambda *_: None)

    def wait(self, watched: list[int], seconds: float | None = None) -> bool:
        """Until a signal came or something that is watched has ended; whether it has."""
        return bool({*watched} & {*select.select([self._reader, *watched], [], [], seconds)[0]})

    def take(self) -> list[int]:
        """The signals that came."""
        try:
            return [number for number in os.read(self._reader, 64) if number in PASSED]
        except BlockingIOError:
            return []


# --- the router


def stay(path: str, spec: Spec, environment: dict[str, str], lock: socket.socket | None) -> NoReturn:
    """Run the router as a child: it wants to die with its parent, and its parent must not be supervisord."""
    router = spec["router"]
    told = Signals()
    while True:
        check(router)
        part = open_log(router)
        pack_pins(router["pins"])
        note_restart(router)
        begun = time.monotonic()
        family = Family(path, spec, environment, lock)
        while family.serves(told):
            for number in told.take():
                family.hear(number)
            family.look()
            if family.alone:
                part = tend(router, part)
        status = family.end()
        replace(router["down"], repr(time.time()))
        if time.monotonic() - begun < 2:
            give_up(NOT_STARTED, f"the router ended at once with status {status}")
        say(f"the router died with status {status}: started again")


class Instance:
    """One process of the router. `epoch` counts how often it was replaced without a break before."""

    def __init__(self, pid: int, epoch: int, patience: float) -> None:
        self.pid = pid
        self.epoch = epoch
        self.watched = os.pidfd_open(pid)
        self.deadline = time.monotonic() + patience

    @property
    def late(self) -> bool:
        """Whether it should have come up, or gone, by now."""
        return time.monotonic() > self.deadline

    def ended(self) -> bool:
        """Whether it has."""
        return bool(select.select([self.watched], [], [], 0)[0])

    def signal(self, number: int) -> None:
        """No harm is done where it has ended."""
        if not self.ended():
            signal.pidfd_send_signal(self.watched, number)

    def reap(self) -> int:
        """Its status, once it has ended."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.watched)
        return status


class Family:
    """The router's processes: the one that serves; one that comes up to replace it, by Envoy's hot restart;
    and the one that was replaced, until what it had begun has ended or its time is over.

    Whoever wants it replaced writes `{"id": ..., "state": "asked", "drain": seconds}` to the file `restart`
    and sends SIGHUP; what comes of it is written there: `coming`, `serving`, then `done`, or `failed`.
    """

    def __init__(
        self, path: str, spec: Spec, environment: dict[str, str], lock: socket.socket | None
    ) -> None:
        self._path = path
        self._spec = spec
        files: Files = spec["router"]
        home = os.path.dirname(files["routes"])  # an older version did not say where these two are
        self._files = {
            "base": os.path.join(home, "base-id"),
            "restart": os.path.join(home, "restart.json"),
            **files,
        }
        self._environment = environment
        self._lock = lock
        self._coming: Instance | None = None
        self._leaving: Instance | None = None
        self._tell("failed", "the router was started anew", when=("asked", "coming", "serving"))
        base = ["--use-dynamic-base-id", "--base-id-path", self._files["base"]]
        self._serving = self._fork(spec["argv"], base, 0, 0.0)

    @property
    def _drain(self) -> float:
        """Seconds that one which is replaced has for what it had begun."""
        return max(LEAST, float((document(self._files["restart"]) or {}).get("drain", 0.0)))

    @property
    def alone(self) -> bool:
        """Whether nobody comes or leaves."""
        return self._coming is None and self._leaving is None

    def serves(self, told: Signals) -> bool:
        """Wait until there is something to see; False when the one that serves has ended."""
        there = [one.watched for one in (self._serving, self._coming, self._leaving) if one is not None]
        told.wait(there, 1.0 if self.alone else 0.05)
        return not self._serving.ended() or self._up(self._coming)

    def hear(self, number: int) -> None:
        """Do what a signal asks for."""
        if number in STOP:
            self.stop()
        if number == signal.SIGHUP:
            return  # somebody has written to the file
        for one in (self._serving, self._leaving):
            if one is not None:
                one.signal(number)

    def look(self) -> None:
        """Go on with what is under way, and begin what was asked for."""
        if self._leaving is not None:
            self._until_gone(self._leaving)
        if self._coming is not None:
            self._until_up(self._coming)
        elif self._leaving is None and self._wanted():
            self._replace()

    def stop(self) -> NoReturn:
        """End all of them, by force if they take too long."""
        for one in (self._coming, self._leaving, self._serving):
            if one is not None:
                one.signal(signal.SIGTERM)
        until = time.monotonic() + self._spec["stop"]
        for one in (self._coming, self._leaving, self._serving):
            if one is not None:
                if not select.select([one.watched], [], [], max(0.0, until - time.monotonic()))[0]:
                    one.signal(signal.SIGKILL)
                one.reap()
        sys.exit(0)

    def end(self) -> int:
        """The status of the one that served and ended; who is left of the others is ended too."""
        for one in (self._coming, self._leaving):
            if one is not None:
                one.signal(signal.SIGKILL)
                one.reap()
        return self._serving.reap()

    def _wanted(self) -> bool:
        return (document(self._files["restart"]) or {}).get("state") == "asked"

    def _replace(self) -> None:
        """Begin to replace the one that serves, by a newer program if there is one."""
        try:
            with open(self._files["base"]) as file:
                base = str(int(file.read()))
            check(self._files)
        except (OSError, ValueError, SystemExit) as error:
            self._failed(f"its files cannot be read: {error}")
            return
        epoch = self._serving.epoch + 1
        words = [
            "--base-id",
            base,
            "--restart-epoch",
            str(epoch),
            "--parent-shutdown-time-s",
            str(round(self._drain)),
        ]
        if self._tell("coming"):
            fresh = document(self._path) or self._spec
            self._coming = self._fork(fresh["argv"], words, epoch, UP)

    def _until_up(self, coming: Instance) -> None:
        """Once it serves, the one that did goes on with what it had begun, and takes nothing new."""
        if coming.ended():
            self._coming = None
            self._failed(f"the new one ended with status {coming.reap()}")
        elif self._up(coming):
            self._leaving, self._serving, self._coming = self._serving, coming, None
            self._leaving.deadline = time.monotonic() + self._drain + GRACE
            self._tell("serving")
        elif coming.late:
            coming.signal(signal.SIGKILL)

    def _up(self, coming: Instance | None) -> bool:
        return coming is not None and epoch_of(self._files["admin"]) == coming.epoch

    def _until_gone(self, leaving: Instance) -> None:
        if leaving.ended():
            leaving.reap()
            self._leaving = None
            self._tell("done", when=("serving",))
        elif leaving.late:
            leaving.signal(signal.SIGKILL)

    def _failed(self, why: str) -> None:
        """The one that served does still. If it has given up its admin socket to the one that failed, nobody
        could ask it for anything any more, and Envoy lets no other one replace it: it has to go, too.
        """
        say(f"the router was not replaced: {why}")
        if all(epoch_of(self._files["admin"]) is None for _ in range(3)):
            self._serving.signal(signal.SIGTERM)
        else:
            self._tell("failed", why)

    def _fork(self, argv: list[str], words: list[str], epoch: int, patience: float) -> Instance:
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for number in PASSED:
                # What the whole group is told while it comes up must not end it; later it listens for itself.
                signal.signal(number, signal.SIG_DFL if number in STOP else signal.SIG_IGN)
            argv = [word for word in argv if word != "--use-dynamic-base-id"]  # an older version's
            become([*argv, *words], self._spec["directory"], self._environment, self._lock)
        return Instance(pid, epoch, patience)

    def _tell(self, state: str, why: str = "", when: tuple[str, ...] = ()) -> bool:
        """Write down how it stands with what was asked for, where something was. A full disk ends nothing."""
        known = document(self._files["restart"])
        if not isinstance(known, dict) or (when and known.get("state") not in when):
            return False
        try:
            replace(self._files["restart"], json.dumps({**known, "state": state, "why": why}))
        except OSError as error:
            say(f"what became of the restart could not be written down: {error}")
            return False
        return True


UP = 60.0
"""Seconds in which a router that is to replace another must have come up."""
LEAST = 4.0
"""Seconds that one which is replaced has at least: twice as long as it asks its clients to come anew."""
GRACE = 5.0
"""Seconds after its time that one which was replaced may take to end."""


def epoch_of(admin: str) -> int | None:
    """Which of the routers answers, and serves; None while none does."""
    try:
        said = ask(admin, "GET /server_info")
        info = json.loads(said[said.index(b"{") : said.rindex(b"}") + 1])  # in a chunk of its own
        return int(info["command_line_options"].get("restart_epoch", 0)) if info["state"] == "LIVE" else None
    except (OSError, ValueError, KeyError):
        return None


def check(router: Files) -> None:
    """Before every start: what the router reads is whole, and fits, or is rebuilt as last confirmed.

    An Envoy that finds routes or clusters torn listens all the same, and answers 404 to everybody; without
    its bootstrap it does not start.
    """
    confirmed = document(router["confirmed"]) or {}
    bootstrap = router.get("bootstrap", "")  # an older version did not say where it is
    if bootstrap and document(bootstrap) is None and "bootstrap" in confirmed:
        replace(bootstrap, json.dumps(confirmed["bootstrap"]))
        say("the bootstrap was torn or missing: rebuilt as last confirmed")
    routes, clusters = document(router["routes"]), document(router["clusters"])
    if fit(routes, clusters):
        return
    if not fit(confirmed.get("routes"), confirmed.get("clusters")):
        give_up(TORN, "routes and clusters are torn, and so is what was last confirmed: deploy again")
    replace(router["clusters"], json.dumps(confirmed["clusters"]))
    replace(router["routes"], json.dumps(confirmed["routes"]))
    say("routes or clusters were torn or missing: rebuilt as last confirmed")


def document(path: str) -> Any:
    """A JSON file, or None if it is not one."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def fit(routes: Any, clusters: Any) -> bool:
    """Whether both are there and every cluster that is routed to exists."""
    try:
        known = {cluster["name"] for cluster in clusters["resources"]}
        named: set[str] = set()
        for host in routes["resources"][0]["virtual_hosts"]:
            for route in host["routes"]:
                action = route["route"]
                split = action.get("weighted_clusters", {}).get("clusters", [])
                named.update(cluster["name"] for cluster in split)
                if "cluster" in action:
                    named.add(action["cluster"])
        return bool(named) and named <= known
    except (TypeError, KeyError, IndexError, AttributeError):
        return False


def parts(directory: str) -> list[int]:
    """The numbers of the access log's parts, in order."""
    return sorted(
        int(name[7:-4]) for name in os.listdir(directory) if name[:7] == "access." and name[7:-4].isdigit()
    )


def open_log(router: Files) -> int:
    """Let the log's link point to the newest part, ended by a whole line; the part's number."""
    directory = os.path.dirname(router["log"])
    known = parts(directory)
    part = known[-1] if known else 1
    path = os.path.join(directory, f"access.{part}.log")
    with open(path, "ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
    point(router["log"], part)
    return part


def point(link: str, part: int) -> None:
    """Let a link point to a part of the log, at one stroke."""
    fresh = link + ".new"
    if os.path.lexists(fresh):
        os.unlink(fresh)
    os.symlink(f"access.{part}.log", fresh)
    os.rename(fresh, link)


def note_restart(router: Files) -> None:
    """Say in the log that the router was away, and since when; nothing at its first start."""
    path = os.path.realpath(router["log"])
    if not os.path.getsize(path) and not os.path.exists(router["down"]):
        replace(router["down"], "")
        return
    try:
        with open(router["down"]) as file:
            down = float(file.read())
    except (OSError, ValueError):
        down = os.path.getmtime(path)
    line = json.dumps({"kind": "router", "down": down, "up": time.time()})
    with open(path, "ab") as file:
        file.write(line.encode() + b"\n")


def tend(router: Files, part: int) -> int:
    """Begin a new part when the log is long; forget what is old. Nothing is ever truncated."""
    directory = os.path.dirname(router["log"])
    try:
        if os.path.getsize(os.path.join(directory, f"access.{part}.log")) < int(router["rotate"]):
            return part
        point(router["log"], part + 1)
        reopen(router["admin"])
        for old in parts(directory)[: -PARTS - 1]:
            os.unlink(os.path.join(directory, f"access.{old}.log"))
        forget_pages(router["pins"])
    except OSError as error:
        say(f"the access log could not be rotated: {error}")
        return part
    return part + 1


def reopen(admin: str) -> None:
    """Let the router open its log anew."""
    ask(admin, "POST /reopen_logs")


def ask(admin: str, what: str) -> bytes:
    """The router's whole answer about itself; OSError when there is none, or it refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(2)
        asking.connect(admin)
        asking.sendall(f"{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        said = b"".join(iter(lambda: asking.recv(65536), b""))
    if b" 200 " not in said[:64]:
        raise OSError("the router refused")
    return said


def pages(directory: str) -> list[int]:
    """The numbers of the files of pins, in order."""
    return sorted(int(name) for name in os.listdir(directory) if name.isdigit())


def forget_pages(directory: str) -> None:
    """Remove old files of pins, having said first which is the oldest that is left."""
    known = pages(directory)
    if known[:-PARTS]:
        replace(os.path.join(directory, "oldest"), str(known[-PARTS]))
    for old in known[:-PARTS]:
        os.unlink(os.path.join(directory, str(old)))


def pack_pins(directory: str) -> None:
    """Fold the last files of pins into one, the first of the router that is about to start."""
    if os.path.exists(os.path.join(directory, "oldest")):
        os.unlink(os.path.join(directory, "oldest"))
    known = pages(directory)
    if not known or known == [1]:
        return
    pins: dict[bytes, bytes] = {}
    for page in known[-2:]:
        with open(os.path.join(directory, str(page)), "rb") as file:
            for line in file:
                conversation, _, pin = line.rstrip(b"\n").partition(b"\t")
                if pin and line.endswith(b"\n"):
                    pins.pop(conversation, None)
                    pins[conversation] = pin
    for page in known[:-2]:
        os.unlink(os.path.join(directory, str(page)))
    fresh = os.path.join(directory, "packed")
    with open(fresh, "wb") as file:
        for conversation, pin in pins.items():
            file.write(conversation + b"\t" + pin + b"\n")
    os.rename(fresh, os.path.join(directory, "1"))
    for page in known[-2:]:
        if page != 1:
            os.unlink(os.path.join(directory, str(page)))


# --- words and files


def replace(path: str, text: str) -> None:
    """Write a file at one stroke."""
    fresh = path + ".new"
    with open(fresh, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(fresh, path)


def say(text: str) -> None:
    """A line in the program's log."""
    os.write(2, f"esclusa: {text}\n".encode())


def give_up(code: int, text: str) -> NoReturn:
    """Say why, and end."""
    say(text)
    sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
