"""What the launcher decides before it starts or adopts anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from esclusa.deploy.targets.local import launcher
from esclusa.deploy.traffic.routing import Arm, Cluster, Routing, clusters, routes

CLUSTER = Cluster(release="old", ports=(1,), health_path="/health", health_timeout=1.0)
ROUTES = routes(
    Routing(version="1", generation=1, arms=(Arm(cluster=CLUSTER, weight=1.0, entered=1),), sticky="x")
)
CLUSTERS = clusters("1", [CLUSTER])


@pytest.fixture
def router(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "confirmed").write_text(json.dumps({"routes": ROUTES, "clusters": CLUSTERS}))
    (tmp_path / "routes").write_text(json.dumps(ROUTES))
    (tmp_path / "clusters").write_text(json.dumps(CLUSTERS))
    (tmp_path / "log").mkdir()
    words = {name: str(tmp_path / name) for name in ("routes", "clusters", "confirmed", "down")}
    return {**words, "log": str(tmp_path / "log" / "access.log")}


def test_routes_that_are_whole_and_fit_are_left_alone_even_if_not_confirmed_yet(
    router: dict[str, str],
) -> None:
    newer = dict(ROUTES, version_info="2")
    Path(router["routes"]).write_text(json.dumps(newer))
    launcher.check(router)
    assert json.loads(Path(router["routes"]).read_text()) == newer


@pytest.mark.parametrize("name", ["routes", "clusters"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"resources": []}', None])
def test_what_is_torn_missing_or_foreign_is_rebuilt_as_confirmed(
    router: dict[str, str], name: str, content: str | None
) -> None:
    path = Path(router[name])
    path.unlink() if content is None else path.write_text(content)
    launcher.check(router)
    assert json.loads(Path(router["routes"]).read_text()) == ROUTES
    assert json.loads(Path(router["clusters"]).read_text()) == CLUSTERS


@pytest.mark.parametrize("content", ["", '{"node": {', None])
def test_a_torn_bootstrap_is_rebuilt_as_confirmed(router: dict[str, str], content: str | None) -> None:
    confirmed = {"routes": ROUTES, "clusters": CLUSTERS, "bootstrap": {"node": {"id": "esclusa"}}}
    Path(router["confirmed"]).write_text(json.dumps(confirmed))
    path = Path(router["confirmed"]).with_name("bootstrap")
    if content is not None:
        path.write_text(content)
    launcher.check({**router, "bootstrap": str(path)})
    assert json.loads(path.read_text()) == confirmed["bootstrap"]


def test_a_route_to_a_cluster_that_is_not_there_does_not_fit() -> None:
    assert launcher.fit(ROUTES, CLUSTERS)
    assert not launcher.fit(ROUTES, dict(CLUSTERS, resources=[]))


def test_nothing_is_started_when_what_was_confirmed_is_torn_as_well(
    router: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    Path(router["routes"]).write_text("{")
    Path(router["confirmed"]).write_text("{")
    with pytest.raises(SystemExit) as raised:
        launcher.check(router)
    assert raised.value.code == launcher.TORN
    assert "deploy again" in capfd.readouterr().err


def test_a_log_that_ends_in_mid_line_is_ended_and_the_pause_is_noted(router: dict[str, str]) -> None:
    part = Path(router["log"]).with_name("access.3.log")
    part.write_bytes(b'{"kind": "start"}\n{"kind": "en')
    Path(router["down"]).write_text("100.0")

    assert launcher.open_log(router) == 3
    launcher.note_restart(router)

    first, torn, noted = part.read_text().splitlines()
    assert (first, torn) == ('{"kind": "start"}', '{"kind": "en')
    assert (json.loads(noted)["kind"], json.loads(noted)["down"]) == ("router", 100.0)
    assert os.readlink(router["log"]) == "access.3.log"


def test_the_first_start_of_a_router_is_no_restart(router: dict[str, str]) -> None:
    assert launcher.open_log(router) == 1
    launcher.note_restart(router)
    assert Path(router["log"]).read_bytes() == b""


def test_pins_are_folded_the_last_word_counts_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "6").write_bytes(b"forgotten\told~1\n\n")
    (tmp_path / "7").write_bytes(b"a\told~1\nb\told~1\n\n")
    (tmp_path / "8").write_bytes(b"a\tnew~2\nc\tnew~2\nd\tne")

    launcher.pack_pins(str(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["1"]
    assert (tmp_path / "1").read_bytes() == b"b\told~1\na\tnew~2\nc\tnew~2\n"


def test_old_files_of_pins_are_removed_and_the_oldest_left_is_written_down(tmp_path: Path) -> None:
    for page in range(1, 13):
        (tmp_path / str(page)).touch()
    launcher.forget_pages(str(tmp_path))
    assert launcher.pages(str(tmp_path)) == list(range(5, 13))
    assert (tmp_path / "oldest").read_text() == "5"


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        record = {"pid": child.pid, "started": launcher.started(child.pid), "boot": launcher.boot()}
        watched = launcher.living(record)
        assert watched is not None
        os.close(watched)
        assert launcher.living(dict(record, started="1")) is None
        assert launcher.living(dict(record, boot="another")) is None
        child.communicate(b"\n")
        assert launcher.living(record) is None
    assert launcher.living({}) is None


def test_a_port_has_one_holder_and_is_free_when_that_is_gone() -> None:
    port = 70_000 + os.getpid()  # nobody else's, whatever runs beside
    lock = launcher.port_lock(port)
    assert lock is not None
    assert launcher.port_lock(port) is None
    assert launcher.port_holder(port).startswith(f"process {os.getpid()} (")
    lock.close()
    again = launcher.port_lock(port)
    assert again is not None
    again.close()


def test_it_imports_nothing_of_ours() -> None:
    code = (
        f"import runpy, sys; sys.argv = ['launcher', '/nowhere'];"
        f"runpy.run_path({launcher.__file__!r}, run_name='launcher');"
        "print([name for name in sys.modules if name.startswith('esclusa')])"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
