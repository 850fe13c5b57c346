"""What a call costs, and where its price came from."""

import importlib.metadata
import subprocess
import sys

import pytest
from genai_prices import Usage, calc_price

from esclusa.core.project import Price
from esclusa.evals.answer import Answer
from esclusa.evals.prices import Prices
from tests.evals.fakes import FakeClock

LIST = f"genai-prices {importlib.metadata.version('genai-prices')}"


def used(model: str, tokens_in: int | None = 1000, tokens_out: int | None = 100) -> Answer:
    return Answer(model=model, tokens_in=tokens_in, tokens_out=tokens_out)


def test_the_projects_own_price_comes_first() -> None:
    prices = Prices(
        {"gpt-4o-mini": Price(input=1.0, output=2.0), "free": Price(input=0, output=0)}, FakeClock()
    )
    assert prices.cost(used("gpt-4o-mini")) == pytest.approx(0.0012)
    assert prices.cost(used("free")) == 0.0
    assert prices.notes() == ()


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4o-mini-2024-07-18", "openai: gpt-4o-mini"),
        ("claude-sonnet-4-5", "anthropic: claude-sonnet-4-5"),
    ],
)
def test_a_model_that_the_project_does_not_price_is_looked_up_and_said(model: str, known: str) -> None:
    prices = Prices({}, FakeClock())
    listed = calc_price(
        Usage(input_tokens=1000, output_tokens=100), model, genai_request_timestamp=FakeClock().now()
    )
    assert prices.cost(used(model)) == pytest.approx(float(listed.total_price))
    assert prices.notes() == (f"{model} is priced by {LIST} ({known})",)


@pytest.mark.parametrize("model", ["", "m", "support-agent", "SmolLM2-135M-Instruct", "gpt-4o-of-acme"])
def test_a_model_that_nobody_prices_has_no_cost(model: str) -> None:
    prices = Prices({}, FakeClock())
    assert prices.cost(used(model)) is None
    assert prices.notes() == ()


def test_without_tokens_there_is_no_cost() -> None:
    prices = Prices({"m": Price(input=1, output=1)}, FakeClock())
    assert (prices.cost(used("m", None)), prices.cost(used("m", 1, None))) == (None, None)


def test_the_list_is_not_imported_for_a_model_that_the_project_prices() -> None:
    program = """
import sys
from esclusa.core.project import Price
from esclusa.evals.answer import Answer
from esclusa.evals.prices import Prices
from esclusa.system import SystemClock
prices = Prices({"m": Price(input=1, output=1)}, SystemClock())
assert prices.cost(Answer(model="m", tokens_in=1, tokens_out=1)) is not None
assert "genai_prices" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_the_list_only_the_projects_prices_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert Prices({}, FakeClock()).cost(used("gpt-4o-mini")) is None
