"""A commit as a run names it."""

import pytest

from esclusa.stages.named import without_secrets

TOKEN = "npm_" + "dXt5yN84Bl3WWWqWibY6" + "PFcv7DJzk3i8ju6B"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"publish with {TOKEN} and {TOKEN}", "publish with ••• and •••"),
        ("Order numbers as customers write them; búsqueda is back", None),
        ("", None),
    ],
)
def test_a_secret_in_a_subject_is_masked_and_all_else_stays(said: str, shown: str | None) -> None:
    assert without_secrets(said) == (said if shown is None else shown)
