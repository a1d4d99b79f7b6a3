"""The rows of the table: in which types and forms a column may come."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Convert = Callable[[Any], Any]

ORDER_IDS = ("order_id", "item_id", "customer_id")
SHOP_ZONE = ZoneInfo("Europe/Amsterdam")


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Kind:
    """Columns of the shop as one writer after the other is asked to write them."""

    name: str
    columns: tuple[str, ...] = ()
    # A name of a type that all writers know, or know that they lack.
    type: str = ""
    # What is written for a value of the shop, and what the plain reference holds for it.
    written: Convert = same
    meant: Convert = same
    table: str = "orders"
    # Whether every tenth value is absent, as guests are anyway; and what is written for what is absent.
    has_holes: bool = False
    absent: Any = None
    compression: str = "snappy"
    # By column, how its pages are encoded.
    encodings: dict[str, str] = field(default_factory=dict)
    # One file; `days`: several, of which one is empty; `folders`: one for each value; `table`: with its log.
    layout: str = "file"
    partition_by: str | None = None
    # Data pages of the second version; groups of so many rows.
    pages_v2: bool = False
    group_rows: int | None = None
    # What the error says, where one is expected from every writer.
    error: str | None = None


def ids(name: str, type_: str, written: Convert = same, meant: Convert | None = None) -> Kind:
    return Kind(f"ids: {name}", ORDER_IDS, type_, written, meant or written)


def instants(name: str, type_: str, written: Convert = same, meant: Convert = same) -> Kind:
    return Kind(f"instants: {name}", ("ordered_at",), type_, written, meant)


def quantities(name: str, type_: str, written: Convert = same) -> Kind:
    return Kind(f"quantity: {name}", ("quantity",), type_, written)


def prices(name: str, type_: str, written: Convert = same, table: str = "orders") -> Kind:
    return Kind(f"{'price' if table == 'orders' else 'list price'}: {name}", ("price",), type_, written, table=table)


def flags(name: str, type_: str, written: Convert) -> Kind:
    return Kind(f"flags: {name}", ("is_gift",), type_, written)


def absent(name: str, column: str, type_: str, written: Convert, value: Any) -> Kind:
    """Something stands where nothing is meant."""
    has_holes = column != "customer_id"
    return Kind(f"absent: {name}", (column,), type_, written, has_holes=has_holes, absent=value)


def as_uuid(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def padded(number: int) -> str:
    return f"{number:04}"


def code(number: int) -> str:
    return f"thing-{number:03}"


def large(number: int) -> int:
    return 2**63 + number


def digits(number: int) -> int:
    """More than a float knows, fewer than 64 bits hold."""
    return 2**60 + number


def day(at: datetime) -> Any:
    return at.date()


def day_number(at: datetime) -> int:
    return int(at.strftime("%Y%m%d"))


def written(form: str) -> Convert:
    return lambda at: at.strftime(form)


def in_new_york(at: datetime) -> str:
    """As Shopify exports: `2024-01-31 09:30:00 -0500`."""
    return at.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%d %H:%M:%S %z")


def since_1970(per_second: int) -> Convert:
    return lambda at: int(at.timestamp()) * per_second


def euros(amount: float) -> str:
    return f"€ {amount:.2f}".replace(".", ",")


def word(yes: str, no: str) -> Convert:
    return lambda flag: yes if flag else no


NO_IDS = ("", "nan", "None", "NULL", "<NA>", "\\N")

KINDS: list[Kind] = [
    *(ids(name, name) for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")),
    ids("uint64 above 2^63", "uint64", large),
    ids("int64 above 2^53", "int64", digits),
    ids("int128", "int128"),
    ids("int128 above 2^53", "int128", digits),
    ids("text", "text", code),
    ids("text with zeros", "text", padded),
    ids("large text", "large_text", code),
    ids("text view", "text_view", code),
    ids("category", "category", code),
    ids("enum", "enum", code),
    ids("category of numbers", "category_int"),
    ids("float64, some null", "float64", float, same),
    ids("float32, some null", "float32", float, same),
    ids("decimal(9,0)", "decimal(9,0)", Decimal, same),
    ids("decimal(18,0)", "decimal(18,0)", Decimal, same),
    ids("decimal(18,2)", "decimal(18,2)", Decimal, same),
    ids("decimal(38,0)", "decimal(38,0)", Decimal, same),
    ids("uuid", "uuid", as_uuid),
    ids("uuid as text", "text", lambda number: as_uuid(number).upper()),
    ids("fixed bytes", "fixed(16)", code),
    ids("bytes", "binary", lambda number: code(number).encode(), code),
    *(instants(f"timestamp {unit}", f"timestamp[{unit}]") for unit in ("s", "ms", "us", "ns")),
    *(instants(f"timestamp {unit}, UTC", f"timestamp[{unit}, UTC]") for unit in ("ms", "us", "ns")),
    instants("timestamp us, zone", "timestamp[us, Europe/Amsterdam]"),
    instants("timestamp ns, zone", "timestamp[ns, America/New_York]"),
    instants("int96", "int96"),
    instants("date32", "date32", day, lambda at: day(at).isoformat()),
    instants("date64", "date64", day, lambda at: day(at).isoformat()),
    instants("text, ISO", "text", written("%Y-%m-%dT%H:%M:%SZ")),
    instants("text, ISO with parts", "text", written("%Y-%m-%dT%H:%M:%S.000000+00:00")),
    instants("text, MySQL", "text", written("%Y-%m-%d %H:%M:%S")),
    instants("text, Postgres", "text", written("%Y-%m-%d %H:%M:%S+00")),
    instants("text, BigQuery", "text", written("%Y-%m-%d %H:%M:%S UTC")),
    instants("text, SQL Server", "text", written("%Y-%m-%d %H:%M:%S.0000000 +00:00")),
    instants("text, Shopify", "text", in_new_york),
    instants("text, category", "category", written("%Y-%m-%d %H:%M:%S")),
    instants("text, date", "text", written("%Y-%m-%d"), lambda at: day(at).isoformat()),
    instants("s since 1970", "int64", since_1970(1)),
    instants("s since 1970, int32", "int32", since_1970(1)),
    instants("s since 1970, float64", "float64", lambda at: float(at.timestamp())),
    instants("ms since 1970", "int64", since_1970(10**3)),
    instants("ms since 1970, uint64", "uint64", since_1970(10**3)),
    instants("us since 1970", "int64", since_1970(10**6)),
    instants("ns since 1970", "int64", since_1970(10**9)),
    instants("ms, decimal(20,0)", "decimal(20,0)", lambda at: Decimal(since_1970(10**3)(at))),
    instants("20240131", "int32", day_number, lambda at: day(at).isoformat()),
    instants("20240131, int64", "int64", day_number, lambda at: day(at).isoformat()),
    instants("20240131, text", "text", lambda at: str(day_number(at)), lambda at: day(at).isoformat()),
    quantities("int8", "int8"),
    quantities("int32", "int32"),
    quantities("uint16", "uint16"),
    quantities("float64", "float64", float),
    quantities("float32", "float32", float),
    quantities("decimal(10,0)", "decimal(10,0)", Decimal),
    quantities("decimal(18,3)", "decimal(18,3)", Decimal),
    quantities("int128", "int128"),
    quantities("text", "text", str),
    quantities("text, 2.000", "text", lambda number: f"{number}.000"),
    prices("float32", "float32"),
    prices("float16", "float16"),
    prices("decimal(10,2)", "decimal(10,2)", Decimal),
    prices("decimal(38,10)", "decimal(38,10)", Decimal),
    prices("decimal256", "decimal256(50,4)", Decimal),
    prices("text, 12.50", "text", lambda amount: f"{amount:.2f}"),
    prices("text, 12.50 EUR", "text", lambda amount: f"{amount:.2f} EUR"),
    prices("text, € 12,50", "text", euros),
    prices("category, 12.50 EUR", "category", lambda amount: f"{amount:.2f} EUR"),
    prices("decimal(10,2)", "decimal(10,2)", Decimal, "items"),
    prices("float16", "float16", same, "items"),
    prices("text, € 12,50", "text", euros, "items"),
    prices("category, 12.50 EUR", "category", lambda amount: f"{amount:.2f} EUR", "items"),
    flags("bool", "bool", same),
    flags("int8", "int8", int),
    flags("int64", "int64", int),
    flags("float64", "float64", float),
    flags("decimal(10,0)", "decimal(10,0)", lambda flag: Decimal(int(flag))),
    flags("text, true", "text", word("true", "false")),
    flags("text, Y", "text", word("Y", "N")),
    flags("text, 1", "text", word("1", "0")),
    flags("category", "category", word("Yes", "No")),
    flags("text, True", "text", str),
    absent("ids, NaN", "customer_id", "float64", float, math.nan),
    *(absent(f"ids, `{word}`", "customer_id", "text", str, word) for word in NO_IDS),
    absent("ids, category with `nan`", "customer_id", "category", str, "nan"),
    absent("instants, null", "ordered_at", "timestamp[us]", same, None),
    absent("instants, `NaT`", "ordered_at", "text", written("%Y-%m-%d %H:%M:%S"), "NaT"),
    absent("quantity, NaN", "quantity", "float64", float, math.nan),
    absent("price, NaN", "price", "float64", same, math.nan),
    absent("price, NaN in 32 bits", "price", "float32", same, math.nan),
    absent("price, empty text", "price", "text", lambda amount: f"{amount:.2f}", ""),
    absent("flags, NaN", "is_gift", "float64", float, math.nan),
    absent("flags, empty text", "is_gift", "text", word("true", "false"), ""),
    Kind("titles: large text", ("title",), "large_text", table="items"),
    Kind("titles: category", ("title",), "category", table="items"),
    Kind("titles: bytes", ("title",), "binary", lambda text: text.encode(), table="items"),
    Kind("adults only: int8", ("adult",), "int8", int, table="items"),
    Kind("expiry: timestamp s", ("expiration_date",), "timestamp[s]", table="items"),
    Kind("expiry: int96", ("expiration_date",), "int96", table="items"),
    *(Kind(f"nothing in it: {type_}", ("returned_quantity",), type_) for type_ in ("null", "text", "float64", "int64")),
    Kind("nothing in it: returned, bool", ("is_cancellation",), "bool"),
    *(Kind(f"packed: {name}", compression=name) for name in ("none", "snappy", "gzip", "zstd", "lz4")),
    Kind("packed: brotli", compression="brotli", error="is stored as BROTLI"),
    Kind("pages: delta of numbers", encodings={"order_id": "DELTA_BINARY_PACKED", "ordered_at": "DELTA_BINARY_PACKED"}),
    Kind("pages: split floats", encodings={"price": "BYTE_STREAM_SPLIT"}),
    Kind(
        "pages: delta lengths",
        ORDER_IDS,
        "text",
        code,
        code,
        encodings={"order_id": "DELTA_LENGTH_BYTE_ARRAY"},
        error="is stored as DELTA_LENGTH_BYTE_ARRAY",
    ),
    Kind(
        "pages: delta of texts",
        ORDER_IDS,
        "text",
        code,
        code,
        encodings={"order_id": "DELTA_BYTE_ARRAY"},
        error="is stored as DELTA_BYTE_ARRAY",
    ),
    Kind("pages: plain texts", ORDER_IDS, "text", code, code, encodings={"order_id": "PLAIN"}),
    Kind("pages: second version", pages_v2=True),
    Kind("pages: groups of 50 rows", ORDER_IDS, "text", code, code, group_rows=50),
    Kind("files: a day each, one empty", layout="days"),
    Kind("files: types as they fall", layout="days", columns=("customer_id", "price"), type="inferred"),
    Kind("files: a table with its log", layout="table"),
    Kind("folders: order_id=17", layout="folders", partition_by="order_id"),
    Kind(
        "folders: customer_id=17.0",
        ("customer_id",),
        "float64",
        float,
        same,
        layout="folders",
        partition_by="customer_id",
    ),
    Kind("folders: is_gift=true", layout="folders", partition_by="is_gift"),
]

# What --short runs: one of each sort, those first that went wrong before.
SHORT = {
    "ids: int8",
    "ids: uint64 above 2^63",
    "ids: int128 above 2^53",
    "ids: category",
    "ids: float64, some null",
    "ids: decimal(18,2)",
    "ids: uuid",
    "ids: fixed bytes",
    "ids: bytes",
    "instants: timestamp ns",
    "instants: timestamp us, zone",
    "instants: int96",
    "instants: date32",
    "instants: text, Shopify",
    "instants: text, SQL Server",
    "instants: ms since 1970",
    "instants: 20240131",
    "quantity: decimal(18,3)",
    "price: float16",
    "price: decimal256",
    "price: text, € 12,50",
    "list price: category, 12.50 EUR",
    "flags: float64",
    "flags: text, Y",
    "absent: ids, NaN",
    "absent: price, NaN",
    "nothing in it: null",
    "packed: lz4",
    "packed: brotli",
    "pages: delta of texts",
    "files: a day each, one empty",
    "files: types as they fall",
    "folders: customer_id=17.0",
}
