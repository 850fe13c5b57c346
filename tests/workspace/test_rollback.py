"""The way back asks nobody, so it leads only where the environment has been."""

from pathlib import Path

import anyio
import pytest

from esclusa.core.errors import UsageError
from esclusa.core.rollout import RolloutState
from esclusa.workspace.rollback import rollback
from tests.workspace.projects import opened_with_releases, roll_out


@pytest.mark.parametrize(
    ("release", "message"),
    [
        ("cccc", r"release cccccccccccc never served production, so there is no way back to it"),
        ("", "production has no earlier release to go back to"),
    ],
)
def test_a_release_that_never_served_there_is_no_way_back(tmp_path: Path, release: str, message: str) -> None:
    opened = opened_with_releases(tmp_path)
    roll_out(opened, "a", RolloutState.PROMOTED)
    roll_out(opened, "c", RolloutState.ROLLED_BACK)

    async def asked() -> None:
        await rollback(opened, "production", release, by="ana")

    with pytest.raises(UsageError, match=message):
        anyio.run(asked)
