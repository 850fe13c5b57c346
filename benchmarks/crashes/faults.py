"""The other faults: what is not a signal to a process, each injected for real into a rollout of its own."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from benchmarks.crashes import cells
from benchmarks.crashes.audit import Hurt, audit
from benchmarks.crashes.play import different
from benchmarks.crashes.scene import ENVIRONMENT, Scene
from esclusa.core.events import RolloutMoved
from esclusa.core.project import StrategySpec
from esclusa.core.rollout import RolloutState
from esclusa.core.value import replace

CANARY = cells.shape("canary")
IMPATIENT = replace(CANARY, timeout=6.0)
"""A canary that holds for a few seconds only."""
YOUNG = 2.5
"""Seconds after which a router is no longer taken to have just been started."""
S = RolloutState


class Ended(msgspec.Struct, kw_only=True):
    """What became of a rollout with a fault in it."""

    family: str
    name: str
    ended: str
    reason: str
    """What the rollout says at its end, or said while it was held."""
    answered: int = 0
    failed: int = 0
    complaints: tuple[str, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """A fault, how it is injected, and what must come of it."""

    family: str
    name: str
    inject: Callable[[Scene, str], Hurt | None]
    """Sets the rollout going, hurts it, and returns when the fault is over."""
    ends: S
    says: str = ""
    """Words that the rollout, while it was held or at its end, must have said."""
    disk: bool = False
    """Whether it needs a small disk of its own."""

    @property
    def telling(self) -> bool:
        """Whether what it says is about the fault."""
        return bool(self.says)


# What people ask, in every state.


def asked(
    verb: str, stop: str = "", spec: StrategySpec = CANARY, first: str = ""
) -> Callable[[Scene, str], None]:
    """The verb is asked while the controller stands at a stop, or in bake; after another verb if need be."""

    def inject(scene: Scene, rollout: str) -> None:
        marker = scene.order(*([f"hold@{stop}"] if stop else []))
        scene.deploy(rollout, rollout, spec=spec)
        if stop:
            scene.until(marker.exists, f"{stop} never came")
        elif spec.watch:
            scene.until(lambda: scene.now(rollout).state is S.WATCHING, "it is not watched")
        else:
            baking(scene, rollout)
        if first:
            scene.wish(rollout, first)
            if not stop:
                scene.until(lambda: scene.now(rollout).wishes == 1, f"{first} is not granted")
        scene.wish(rollout, verb)
        scene.let_go(marker)

    return inject


def restoring_again(scene: Scene, rollout: str) -> None:
    """Aborted once more while it is being restored."""
    marker = scene.order("hold@after-intent#3")
    scene.deploy(rollout, rollout, spec=CANARY)
    baking(scene, rollout)
    scene.wish(rollout, "abort")
    scene.until(marker.exists, "it is not restored")
    scene.wish(rollout, "abort")
    scene.let_go(marker)


# The access log.


def log_directory(scene: Scene) -> Path:
    """Where the router's log lies."""
    return scene.state / "targets" / ENVIRONMENT / "router" / "log"


def newest(scene: Scene) -> Path:
    """The part that is being written."""
    return (log_directory(scene) / "access.log").resolve()


def log_away(seconds: float) -> Callable[[Scene, str], None]:
    """The part is renamed, and comes back under its own name after a while; the router writes on."""

    def inject(scene: Scene, rollout: str) -> None:
        scene.deploy(rollout, rollout, spec=CANARY if seconds < 60 else IMPATIENT)
        baking(scene, rollout)
        part = newest(scene)
        aside = part.with_name("aside")
        part.rename(aside)
        scene.until(lambda: held(scene, rollout, "is gone"), "it is not held")
        if seconds < 60:
            time.sleep(seconds)
        else:
            scene.until(lambda: scene.now(rollout).final, f"{rollout} does not end")
        aside.rename(part)

    return inject


def log_cut(scene: Scene, rollout: str) -> None:
    """Somebody empties the log under the router's hands."""
    scene.deploy(rollout, rollout, spec=IMPATIENT)
    baking(scene, rollout)
    os.truncate(newest(scene), 0)


def log_stale(scene: Scene, rollout: str) -> None:
    """A copy takes its place: it can be read, and nothing ever comes to it."""
    scene.deploy(rollout, rollout, spec=IMPATIENT)
    baking(scene, rollout)
    part = newest(scene)
    copy = part.with_name("copy")
    original = part.with_name("original")
    shutil.copy(part, copy)
    part.rename(original)
    copy.rename(part)
    scene.until(lambda: scene.now(rollout).final, f"{rollout} does not end")
    original.rename(part)


def log_foreign(scene: Scene, rollout: str) -> None:
    """Lines of another router, torn lines and bytes that are no text between the router's own."""
    scene.deploy(rollout, rollout, spec=CANARY)
    baking(scene, rollout)
    now = time.time()
    foreign = [
        {"kind": kind, "id": f"x{number}", "started": f"{now:.6f}", "cluster": "another~12345678",
         "conversation": "y", "code": 500, "flags": "-", "ms": 5, "generation": 1}
        for number in range(200) for kind in ("start", "end")
    ]  # fmt: skip
    text = b"".join(json.dumps(line).encode() + b"\n" for line in foreign)
    append(newest(scene), text + b'{"kind": "end", "id": \n\xff\xfe\x00\n[1]\n"word"\n')


def log_future(failing: bool) -> Callable[[Scene, str], None]:
    """Lines of our own releases whose times are an hour ahead."""

    def inject(scene: Scene, rollout: str) -> None:
        scene.deploy(rollout, rollout, spec=CANARY)
        baking(scene, rollout)
        cluster = next(line.cluster for line in scene.log(time.time() - 30) if line.release == scene.serving)
        told = {
            "cluster": cluster,
            "conversation": "z",
            "code": 500 if failing else 200,
            "flags": "-",
            "ms": 5,
        }
        lines = [
            {"kind": "end", "id": f"f{number}", "started": f"{time.time() + 3600:.6f}", **told}
            for number in range(200)
        ]
        append(newest(scene), b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    return inject


# Files.


def torn(pattern: str, *killed: str) -> Callable[[Scene, str], Hurt | None]:
    """Half of every file of the pattern is gone, and who would read it is killed."""

    def inject(scene: Scene, rollout: str) -> Hurt | None:
        scene.deploy(rollout, rollout, spec=replace(CANARY, bake=3.0))
        baking(scene, rollout)
        paths = [path for path in scene.state.glob(pattern.replace("CANDIDATE", rollout)) if path.is_file()]
        if not paths:
            raise AssertionError(f"there is no {pattern}")
        for path in paths:
            os.truncate(path, path.stat().st_size // 2)
        # A router that dies within two seconds of its start is taken to be unable to start: another fault.
        time.sleep(YOUNG if cells.ENVOY in killed else 0.0)
        at = time.time()
        for victim in killed:
            os.kill(scene.pid(victim), signal.SIGKILL)
        if cells.ENVOY in killed:
            scene.until(
                lambda: any(t.release for t in scene.turns[-50:] if t.sent > at), "it does not serve", 60
            )
            return Hurt(died=at, back=time.time(), router=True)
        return None

    return inject


def torn_state(scene: Scene, rollout: str) -> None:
    """The state of the environment is torn, and put back by hand once the rollout has noticed."""
    scene.deploy(rollout, rollout, spec=CANARY)
    baking(scene, rollout)
    path = scene.state / "targets" / ENVIRONMENT / "state.json"
    whole = path.read_bytes()
    os.truncate(path, len(whole) // 2)
    scene.until(lambda: "is torn" in scene.now(rollout).reason, "it is not noticed")
    path.write_bytes(whole)


# The disk.


def full_disk(seconds: float) -> Callable[[Scene, str], None]:
    """The disk of the state directory is full for a while; it is a small one that was mounted for this."""

    def inject(scene: Scene, rollout: str) -> None:
        scene.deploy(rollout, rollout, spec=replace(CANARY, timeout=900.0))
        baking(scene, rollout)
        filling = scene.state / "filling"
        with suppress(OSError), open(filling, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"\0" * size):
                        pass
        before = scene.now(rollout)
        time.sleep(seconds)
        if scene.now(rollout) != before:
            raise AssertionError("the disk was not full: the rollout was written")
        filling.unlink()

    return inject


@contextmanager
def small_disk(directory: Path) -> Iterator[None]:
    """A disk of a few megabytes in a directory. PermissionError where one may not mount."""
    words = ["mount", "-t", "tmpfs", "-o", "size=48m", "esclusa-benchmark", str(directory)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=False)


# The clock.


def clock_set(seconds: float) -> Callable[[Scene, str], None]:
    """The controller's wall clock is set, in mid-bake, while its steady clock goes on (libfaketime)."""

    def inject(scene: Scene, rollout: str) -> None:
        library = faketime()
        told = scene.state / "faketime"
        told.write_text("+0\n")
        variables = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(told),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        scene.controller(variables=variables)
        scene.deploy(rollout, rollout, spec=replace(CANARY, bake=6.0, timeout=20.0))
        baking(scene, rollout)
        told.write_text(f"{seconds:+g}\n")
        scene.until(lambda: scene.now(rollout).final, f"{rollout} does not end", 120.0)
        scene.controller()

    return inject


def faketime() -> str:
    """libfaketime's library. FileNotFoundError when it is not installed."""
    for place in ("/usr/lib", os.environ.get("FAKETIME", "/usr/lib")):
        for path in sorted(Path(place).glob("**/libfaketimeMT.so.1")):
            return str(path)
    raise FileNotFoundError("libfaketime (Debian: libfaketime; or name its directory in FAKETIME)")


# What the faults share.


def baking(scene: Scene, rollout: str) -> None:
    """Wait until the rollout bakes and has been judged."""
    scene.until(lambda: scene.now(rollout).state is S.BAKING, f"{rollout} does not bake")


def held(scene: Scene, rollout: str, words: str) -> bool:
    """Whether it says that it is held for this."""
    return words in scene.now(rollout).reason


def append(path: Path, data: bytes) -> None:
    """Write at the end, as the router does: at one stroke."""
    with open(path, "ab", buffering=0) as file:
        file.write(data)


def play(scene: Scene, number: int, fault: Fault) -> Ended:
    """Inject a fault and see what becomes of it. AssertionError when it does not come to an end."""
    rollout, stable = f"f{number}", scene.serving
    began = time.time()
    hurt = fault.inject(scene, rollout) or Hurt()
    ended = scene.ended(rollout)
    over = time.time()
    said = [
        each.event.reason
        for each in scene.parts.store.journal.read(rollout=rollout)
        if isinstance(each.event, RolloutMoved)
    ]
    fitting = [words for words in said if fault.says in words]
    mine = [turn for turn in scene.turns if began <= turn.sent < over]
    scene.until(lambda: all(turn.ended for turn in mine), "a customer still waits", 90.0)
    time.sleep(0.6)
    seen = audit(mine, scene.log(began - 30), hurt)
    complaints = [
        *([] if ended.state is fault.ends else [f"{ended.state.value}: {ended.reason}"]),
        *([] if fitting else [f"nothing is said of `{fault.says}`, only {said}"]),
        *scene.done_twice(ended),
        *different(scene, rollout if ended.state is S.PROMOTED else stable),
        *(one for one in seen.complaints if "the log says" not in one),
    ]
    return Ended(
        family=fault.family,
        name=fault.name,
        ended=ended.state.value,
        reason=_public(fitting[-1] if fitting else ended.reason, scene),
        answered=seen.answered,
        failed=seen.failed - seen.inherent,
        complaints=tuple(_public(words, scene) for words in complaints),
    )


def _public(words: str, scene: Scene) -> str:
    return words.replace(str(scene.state), ".esclusa")


def alone(fault: Fault) -> bool:
    """Whether what it leaves behind may be in the way of the next: it is played in a scene of its own."""
    return fault.family in ("torn file", "full disk", "clock")
