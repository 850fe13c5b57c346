"""From a built release to the fleet that serves it alone; all it takes to start it comes from the release."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from esclusa.core.errors import StateError
from esclusa.core.fleet import Fleet, Program, Route, Service, Workload
from esclusa.core.project import FLAGS_VARIABLE, Environment, ServiceSpec
from esclusa.core.release import Manifest, Release
from esclusa.core.value import encode
from esclusa.releases.build import AGENT, file_of, manifest_of, served_of

FlagServer = Callable[[Path, str], Program]
"""What answers for the flags in a file that was sealed with this digest."""


def fleet_of(
    release: Release, environment: Environment, *, flag_server: FlagServer, sticky: str = ""
) -> Fleet:
    """The environment serving this release alone, at full size. StateError when the release, its flags
    or its Python environment is gone."""
    root = Path(release.artifact)
    if not root.is_dir():
        raise StateError(
            f"release {release.short} is not on disk any more", mend="run its commit again to build it anew"
        )
    if release.environment and not (Path(release.environment) / "bin" / "python").exists():
        raise StateError(
            f"the environment of release {release.short} is not on disk any more: {release.environment}",
            mend="run its commit again to build it anew",
        )
    served, manifest = served_of(root), manifest_of(root)
    flags = _flags(served.agent.flags, release, manifest, flag_server)
    program = Program(
        argv=_resolved(served.agent.serve, release.environment),
        directory=str(root / AGENT),
        variables={**_surroundings(release), **served.agent.variables, **environment.variables},
        secrets={**served.agent.secrets, **environment.secrets},
        health=served.agent.health,
    )
    return Fleet(
        environment=environment.name,
        port=environment.port,
        workloads=(
            Workload(
                release=release.id,
                program=program,
                replicas=environment.replicas,
                services={service.variable: service.key for service in flags},
            ),
        ),
        route=Route(weights=((release.id, 1.0),), sticky=sticky, feedback=served.agent.feedback),
        services=(*(_service(spec, release, manifest) for spec in served.services), *flags),
        drain=environment.drain,
    )


def _flags(name: str, release: Release, manifest: Manifest, flag_server: FlagServer) -> tuple[Service, ...]:
    """The flag server of this release and no other, if it has flags."""
    if not name:
        return ()
    sealed = file_of(manifest, name)
    if sealed is None:
        raise StateError(
            f"release {release.short} has lost its flags, {name}",
            mend="run its commit again to build it anew",
        )
    program = flag_server(Path(release.artifact) / AGENT / name, sealed.digest)
    key = hashlib.sha256(f"flags of {release.id}".encode()).hexdigest()[:16]
    return (
        Service(
            name=f"flags-{release.short[:6]}",
            program=program,
            variable=FLAGS_VARIABLE,
            key=key,
            shared=False,
        ),
    )


def _service(spec: ServiceSpec, release: Release, manifest: Manifest) -> Service:
    program = Program(
        argv=_resolved(spec.serve, release.environment),
        directory=str(Path(release.artifact) / AGENT),
        variables={**_surroundings(release), **spec.variables},
        secrets=spec.secrets,
        health=spec.health,
    )
    made_of = {
        name: file.digest
        for files in manifest.parts.values()
        for name, file in files.items()
        if _declared(name, spec)
    }
    content = [encode(spec), release.lock.encode(), encode(made_of)]
    key = hashlib.sha256(b"\0".join(content)).hexdigest()
    return Service(name=spec.name, program=program, variable=spec.variable, key=key[:16])


def _declared(name: str, spec: ServiceSpec) -> bool:
    path = Path(name.removeprefix(f"{AGENT}/"))
    return any(Path(declared) in (path, *path.parents) for declared in spec.files)


def _resolved(argv: tuple[str, ...], environment: str) -> tuple[str, ...]:
    # A bare `python` means the release's own; anything else is found on the PATH of the target.
    own = Path(environment) / "bin" / argv[0] if environment else None
    return (str(own), *argv[1:]) if own is not None and own.exists() else argv


def _surroundings(release: Release) -> Mapping[str, str]:
    # Bytecode beside the sources would change the release on disk.
    named = {"ESCLUSA_RELEASE": release.id, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    if release.environment:
        path = f"{release.environment}/bin:/usr/local/bin:/usr/bin:/bin"
        return {**named, "VIRTUAL_ENV": release.environment, "PATH": path}
    return {**named, "PATH": "/usr/local/bin:/usr/bin:/bin"}
