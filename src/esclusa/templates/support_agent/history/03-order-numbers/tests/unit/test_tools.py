"""Orders are found by the number the customer writes; refunds wait for the delivery."""

from pathlib import Path

from support_agent.tools import Order, OrderIds, Orders, request_refund

ROOT = Path(__file__).resolve().parents[2]
ORDER_IDS = OrderIds.load(ROOT / "tools.json")
ORDERS = Orders.load(ROOT / "data" / "orders.json")


def order(state: str) -> Order:
    return Order(order=10482, state=state, days=2, total="20.00")


def test_an_order_number_is_found_in_a_message():
    assert ORDER_IDS.last_in(["where is 10482?"]) == "10482"
    assert ORDER_IDS.last_in(["¿dónde está el pedido #10482?"]) == "10482"


def test_the_region_is_part_of_the_number_as_written():
    assert ORDER_IDS.last_in(["where is ES-10482?"]) == "ES-10482"


def test_the_number_mentioned_last_counts():
    assert ORDER_IDS.last_in(["where is 10482?", "sorry, I mean 10217", "thanks"]) == "10217"


def test_other_numbers_are_no_orders():
    assert ORDER_IDS.last_in(["I paid 59.90 twice on the 12th", "call 600100200"]) is None


def test_a_known_order_is_looked_up():
    assert ORDERS.lookup_order("10482").state == "on_its_way"


def test_an_unknown_order_is_none():
    assert ORDERS.lookup_order("99999") is None


def test_a_refund_opens_only_after_delivery():
    assert request_refund(order("delivered")) == "opened"
    assert request_refund(order("preparing")) == "too_early"
    assert request_refund(order("on_its_way")) == "too_early"
