"""The local target: replicas as processes under a supervisor, Envoy in front, all from wheels.

    LocalTarget(directory, clock, secrets)      core.target.Target; the constructor touches nothing
        await apply(fleet, generation) -> Observation
        await observe(environment) -> Observation
        await restart(environment) -> Restarted   all that serves there, while it serves
    access_log(directory, environment) -> AccessLog       what the controller's TrafficLog is made of
    tap(directory, environment) -> EnvoyTap      sampled conversations, as they happen
    Programs(directory)                          other programs under the same supervisor (the controller)
        put(name, argv, cwd=..., variables=..., handed=...)    remove(name)    seen(name)
    ensure_supervisor(directory) -> bool         True if it had to be started; what ran is adopted
    renew(directory)                             supervisord anew; what runs goes on
    hand_over(directory, references, secrets)    secrets for programs that start when nobody is there to ask
    Vault(directory, secrets)                    a SecretSource that falls back on what was handed over
    shut_down(directory)                         everything, supervisord too; nothing is left

`directory` is the project's state directory (`.esclusa`). Below it: `targets/<environment>/` (state, logs,
the router's files) and `supervisor/` (specs, records, its log). Sockets: `/tmp/esclusa-<uid>/<digest>/`.
"""

from esclusa.deploy.targets.local.programs import Programs, ensure_supervisor, renew, shut_down
from esclusa.deploy.targets.local.target import LocalTarget, access_log, tap
from esclusa.deploy.targets.local.vault import Vault, hand_over

__all__ = [
    "LocalTarget",
    "Programs",
    "Vault",
    "access_log",
    "ensure_supervisor",
    "hand_over",
    "renew",
    "shut_down",
    "tap",
]
