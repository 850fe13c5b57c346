"""Settings read strictly."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esclusa.core.errors import ConfigurationError
from esclusa.evals.settings import read_settings, seconds


class Example(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    ignore: tuple[Literal["case", "spaces"], ...] = ()
    deep: dict[str, int] = {}
    retries: Annotated[int, msgspec.Meta(ge=0)] = 3


def test_settings_become_a_value() -> None:
    assert read_settings(Example, {"path": "a.b", "ignore": ["case"]}) == Example(
        path="a.b", ignore=("case",)
    )


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"path": "a", "ignroe": []},
            "ignroe: unknown key 'ignroe'; did you mean 'ignore'?\n  mend: known here: deep, ignore, path, retries",
        ),
        ({}, "path: expected a value, found nothing"),
        ({"path": 7}, "path: expected a text, found a whole number"),
        ({"path": "a", "ignore": "case"}, "ignore: expected a list, found a text"),
        ({"path": "a", "ignore": ["cases"]}, "ignore.0: expected one of case, spaces, found 'cases'"),
        ({"path": "a", "deep": {"x": "y"}}, "deep: expected a whole number, found a text"),
        ({"path": "a", "retries": -1}, "retries: expected a whole number >= 0"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(given: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings(Example, given)
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("written", "value"),
    [(30, 30.0), (0.5, 0.5), ("30 s", 30.0), ("500ms", 0.5), ("2 m", 120.0), ("1 h", 3600.0)],
)
def test_durations(written: object, value: float) -> None:
    assert seconds(written, "timeout") == value


@pytest.mark.parametrize(
    "written", [0, -1, True, None, "", "soon", "0 s", "1 d", float("inf"), float("nan"), []]
)
def test_what_is_no_duration_is_an_error(written: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^timeout: expected a duration above 0"):
        seconds(written, "timeout")


@given(st.text())
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    value, key = 1.0, "timeout"
    try:
        value = seconds(text, "timeout")
    except ConfigurationError as error:
        key = error.key
    assert value > 0
    assert key == "timeout"
