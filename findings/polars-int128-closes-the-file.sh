#!/bin/sh
# polars 2.1.0: one Int128 column, and pyarrow 26.0.1 opens the file no more, not even for its other columns.
#
# Parquet has no such type: the numbers are sixteen bare bytes. The type stands in the Arrow schema beside Parquet's own
# alone, and pyarrow reads that first. DuckDB takes the column for bytes and reads the rest. Seen on 30 November 2026:
#
#   pyarrow, column `id`: Integers with more than 64 bits not implemented
#   duckdb: id BIGINT, total BLOB
#   duckdb, column `id`: [(1,), (2,)]
#
# Erbij refuses such a column by its values where it is needed, and leaves it alone where it is not
# (crates/erbij-ingest/src/flat/bare.rs). Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1
cat > "$folder/expected" <<'END'
pyarrow, column `id`: Integers with more than 64 bits not implemented
duckdb: id BIGINT, total BLOB
duckdb, column `id`: [(1,), (2,)]
END
"$folder/venv/bin/python" - "$folder/rows.parquet" > "$folder/found" <<'END'
import sys

import duckdb, polars
import pyarrow.parquet as pq

path = sys.argv[1]
polars.DataFrame({"id": [1, 2], "total": [3, 4]}, schema={"id": polars.Int64, "total": polars.Int128}).write_parquet(path)
try:
    print("pyarrow, column `id`:", pq.read_table(path, columns=["id"]).to_pydict())
except Exception as error:
    print("pyarrow, column `id`:", error)
columns = duckdb.sql(f"describe from '{path}'").fetchall()
print("duckdb:", ", ".join(f"{column[0]} {column[1]}" for column in columns))
print("duckdb, column `id`:", duckdb.sql(f"select id from '{path}'").fetchall())
END
diff "$folder/expected" "$folder/found"
cat "$folder/found"
