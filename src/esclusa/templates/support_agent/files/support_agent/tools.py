"""The agent's tools: looking an order up and asking for a refund.

`tools.json` describes them; what an order number looks like is read from there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """An order as the warehouse knows it: `preparing`, `on_its_way` or `delivered`."""

    order: str
    state: str
    days: int
    total: str


class Orders:
    """The shop's orders."""

    def __init__(self, orders: list[Order]) -> None:
        self._by_id = {order.order: order for order in orders}

    @classmethod
    def load(cls, path: Path) -> Orders:
        """Reads the orders of a JSON file."""
        return cls([Order(**row) for row in json.loads(path.read_text(encoding="utf-8"))])

    def lookup_order(self, order_id: str) -> Order | None:
        """The order with this id, if there is one."""
        return self._by_id.get(order_id)


def request_refund(order: Order) -> str:
    """Asks for the money back: `opened` once the parcel has arrived, `too_early` before."""
    return "opened" if order.state == "delivered" else "too_early"


class OrderIds:
    """Finds order numbers in what customers write."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern, re.IGNORECASE)

    @classmethod
    def load(cls, path: Path) -> OrderIds:
        """Takes the pattern from the schema of `lookup_order` in a tools file."""
        functions = [tool["function"] for tool in json.loads(path.read_text(encoding="utf-8"))]
        schema = next(each for each in functions if each["name"] == "lookup_order")
        return cls(schema["parameters"]["properties"]["order_id"]["pattern"])

    def last_in(self, messages: list[str]) -> str | None:
        """The order the customer speaks of: the one mentioned last in the conversation."""
        for message in reversed(messages):
            if found := self._pattern.search(message):
                return found.group()
        return None
