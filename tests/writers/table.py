"""Whether Erbij makes the same of a shop, whichever program wrote its tables and in whichever types.

The same small shop is written by each writer in each kind of column, and trained. The artifact must be the one of a
plain reference by pyarrow: its id is the hash of all that was learned. README.md says what the marks mean.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import shop
from engines import write_clickhouse, write_duckdb, write_hyparquet, write_spark
from expected import ERRORS, LOSES
from frames import (
    CannotWrite,
    How,
    Types,
    write_delta,
    write_fastparquet,
    write_iceberg,
    write_pandas,
    write_polars,
    write_pyarrow,
)
from kinds import KINDS, SHORT, Kind
from program import Trained, train
from shop import Columns

Write = Callable[[Columns, Types, Path, How], None]

WRITERS: dict[str, Write] = {
    "pyarrow": write_pyarrow,
    "pandas": write_pandas,
    "polars": write_polars,
    "duckdb": write_duckdb,
    "fastparquet": write_fastparquet,
    "delta": write_delta,
    "iceberg": write_iceberg,
    "clickhouse": write_clickhouse,
    "spark": write_spark,
    "hyparquet": write_hyparquet,
}
OF_SHORT = ["pyarrow", "pandas", "polars", "duckdb"]
# What must be on the machine for a writer, beside what run.sh installs.
NEEDS = {"spark": "java", "hyparquet": "node"}

IDS = ("order_id", "item_id", "customer_id", "id")
PLAIN: Types = {
    **dict.fromkeys(IDS, "int64"),
    "ordered_at": "timestamp[us]",
    "quantity": "int64",
    "price": "float64",
    "is_gift": "bool",
    "title": "text",
    "product_type": "text",
    "adult": "bool",
    "expiration_date": "timestamp[us]",
}

RECORD = Path(__file__).with_name("table.txt")


@dataclass(frozen=True)
class Cell:
    """What came of one kind by one writer."""

    mark: str
    told: str = ""


# By writer and kind.
Cells = dict[tuple[str, str], Cell]


def converted(columns: Columns, names: tuple[str, ...], convert: Callable[[Any], Any], absent: Any = None) -> Columns:
    return {
        name: [absent if value is None else convert(value) for value in values] if name in names else values
        for name, values in columns.items()
    }


def with_absent(columns: Columns, kind: Kind) -> Columns:
    """A column that the shop does not have is one without a value."""
    n_rows = len(next(iter(columns.values())))
    return {**columns, **{name: [None] * n_rows for name in kind.columns if name not in columns}}


def with_holes(columns: Columns, kind: Kind) -> Columns:
    if not kind.has_holes:
        return columns
    return {
        name: [None if row % 10 == 9 else value for row, value in enumerate(values)] if name in kind.columns else values
        for name, values in columns.items()
    }


def tables(kind: Kind, convert: Callable[[Any], Any], absent: Any = None) -> tuple[Columns, Columns]:
    """Orders and items, of which the kind's columns are converted. The catalogue names its items as orders do."""
    orders, items = with_holes(shop.orders(), kind), shop.items()
    if kind.table == "items":
        return orders, converted(items, kind.columns, convert)
    if "item_id" in kind.columns:
        items = converted(items, ("id",), kind.meant)
    return converted(orders, kind.columns, convert, absent), items


def write_plain(columns: Columns, path: Path) -> None:
    """The plain reference: ids and what else is text as text, and one type for each of the others."""
    columns = converted(columns, IDS, str)
    is_text = {name: any(isinstance(value, str) for value in values) for name, values in columns.items()}
    write_pyarrow(columns, {name: "text" if is_text[name] else PLAIN[name] for name in columns}, path, How())


def train_plain(orders: Columns, items: Columns, folder: Path) -> str:
    write_plain(orders, folder / "orders.parquet")
    write_plain(items, folder / "items.parquet")
    trained = train(folder, folder / "orders.parquet", folder / "items.parquet")
    if trained.code != 0:
        raise SystemExit(f"the reference cannot be trained: {trained.message}")
    return trained.artifact_id


class References:
    """The artifacts of plain references, each trained once."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def of(self, kind: Kind) -> str:
        orders, items = tables(kind, kind.meant)
        key = repr((orders, items))
        if key not in self.known:
            with tempfile.TemporaryDirectory() as folder:
                self.known[key] = train_plain(orders, items, Path(folder))
        return self.known[key]


def days(columns: Columns) -> Iterator[tuple[str, Columns]]:
    """The lines in five parts, and one of no lines."""
    n_rows = len(columns["order_id"])
    for part in range(5):
        rows = slice(part * n_rows // 5, (part + 1) * n_rows // 5)
        yield f"part-{part}", {name: values[rows] for name, values in columns.items()}
    yield "part-5", {name: [] for name in columns}


def write_table(writer: str, kind: Kind, columns: Columns, path: Path) -> None:
    columns = with_absent(columns, kind)
    types = {name: kind.type if name in kind.columns and kind.type else PLAIN[name] for name in columns}
    write = WRITERS[writer]
    if kind.layout == "table" and writer not in ("delta", "iceberg"):
        raise CannotWrite("no tables with a log")
    if kind.layout != "days":
        keeps_log = kind.layout == "table"
        how = How(kind.compression, kind.encodings, kind.partition_by, keeps_log, kind.pages_v2, kind.group_rows)
        return write(columns, types, path, how)
    if writer == "iceberg":
        raise CannotWrite("one file at a time is nothing of its own here")
    path.mkdir()
    for name, part in days(columns):
        # A table with a log grows; all others are files side by side.
        write(part, types, path if writer == "delta" else path / f"{name}.parquet", How())


def cell(writer: str, kind: Kind, wanted: str) -> Cell:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        orders, items = tables(kind, kind.written, kind.absent)
        of_orders, of_items = folder / "orders.parquet", folder / "items.parquet"
        try:
            if kind.table == "orders":
                write_table(writer, kind, orders, of_orders)
                write_plain(items, of_items)
            else:
                write_plain(orders, of_orders)
                write_table(writer, kind, items, of_items)
        except CannotWrite as error:
            return Cell(".", str(error))
        except Exception as error:  # Whatever a writer says of a type that it does not take.
            return Cell(".", f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        path = of_orders if kind.table == "orders" else of_items
        return judged(writer, kind, wanted, train(folder, of_orders, of_items), path)


def judged(writer: str, kind: Kind, wanted: str, trained: Trained, path: Path) -> Cell:
    expected = ERRORS.get((writer, kind.name), kind.error)
    is_same = trained.artifact_id == wanted
    if why := LOSES.get((writer, kind.name)):
        return Cell("X", f"no longer true: {why}") if is_same else Cell(".", why)
    if expected is None:
        return Cell("=") if is_same else Cell("X", trained.message or "another artifact")
    is_named = expected in trained.message and path.stem in trained.message and "hint:" in trained.message
    if trained.code == 1 and is_named:
        return Cell("E", trained.message)
    return Cell("X", f"expected `{expected}`, found {trained.message or 'an artifact'}")


def check_sensitive() -> None:
    """Each value of the shop must show in the artifact, or the table would say nothing."""
    plain = Kind("plain")
    wanted = References().of(plain)
    changes: list[tuple[str, str, Callable[[Any], Any]]] = [
        ("orders", "order_id", lambda value: value + 10),
        ("orders", "item_id", lambda value: value % shop.N_ITEMS + 1),
        ("orders", "customer_id", lambda value: value % shop.N_CUSTOMERS + 1),
        ("orders", "ordered_at", lambda value: value + timedelta(hours=1)),
        ("orders", "quantity", lambda value: value + 1),
        ("orders", "price", lambda value: value + 0.25),
        ("orders", "is_gift", lambda value: not value),
        ("items", "title", lambda value: value + "!"),
        ("items", "price", lambda value: value + 0.25),
        ("items", "adult", lambda value: not value),
        ("items", "expiration_date", lambda value: value + timedelta(hours=1)),
    ]
    for table, name, change in changes:
        orders, items = tables(plain, plain.meant)
        columns = orders if table == "orders" else items
        # Both lines of an order: of one of them the other would tell.
        columns[name][6:8] = [change(value) for value in columns[name][6:8]]
        with tempfile.TemporaryDirectory() as folder:
            if train_plain(orders, items, Path(folder)) == wanted:
                raise SystemExit(f"`{name}` of {table} does not show in the artifact")


def run(writers: list[str], kinds: list[Kind]) -> Cells:
    references = References()
    print(line("", writers))
    cells = {}
    for kind in kinds:
        for writer in writers:
            cells[writer, kind.name] = cell(writer, kind, references.of(kind))
        print(line(kind.name, [cells[writer, kind.name].mark for writer in writers]), flush=True)
    return cells


def line(name: str, cells: list[str]) -> str:
    return f"{name:<32}" + "".join(f"{cell:>12}" for cell in cells)


def recorded() -> dict[tuple[str, str], str]:
    """The marks of the last full run that was kept."""
    header, *lines = RECORD.read_text().splitlines()
    writers = header.split()
    rows = [row.rsplit(maxsplit=len(writers)) for row in lines]
    return {(writer, name): mark for name, *marks in rows for writer, mark in zip(writers, marks, strict=True)}


def keep(cells: Cells, writers: list[str], kinds: list[Kind]) -> None:
    rows = [line(kind.name, [cells[writer, kind.name].mark for writer in writers]) for kind in kinds]
    RECORD.write_text("\n".join([line("", writers), *rows]) + "\n")


def tell(cells: Cells, was: dict[tuple[str, str], str], with_why: bool) -> bool:
    """Says what is wrong, and what is not as it was; whether there is anything."""
    marks = [found.mark for found in cells.values()]
    print("\n" + ", ".join(f"{marks.count(mark)} {mark}" for mark in "=E.X"))
    fails = False
    for (writer, kind), found in cells.items():
        has_changed = found.mark != was.get((writer, kind), found.mark)
        is_wrong = found.mark == "X" or has_changed
        if is_wrong or (with_why and found.told):
            before = f" (was {was[writer, kind]})" if has_changed else ""
            print(f"\n{found.mark}{before} {writer}, {kind}: {found.told}")
        fails |= is_wrong
    return fails


def present(writers: list[str]) -> list[str]:
    absent = [writer for writer in writers if writer in NEEDS and not shutil.which(NEEDS[writer])]
    for writer in absent:
        print(f"{writer} is left out: there is no `{NEEDS[writer]}` here", file=sys.stderr)
    return [writer for writer in writers if writer not in absent]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="some kinds by the writers that are quick to install")
    parser.add_argument("--writer", action="append", choices=WRITERS, help="these writers alone")
    parser.add_argument("--kind", default="", help="kinds alone whose names hold this")
    parser.add_argument("--keep", action="store_true", help="write table.txt, which later runs are held against")
    parser.add_argument("--why", action="store_true", help="say of each cell why it is not `=`")
    options = parser.parse_args()
    check_sensitive()
    kinds = [kind for kind in KINDS if options.kind in kind.name and (not options.short or kind.name in SHORT)]
    writers = present(options.writer or (OF_SHORT if options.short else list(WRITERS)))
    cells = run(writers, kinds)
    if options.keep:
        if len(cells) < len(WRITERS) * len(KINDS):
            parser.error("only the whole table is kept")
        keep(cells, writers, kinds)
    return 1 if tell(cells, recorded(), options.why) else 0


if __name__ == "__main__":
    sys.exit(main())
