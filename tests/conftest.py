"""What several rooms need: a toy agent in a repository of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toy import Toy


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """The toy, with nothing of it left running afterwards."""
    made = Toy(tmp_path / "toy")
    try:
        yield made
    finally:
        made.esclusa("down")
    assert made.processes() == []
