"""The launcher: how supervisord starts every program of a local target.

    python -I -S launcher.py SPEC          (or: python -m esclusa.deploy.targets.local.launcher SPEC)

It stands between the two because supervisord keeps its first caller's environment, writes a program's
environment in plain text, and takes what hangs on its pipes down with it. The launcher reads a spec, resolves
secret references, takes the machine-wide lock of the program's port, opens the program's own log, writes down
who it is (pid, start time, argv), and becomes the program. A router it does not become: it stays its parent,
checks its files before the start, notes its restarts in the access log and rotates that log.

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
        launch(spec)
    except SystemExit as end:
        # supervisord forgets how a program ended that ended at once.
        if end.code in CODES:
            replace(spec["record"], json.dumps(dict(recorded(spec["record"]), code=end.code)))
        raise


def launch(spec: Spec) -> None:
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
        stay(spec, environment, lock)
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
        if told.wait(watched):
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

    def wait(self, watched: int, seconds: float | None = None) -> bool:
        """Until a signal came or what is watched has ended; whether it has."""
        return watched in select.select([self._reader, watched], [], [], seconds)[0]

    def take(self) -> list[int]:
        """The signals that came."""
        try:
            return [number for number in os.read(self._reader, 64) if number in PASSED]
        except BlockingIOError:
            return []


# --- the router


def stay(spec: Spec, environment: dict[str, str], lock: socket.socket | None) -> NoReturn:
    """Run the router as a child: it wants to die with its parent, and its parent must not be supervisord."""
    router = spec["router"]
    told = Signals()
    while True:
        check(router)
        part = open_log(router)
        pack_pins(router["pins"])
        note_restart(router)
        begun = time.monotonic()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for number in PASSED:
                signal.signal(number, signal.SIG_DFL)
            become(spec["argv"], spec["directory"], environment, lock)
        watched = os.pidfd_open(pid)
        while not told.wait(watched, 1.0):
            for signalled in told.take():
                if signalled in STOP:
                    end_router(pid, watched, spec["stop"])
                os.kill(pid, signalled)
            part = tend(router, part)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(watched)
        replace(router["down"], repr(time.time()))
        if time.monotonic() - begun < 2:
            give_up(NOT_STARTED, f"the router ended at once with status {status}")
        say(f"the router died with status {status}: started again")


def end_router(pid: int, watched: int, patience: float) -> NoReturn:
    """Stop the router, by force if it takes too long."""
    os.kill(pid, signal.SIGTERM)
    if not select.select([watched], [], [], patience)[0]:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    sys.exit(0)


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
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(2)
        asking.connect(admin)
        asking.sendall(b"POST /reopen_logs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        if b" 200 " not in asking.recv(64):
            raise OSError("the router refused")


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
