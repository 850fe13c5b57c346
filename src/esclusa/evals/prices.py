"""Prices: what a call cost. The project's own prices come first; for a model that has none there, those of
genai-prices, where it is installed (`pip install esclusa[prices]`). A name that neither knows has no price.
"""

import importlib.metadata
import importlib.util
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from esclusa.core.ports import Clock
from esclusa.core.project import Price
from esclusa.evals.answer import Answer
from esclusa.evals.measure import cost

LIST = "genai_prices"


class Prices:
    """Looks every model up once; the list is imported when the first model is not the project's."""

    def __init__(self, own: Mapping[str, Price], clock: Clock) -> None:
        self._own = own
        self._clock = clock
        self._found: dict[str, Price | _Tiered | None] = {}
        self._origins: dict[str, str] = {}

    def cost(self, answer: Answer) -> float | None:
        """USD for one call; None if its tokens, its model or the price is not known. 0 is a price."""
        if answer.tokens_in is None or answer.tokens_out is None:
            return None
        price = self._price(answer.model)
        if isinstance(price, _Tiered):
            return price.cost(answer.tokens_in, answer.tokens_out)
        return cost(answer.tokens_in, answer.tokens_out, price)

    def notes(self) -> tuple[str, ...]:
        """Where prices came from that are not the project's own."""
        return tuple(f"{name} is priced by {origin}" for name, origin in sorted(self._origins.items()))

    def _price(self, model: str) -> "Price | _Tiered | None":
        if model not in self._found:
            self._found[model] = self._own.get(model) or self._listed(model)
        return self._found[model]

    def _listed(self, model: str) -> "Price | _Tiered | None":
        if not model or importlib.util.find_spec(LIST) is None:
            return None
        # 0.25 s of CPU to import, and not everybody's.
        from genai_prices.data_snapshot import get_snapshot

        try:
            provider, found = get_snapshot().find_provider_model(model, None, None, None)
        except LookupError:
            return None
        version = importlib.metadata.version(LIST)
        self._origins[model] = f"genai-prices {version} ({provider.id}: {found.id})"
        now = self._clock.now()
        prices = found.get_prices(now)
        into, out = getattr(prices, "input_mtok", None), getattr(prices, "output_mtok", None)
        if isinstance(into, Decimal) and isinstance(out, Decimal):
            return Price(input=float(into), output=float(out))
        return _Tiered(provider, found, now)


class _Tiered:
    """A model of the list whose price is another one from so many tokens on. The list's own way of counting
    is slow, which is why not all go it.
    """

    def __init__(self, provider: Any, model: Any, now: datetime) -> None:
        self._provider = provider
        self._model = model
        self._now = now

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        from genai_prices import Usage

        usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
        priced = self._model.calc_price(usage, self._provider, genai_request_timestamp=self._now)
        return float(priced.total_price)
