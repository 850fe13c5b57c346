"""From a release to the fleet that serves it."""

import hashlib
import shutil
from pathlib import Path

import pytest

from esclusa.core.errors import StateError
from esclusa.core.fleet import Program, Route, Service
from esclusa.core.project import Agent, Environment, ServiceSpec
from esclusa.core.release import Release
from esclusa.core.value import encode, replace
from esclusa.releases.build import Served, build, manifest_of
from esclusa.releases.fleet import fleet_of

SERVED = Served(
    agent=Agent(
        serve=("python", "-m", "agent", "--port", "{port}"), ask={}, behaviour={}, variables={"A": "agent"}
    ),
    services=(
        ServiceSpec(name="model", serve=("python", "model.py"), variable="MODEL_URL", files=("model.py",)),
    ),
)
PRODUCTION = Environment(name="production", port=8080, replicas=2, variables={"B": "environment"})


def flag_server(file: Path, sealed: str) -> Program:
    return Program(argv=("flags", str(file), sealed), directory="/")


def release(directory: Path, files: dict[str, str], lock: str = "1" * 64, served: Served = SERVED) -> Release:
    source = directory / "source"
    source.mkdir(parents=True)
    for name, text in files.items():
        (source / name).write_text(text)
    manifest = build(source, "", served, directory / "out", exclude=[])
    environment = directory / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").write_text("")
    return Release(
        id=manifest.id,
        project="p",
        commit="c",
        lock=lock,
        artifact=str(directory / "out"),
        environment=str(environment),
    )


def test_the_fleet_serves_the_release_alone_with_the_releases_own_python(tmp_path: Path) -> None:
    made = release(tmp_path, {"agent.py": "", "model.py": ""})
    fleet = fleet_of(made, PRODUCTION, flag_server=flag_server, sticky="x-conversation-id")
    assert fleet.route == Route(weights=((made.id, 1.0),), sticky="x-conversation-id")
    [workload] = fleet.workloads
    assert (workload.release, workload.replicas) == (made.id, 2)
    assert workload.program.argv == (f"{tmp_path}/venv/bin/python", "-m", "agent", "--port", "{port}")
    assert workload.program.directory == f"{tmp_path}/out/agent"
    assert workload.program.variables == {
        "A": "agent",
        "B": "environment",
        "ESCLUSA_RELEASE": made.id,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": f"{tmp_path}/venv",
        "PATH": f"{tmp_path}/venv/bin:/usr/local/bin:/usr/bin:/bin",
    }


def test_the_router_hears_what_customers_think_where_the_sealed_agent_says(tmp_path: Path) -> None:
    served = replace(SERVED, agent=replace(SERVED.agent, feedback="/feedback"))
    made = release(tmp_path, {"agent.py": "", "model.py": ""}, served=served)
    fleet = fleet_of(made, PRODUCTION, flag_server=flag_server)
    assert fleet.route == Route(weights=((made.id, 1.0),), feedback="/feedback")


def test_a_service_is_kept_by_releases_that_do_not_touch_its_files_and_replaced_by_one_that_does(
    tmp_path: Path,
) -> None:
    keys = [
        fleet_of(release(tmp_path / name, files, lock), PRODUCTION, flag_server=flag_server).services[0].key
        for name, files, lock in (
            ("first", {"agent.py": "1", "model.py": "m"}, "1" * 64),
            ("other agent", {"agent.py": "2", "model.py": "m"}, "1" * 64),
            ("other model", {"agent.py": "1", "model.py": "n"}, "1" * 64),
            ("other lock", {"agent.py": "1", "model.py": "m"}, "2" * 64),
        )
    ]
    assert keys[0] == keys[1]
    assert len({keys[0], keys[2], keys[3]}) == 3


def test_a_release_that_is_gone_from_disk_says_how_to_bring_it_back(tmp_path: Path) -> None:
    gone = Release(id="a" * 64, project="p", commit="c", artifact=str(tmp_path / "gone"))
    with pytest.raises(StateError, match="release aaaaaaaaaaaa is not on disk any more") as caught:
        fleet_of(gone, PRODUCTION, flag_server=flag_server)
    assert caught.value.mend == "run its commit again to build it anew"


def test_a_release_whose_environment_is_gone_is_not_served_with_somebody_elses_python(tmp_path: Path) -> None:
    made = release(tmp_path, {"agent.py": "", "model.py": ""})
    shutil.rmtree(made.environment)
    with pytest.raises(StateError, match=f"the environment of release {made.short} is not on disk any more"):
        fleet_of(made, PRODUCTION, flag_server=flag_server)


def test_a_release_that_lost_a_file_of_its_own_is_named(tmp_path: Path) -> None:
    made = release(tmp_path, {"agent.py": "", "model.py": ""})
    (tmp_path / "out" / "served.json").unlink()
    with pytest.raises(StateError, match=r"the release cannot be read: .*served\.json: No such file"):
        fleet_of(made, PRODUCTION, flag_server=flag_server)


FLAGGED = replace(SERVED, agent=replace(SERVED.agent, behaviour={"flags": ("f.json",)}, flags="f.json"))


def test_a_release_with_flags_has_a_server_of_its_own_for_the_file_that_was_sealed(tmp_path: Path) -> None:
    made = release(tmp_path, {"agent.py": "", "model.py": "", "f.json": "{}"}, served=FLAGGED)
    fleet = fleet_of(made, PRODUCTION, flag_server=flag_server)
    [workload], [model, flags] = fleet.workloads, fleet.services
    sealed = hashlib.sha256(b"{}").hexdigest()
    assert flags == Service(
        name=f"flags-{made.id[:6]}",
        program=flag_server(tmp_path / "out" / "agent" / "f.json", sealed),
        variable="OFREP_ENDPOINT",
        key=flags.key,
        shared=False,
    )
    assert workload.services == {"OFREP_ENDPOINT": flags.key}
    assert model.shared


def test_two_releases_never_share_a_flag_server(tmp_path: Path) -> None:
    keys = {
        fleet_of(
            release(tmp_path / text, {"agent.py": text, "model.py": "", "f.json": "{}"}, served=FLAGGED),
            PRODUCTION,
            flag_server=flag_server,
        )
        .services[1]
        .key
        for text in ("1", "2")
    }
    assert len(keys) == 2


def test_a_release_that_has_lost_its_flags_is_named(tmp_path: Path) -> None:
    made = release(tmp_path, {"agent.py": "", "model.py": "", "f.json": "{}"}, served=FLAGGED)
    manifest = manifest_of(tmp_path / "out")
    parts = {**manifest.parts, "flags": {}}
    (tmp_path / "out" / "release.json").write_bytes(encode(replace(manifest, parts=parts)))
    with pytest.raises(StateError, match=f"release {made.short} has lost its flags, f.json"):
        fleet_of(made, PRODUCTION, flag_server=flag_server)
