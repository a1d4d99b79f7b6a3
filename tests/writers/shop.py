"""A small shop in which every value of an order line shows in what is trained from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

Columns = dict[str, list[Any]]

N_ORDERS = 100
N_ITEMS = 12
N_CUSTOMERS = 30
NOW = "2024-07-01T00:00:00Z"

RECIPE = """
name = "writers"
[privacy]
min_customers = 2
[affinity]
min_cooccurrence = 1
min_customers = 2
min_llr = 0.0
[personal]
models = ["rp3beta"]
[lifetime]
min_repeaters = 10
"""

# Dates are those of a zone that is not UTC, so that a day that slips shows.
SETTINGS = 'currency = "EUR"\ntimezone = "Europe/Amsterdam"\n'


def orders() -> Columns:
    """Two lines an order. Ids fit in 7 bits, prices are quarters, instants are whole minutes and never midnight."""
    lines: Columns = {
        name: [] for name in ["order_id", "item_id", "ordered_at", "customer_id", "quantity", "price", "is_gift"]
    }
    for order in range(1, N_ORDERS + 1):
        customer = (order * 7) % N_CUSTOMERS + 1
        first = (order * 5 + order // 7) % N_ITEMS
        second = (first + 1 + order % 4) % N_ITEMS
        for item in (first + 1, second + 1):
            lines["order_id"].append(order)
            lines["item_id"].append(item)
            lines["ordered_at"].append(instant(order))
            # A guest now and then: a column of ids with holes is what makes floats of them.
            lines["customer_id"].append(None if order % 17 == 0 else customer)
            lines["quantity"].append(1 + (order + item) % 3)
            lines["price"].append(price(item) - 0.25 * (order % 3))
            lines["is_gift"].append(order % 10 == 3)
    return lines


def instant(order: int) -> datetime:
    """Spring 2024, with a change of clocks; many are late in the evening, where a zone decides the day."""
    return datetime(2024, 1, 5, 9, 30, tzinfo=UTC) + timedelta(hours=37 * order, minutes=order)


def price(item: int) -> float:
    """What an item costs: a number that 16 bits hold."""
    return 2.5 + 1.75 * item


def items() -> Columns:
    """The catalogue."""
    ids = list(range(1, N_ITEMS + 1))
    return {
        "id": ids,
        "title": [f"Thing {item} é" for item in ids],
        "price": [price(item) for item in ids],
        "product_type": [f"Home > {'Kitchen' if item % 2 else 'Garden'}" for item in ids],
        "adult": [item == 5 for item in ids],
        "expiration_date": [datetime(2030, 1, item, 12, 0, tzinfo=UTC) for item in ids],
    }
