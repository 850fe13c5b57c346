"""The ports of environments: that one is taken is found out before any work, not when a router starts."""

from collections.abc import Iterable

from esclusa.core.errors import PortTaken
from esclusa.core.project import Environment
from esclusa.deploy.targets.local import LocalTarget
from esclusa.workspace.opened import Opened


async def refuse_taken_ports(opened: Opened, environments: Iterable[Environment]) -> None:
    """PortTaken, with who has it, when one of them could not answer where it is to. Changes nothing."""
    for environment in environments:
        target = opened.target(environment.target)
        if isinstance(target, LocalTarget):
            await target.refuse_taken(environment.name, environment.port)


async def port_trouble(opened: Opened, environment: Environment) -> PortTaken | None:
    """The same, as a value."""
    try:
        await refuse_taken_ports(opened, (environment,))
    except PortTaken as error:
        return error
    return None
