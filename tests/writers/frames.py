"""Writers that take values of Python: pyarrow, pandas over both of its engines, polars, Delta and Iceberg."""

import shutil
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from shop import Columns

Types = dict[str, str]


PACKINGS = {"none", "snappy", "gzip", "zstd", "lz4", "brotli"}


class CannotWrite(Exception):
    """The writer has no such type or no such way of writing."""


@dataclass(frozen=True)
class How:
    """What a file is like beside its columns."""

    compression: str = "snappy"
    encodings: dict[str, str] = field(default_factory=dict)
    partition_by: str | None = None
    # Whether a folder of files keeps what says which of them count.
    keeps_log: bool = False
    pages_v2: bool = False
    group_rows: int | None = None


def only(
    how: How,
    *,
    compressions: set[str],
    encodings: bool = False,
    folders: bool = True,
    pages_v2: bool = False,
    group_rows: bool = False,
) -> None:
    """Stops a writer that lacks what is asked for."""
    if how.compression not in compressions:
        raise CannotWrite(how.compression)
    if how.encodings and not encodings:
        raise CannotWrite("no encodings by column")
    if how.partition_by and not folders:
        raise CannotWrite("no folders")
    if how.pages_v2 and not pages_v2:
        raise CannotWrite("no choice of pages")
    if how.group_rows and not group_rows:
        raise CannotWrite("no groups so small")


def arguments(type_: str) -> list[str]:
    """What stands in the brackets of a type: `timestamp[us, UTC]`, `decimal(10,2)`."""
    inside = type_[type_.index("[" if "[" in type_ else "(") + 1 : -1]
    return [part.strip() for part in inside.split(",")]


def is_instant(type_: str) -> bool:
    return type_.startswith("timestamp") or type_ == "int96"


ARROW: dict[str, pa.DataType] = {
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "large_text": pa.large_string(),
    "text_view": pa.string_view(),
    "binary": pa.binary(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "category_int": pa.dictionary(pa.int32(), pa.int64()),
    "uuid": pa.uuid(),
    "date32": pa.date32(),
    "date64": pa.date64(),
    "int96": pa.timestamp("ns"),
    "null": pa.null(),
}


def arrow_type(type_: str) -> pa.DataType:
    if type_ in ARROW:
        return ARROW[type_]
    if type_.startswith("decimal256"):
        return pa.decimal256(*map(int, arguments(type_)))
    if type_.startswith("decimal"):
        return pa.decimal128(*map(int, arguments(type_)))
    if type_.startswith("fixed"):
        return pa.binary(int(arguments(type_)[0]))
    if type_.startswith("timestamp"):
        return pa.timestamp(*arguments(type_))
    raise CannotWrite(type_)


def arrow_array(values: list[Any], type_: str) -> pa.Array:
    if type_ == "inferred":
        return pa.array(values)
    found = arrow_type(type_)
    if type_ == "uuid":
        values = [value and uuid.UUID(value).bytes for value in values]
    if type_.startswith("fixed"):
        values = [value and value.encode().ljust(found.byte_width) for value in values]
    if isinstance(found, pa.DictionaryType):
        return pa.array(values, found.value_type).dictionary_encode()
    if is_instant(type_) and found.tz is None:
        values = [value and value.replace(tzinfo=None) for value in values]
    return pa.array(values, found)


def arrow_table(columns: Columns, types: Types) -> pa.Table:
    return pa.table({name: arrow_array(values, types[name]) for name, values in columns.items()})


def write_pyarrow(columns: Columns, types: Types, path: Path, how: How) -> None:
    table = arrow_table(columns, types)
    if how.partition_by:
        pq.write_to_dataset(table, path, partition_cols=[how.partition_by])
        return
    dictionary: Any = [name for name in columns if name not in how.encodings] if how.encodings else True
    pq.write_table(
        table,
        path,
        compression=how.compression,
        use_dictionary=dictionary,
        row_group_size=how.group_rows,
        data_page_version="2.0" if how.pages_v2 else "1.0",
        column_encoding=how.encodings or None,
        use_deprecated_int96_timestamps="int96" in types.values(),
    )


PANDAS = {
    **{f"int{bits}": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"UInt{bits}" for bits in (8, 16, 32, 64)},
    "float16": "float16",
    "float32": "float32",
    "float64": "float64",
    "bool": "boolean",
    "text": "str",
    "category": "category",
    "category_int": "category",
    "binary": "object",
    "date32": "object",
    "null": "object",
    "uuid": "object",
    "int96": "datetime64[ns]",
}


def pandas_series(values: list[Any], type_: str) -> Any:
    import pandas

    if type_ == "inferred":
        return pandas.Series(values)
    if type_.startswith("timestamp"):
        unit, *zone = arguments(type_)
        series = pandas.Series(pandas.to_datetime(values, utc=True)).dt.as_unit(unit)
        return series.dt.tz_convert(zone[0] if zone else None)
    if type_ == "int96":
        return pandas.Series(pandas.to_datetime(values, utc=True)).dt.as_unit("ns").dt.tz_convert(None)
    if type_ == "uuid":
        return pandas.Series([value and uuid.UUID(value) for value in values], dtype="object")
    if type_.startswith("decimal("):
        scale = Decimal(1).scaleb(-int(arguments(type_)[1]))
        return pandas.Series(
            [value if value is None else Decimal(value).quantize(scale) for value in values], dtype="object"
        )
    if type_ in ("large_text", "text_view"):
        return pandas.Series(values, dtype=pandas.ArrowDtype(arrow_type(type_)))
    if type_ not in PANDAS:
        raise CannotWrite(type_)
    return pandas.Series(values, dtype=PANDAS[type_])


def pandas_frame(columns: Columns, types: Types) -> Any:
    import pandas

    return pandas.DataFrame({name: pandas_series(values, types[name]) for name, values in columns.items()})


def compression_or_none(how: How) -> str | None:
    return None if how.compression == "none" else how.compression


def write_pandas(columns: Columns, types: Types, path: Path, how: How) -> None:
    only(how, compressions=PACKINGS, pages_v2=True, group_rows=True)
    more: dict[str, Any] = {"use_deprecated_int96_timestamps": True} if "int96" in types.values() else {}
    if not how.partition_by:
        more |= {"data_page_version": "2.0" if how.pages_v2 else "1.0", "row_group_size": how.group_rows}
    partition = [how.partition_by] if how.partition_by else None
    pandas_frame(columns, types).to_parquet(
        path, engine="pyarrow", compression=compression_or_none(how), partition_cols=partition, **more
    )


def write_fastparquet(columns: Columns, types: Types, path: Path, how: How) -> None:
    only(how, compressions=PACKINGS, group_rows=True)
    if set(types.values()) & {"large_text", "text_view"}:
        raise CannotWrite("columns of Arrow")
    frame = pandas_frame(columns, types)
    for name, values in columns.items():
        if all(value is None for value in values) and types[name] == "null":
            raise CannotWrite("nothing to infer a type from")
    more: dict[str, Any] = {"times": "int96"} if "int96" in types.values() else {}
    if how.group_rows:
        more["row_group_offsets"] = how.group_rows
    partition = [how.partition_by] if how.partition_by else None
    packed = {"none": "UNCOMPRESSED", "lz4": "LZ4_RAW"}.get(how.compression, how.compression.upper())
    frame.to_parquet(path, engine="fastparquet", compression=packed, partition_cols=partition, **more)


def polars_type(type_: str) -> Any:
    import polars as pl

    known = {
        "int8": pl.Int8,
        "int16": pl.Int16,
        "int32": pl.Int32,
        "int64": pl.Int64,
        "int128": pl.Int128,
        "uint8": pl.UInt8,
        "uint16": pl.UInt16,
        "uint32": pl.UInt32,
        "uint64": pl.UInt64,
        "float16": getattr(pl, "Float16", None),
        "float32": pl.Float32,
        "float64": pl.Float64,
        "bool": pl.Boolean,
        "text": pl.String,
        "binary": pl.Binary,
        "category": pl.Categorical,
        "date32": pl.Date,
        "null": pl.Null,
    }
    if known.get(type_) is not None:
        return known[type_]
    if type_.startswith("decimal("):
        return pl.Decimal(*map(int, arguments(type_)))
    if type_.startswith("timestamp["):
        unit, *zone = arguments(type_)
        if unit != "s":
            return pl.Datetime(unit, *zone)
    raise CannotWrite(type_)


def polars_series(name: str, values: list[Any], type_: str) -> Any:
    import polars as pl

    if type_ == "inferred":
        return pl.Series(name, values)
    if type_ == "enum":
        return pl.Series(name, values, pl.Enum(sorted({value for value in values if value is not None})))
    found = polars_type(type_)
    if type_.startswith("timestamp"):
        zone = arguments(type_)[1] if "," in type_ else None
        in_zone = ZoneInfo(zone) if zone else None
        values = [value and (value.astimezone(in_zone) if in_zone else value.replace(tzinfo=None)) for value in values]
    return pl.Series(name, values, found)


def write_polars(columns: Columns, types: Types, path: Path, how: How) -> None:
    import polars as pl

    only(how, compressions=PACKINGS, group_rows=True)
    frame = pl.DataFrame([polars_series(name, values, types[name]) for name, values in columns.items()])
    packed = "uncompressed" if how.compression == "none" else how.compression
    if not how.partition_by:
        frame.write_parquet(path, compression=packed, row_group_size=how.group_rows)
        return
    target = pl.PartitionBy(path, key=how.partition_by)
    frame.lazy().sink_parquet(target, compression=packed, mkdir=True)


def write_delta(columns: Columns, types: Types, path: Path, how: How) -> None:
    import deltalake

    only(how, compressions=PACKINGS, group_rows=True)
    if "int96" in types.values():
        raise CannotWrite("int96")
    packed = {"none": "UNCOMPRESSED", "lz4": "LZ4_RAW"}.get(how.compression, how.compression.upper())
    properties = deltalake.WriterProperties(compression=packed, max_row_group_size=how.group_rows)
    deltalake.write_deltalake(
        str(path),
        arrow_table(columns, types),
        mode="append",
        writer_properties=properties,
        partition_by=[how.partition_by] if how.partition_by else None,
    )


def iceberg_table(columns: Columns, types: Types, folder: Path, how: How) -> Any:
    from pyiceberg.catalog.sql import SqlCatalog

    folder.mkdir(parents=True)
    catalog = SqlCatalog("here", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace("shop")
    rows = arrow_table(columns, types)
    codec = {"none": "uncompressed"}.get(how.compression, how.compression)
    table = catalog.create_table(
        "shop.rows", rows.schema, properties={"write.parquet.compression-codec": codec, "format-version": "2"}
    )
    if how.partition_by:
        with table.update_spec() as update:
            update.add_identity(how.partition_by)
    table.append(rows)
    return table


def write_iceberg(columns: Columns, types: Types, path: Path, how: How) -> None:
    """The files of data alone, as somebody copies them out, where the log is not asked for."""
    only(how, compressions=PACKINGS)
    if "int96" in types.values():
        raise CannotWrite("int96")
    folder = path.with_name("iceberg")
    shutil.rmtree(folder, ignore_errors=True)
    iceberg_table(columns, types, folder, how)
    rows = folder / "shop" / "rows"
    shutil.copytree(rows if how.keeps_log else rows / "data", path)
    shutil.rmtree(folder)
