"""Writers that are given a plain file and cast it by SQL (DuckDB, ClickHouse, Spark), and the one of JavaScript."""

import base64
import json
import math
import subprocess
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from frames import PACKINGS, CannotWrite, How, Types, arguments, is_instant, only
from shop import Columns


def plain_table(columns: Columns, types: Types) -> pa.Table:
    """The values in the types that pyarrow infers from them, text for those that have no type of their own there."""
    empty = {"text": pa.string(), "float64": pa.float64(), "bool": pa.bool_()}
    arrays = {}
    for name, values in columns.items():
        is_empty = all(value is None for value in values)
        if types[name] == "inferred" and is_empty:
            raise CannotWrite("a column without values has no type")
        infer = empty.get(types[name], pa.int64()) if is_empty else None
        if is_instant(types[name]):
            infer = pa.timestamp("us", "UTC")
        if types[name] == "uint64":
            infer = pa.uint64()
        arrays[name] = pa.array(values, infer)
    return pa.table(arrays)


DUCKDB = {
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "int128": "HUGEINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "text": "VARCHAR",
    "binary": "BLOB",
    "uuid": "UUID",
    "date32": "DATE",
    "timestamp[s]": "TIMESTAMP_S",
    "timestamp[ms]": "TIMESTAMP_MS",
    "timestamp[us]": "TIMESTAMP",
    "timestamp[ns]": "TIMESTAMP_NS",
    "timestamp[us, UTC]": "TIMESTAMPTZ",
    "enum": "ENUM",
}


def duckdb_cast(name: str, type_: str, values: list[Any]) -> str:
    if type_ in ("inferred", "null"):
        return name
    if type_.startswith("decimal("):
        return f"cast({name} as {type_})"
    if type_ not in DUCKDB:
        raise CannotWrite(type_)
    if type_ == "enum":
        words = sorted({value for value in values if value is not None})
        return f"cast({name} as enum ({', '.join(repr(word) for word in words)}))"
    if type_.startswith("timestamp") and "UTC" not in type_:
        return f"cast({name} at time zone 'UTC' as {DUCKDB[type_]})"
    return f"cast({name} as {DUCKDB[type_]})"


def write_duckdb(columns: Columns, types: Types, path: Path, how: How) -> None:
    import duckdb

    only(how, compressions=PACKINGS, pages_v2=True)
    if "null" in types.values():
        raise CannotWrite("null")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("plain", plain_table(columns, types))
    casts = ", ".join(f"{duckdb_cast(name, types[name], values)} as {name}" for name, values in columns.items())
    packed = {"none": "uncompressed", "lz4": "lz4_raw"}.get(how.compression, how.compression)
    folders = f", partition_by ({how.partition_by})" if how.partition_by else ""
    version = ", parquet_version v2" if how.pages_v2 else ""
    options = f"format parquet, compression {packed}{folders}{version}"
    connection.execute(f"copy (select {casts} from plain) to '{path}' ({options})")


CLICKHOUSE = {
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "int128": "Int128",
    "uint8": "UInt8",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "float32": "Float32",
    "float64": "Float64",
    "bool": "Bool",
    "text": "String",
    "uuid": "UUID",
    "date32": "Date32",
    "timestamp[s]": "DateTime('UTC')",
    "timestamp[ms, UTC]": "DateTime64(3, 'UTC')",
    "timestamp[us]": "DateTime64(6, 'UTC')",
    "timestamp[us, UTC]": "DateTime64(6, 'UTC')",
    "timestamp[ns, UTC]": "DateTime64(9, 'UTC')",
    "timestamp[us, Europe/Amsterdam]": "DateTime64(6, 'Europe/Amsterdam')",
    "timestamp[ns, America/New_York]": "DateTime64(9, 'America/New_York')",
    "category": "LowCardinality(String)",
    "fixed(16)": "FixedString(16)",
}


def clickhouse_cast(name: str, type_: str, values: list[Any]) -> str:
    if type_ == "inferred":
        return name
    if type_ == "enum":
        words = sorted({value for value in values if value is not None})
        found = f"Enum16({', '.join(f'{word!r} = {at}' for at, word in enumerate(words))})"
    elif type_.startswith("decimal"):
        found = f"Decimal({', '.join(arguments(type_))})"
    elif type_ in CLICKHOUSE:
        found = CLICKHOUSE[type_]
    else:
        raise CannotWrite(type_)
    if type_ == "category":
        return f"cast({name} as LowCardinality(Nullable(String)))"
    return f"cast({name} as Nullable({found}))"


def write_clickhouse(columns: Columns, types: Types, path: Path, how: How) -> None:
    import chdb

    only(how, compressions=PACKINGS, folders=False)
    source = path.with_name("plain.parquet.tmp")
    pq.write_table(plain_table(columns, types), source)
    casts = ", ".join(f"{clickhouse_cast(name, types[name], values)} as {name}" for name, values in columns.items())
    settings = f"output_format_parquet_compression_method='{how.compression}', engine_file_truncate_on_insert=1"
    try:
        chdb.query(
            f"insert into function file('{path}', 'Parquet') select {casts} from file('{source}', 'Parquet')"
            f" settings {settings}"
        )
    finally:
        source.unlink()
    if not path.exists() or path.stat().st_size == 0:
        path.unlink(missing_ok=True)
        if not columns["id" if "id" in columns else "order_id"]:
            raise CannotWrite("no file of no rows")
        raise CannotWrite("an empty file")


SPARK = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float32": "float",
    "float64": "double",
    "bool": "boolean",
    "text": "string",
    "binary": "binary",
    "date32": "date",
    "timestamp[us]": "timestamp_ntz",
    "timestamp[us, UTC]": "timestamp",
    "timestamp[ms, UTC]": "timestamp",
    "int96": "timestamp",
    "null": "void",
}


@cache
def spark() -> Any:
    from pyspark.sql import SparkSession

    # The zone decides what a text or a date means.
    builder = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC")
    quiet = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
    session = quiet.config("spark.driver.memory", "1g").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def spark_cast(name: str, type_: str) -> str:
    if type_ == "inferred":
        return name
    if type_.startswith("decimal("):
        return f"cast({name} as {type_}) as {name}"
    if type_ not in SPARK:
        raise CannotWrite(type_)
    return f"cast({name} as {SPARK[type_]}) as {name}"


def write_spark(columns: Columns, types: Types, path: Path, how: How) -> None:
    only(how, compressions={"none", "snappy", "gzip", "zstd", "lz4"}, pages_v2=True)
    casts = [spark_cast(name, types[name]) for name in columns]
    source = path.with_name("plain.parquet.tmp")
    pq.write_table(plain_table(columns, types), source)
    stamp = "INT96"
    if any(type_.startswith("timestamp[ms") for type_ in types.values()):
        stamp = "TIMESTAMP_MILLIS"
    elif "int96" not in types.values():
        stamp = "TIMESTAMP_MICROS"
    spark().conf.set("spark.sql.parquet.outputTimestampType", stamp)
    rows = spark().read.parquet(str(source)).selectExpr(*casts).coalesce(1)
    packed = {"lz4": "lz4_raw"}.get(how.compression, how.compression)
    version = "PARQUET_2_0" if how.pages_v2 else "PARQUET_1_0"
    rows.write.option("parquet.writer.version", version).parquet(
        str(path), compression=packed, partitionBy=how.partition_by
    )
    source.unlink()


HYPARQUET = {
    **{f"int{bits}": {"type": "INT32", "converted_type": f"INT_{bits}"} for bits in (8, 16, 32)},
    **{f"uint{bits}": {"type": "INT32", "converted_type": f"UINT_{bits}"} for bits in (8, 16, 32)},
    "int64": {"type": "INT64"},
    "uint64": {"type": "INT64", "converted_type": "UINT_64"},
    "float16": {"type": "FIXED_LEN_BYTE_ARRAY", "type_length": 2, "logical_type": {"type": "FLOAT16"}},
    "float32": {"type": "FLOAT"},
    "float64": {"type": "DOUBLE"},
    "bool": {"type": "BOOLEAN"},
    "text": {"type": "BYTE_ARRAY", "converted_type": "UTF8"},
    "binary": {"type": "BYTE_ARRAY"},
    "uuid": {"type": "FIXED_LEN_BYTE_ARRAY", "type_length": 16, "logical_type": {"type": "UUID"}},
    "date32": {"type": "INT32", "converted_type": "DATE"},
    "timestamp[ms, UTC]": {"type": "INT64", "converted_type": "TIMESTAMP_MILLIS"},
    "timestamp[us, UTC]": {"type": "INT64", "converted_type": "TIMESTAMP_MICROS"},
    **{
        f"timestamp[{unit}]": {
            "type": "INT64",
            "logical_type": {"type": "TIMESTAMP", "isAdjustedToUTC": False, "unit": name},
        }
        for unit, name in (("ms", "MILLIS"), ("us", "MICROS"), ("ns", "NANOS"))
    },
    "timestamp[ns, UTC]": {
        "type": "INT64",
        "logical_type": {"type": "TIMESTAMP", "isAdjustedToUTC": True, "unit": "NANOS"},
    },
    "fixed(16)": {"type": "FIXED_LEN_BYTE_ARRAY", "type_length": 16},
}


def hyparquet_element(name: str, type_: str) -> dict[str, Any] | None:
    """How the column stands in the schema; none where the writer is to find out itself."""
    if type_ in ("null", "inferred"):
        return None
    if type_.startswith("decimal("):
        precision, scale = map(int, arguments(type_))
        if precision > 18:
            raise CannotWrite(type_)
        kind = {"converted_type": "DECIMAL", "precision": precision, "scale": scale}
        return {"name": name, "type": "INT64", "repetition_type": "OPTIONAL", **kind}
    if type_ not in HYPARQUET:
        raise CannotWrite(type_)
    return {"name": name, "repetition_type": "OPTIONAL", **HYPARQUET[type_]}


def for_json(value: Any, type_: str) -> Any:
    """A value as JSON, marked where JavaScript has a type that JSON lacks."""
    if isinstance(value, float) and math.isnan(value):
        return {"number": "NaN"}
    match value:
        case None | bool() | float() | str() if type_ not in ("uuid", "fixed(16)"):
            return value
        case None:
            return None
        case str() if type_ == "uuid":
            return {"bytes": base64.b64encode(uuid.UUID(value).bytes).decode()}
        case str():
            return {"bytes": base64.b64encode(value.encode().ljust(16)).decode()}
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"date": value.astimezone(UTC).isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal() if "(" in type_:
            return float(value)
        case int() if type_ in ("int64", "uint64"):
            return {"bigint": str(value)}
        case _:
            return value


def write_hyparquet(columns: Columns, types: Types, path: Path, how: How) -> None:
    only(how, compressions={"none", "snappy"}, encodings=True, folders=False)
    given = [
        {
            "name": name,
            "element": hyparquet_element(name, types[name]),
            "encoding": how.encodings.get(name),
            "data": [for_json(value, types[name]) for value in values],
        }
        for name, values in columns.items()
    ]
    codec = "UNCOMPRESSED" if how.compression == "none" else how.compression.upper()
    order = json.dumps({"path": str(path), "codec": codec, "columns": given})
    script = Path(__file__).with_name("hyparquet.mjs")
    done = subprocess.run(["node", str(script)], input=order, capture_output=True, text=True, check=False)
    if "ERR_MODULE_NOT_FOUND" in done.stderr:
        raise SystemExit("hyparquet-writer is not installed: run.sh does it")
    if done.returncode != 0:
        raise CannotWrite(next((line for line in done.stderr.splitlines() if "Error" in line), "node"))
