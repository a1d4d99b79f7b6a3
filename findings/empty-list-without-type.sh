#!/bin/sh
# parquet 59.3.2 (Rust) refuses files of no rows by fastparquet 2026.9.0 and hyparquet-writer 0.17.0; others read them.
#
# Such a file has no row group. Both writers put the empty list of groups into the footer with an element type of 0, which
# Thrift lets pass where there is no element. Rust's reader asks for structs before it looks at the length. So one empty
# day stops a folder that pyarrow, DuckDB and polars read. Seen on 30 November 2026:
#
#   fastparquet  pyarrow 0 rows, duckdb 0 rows, polars 0 rows
#                parquet: Parquet error: Expected list element type of Struct but got Byte
#
# and the same of hyparquet-writer. Erbij writes the type into the footer before it is decoded
# (crates/erbij-ingest/src/thrift.rs). Needs Python, Node and Rust. Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0
mkdir "$folder/src"
cat > "$folder/package.json" <<'END'
{ "private": true, "type": "module", "dependencies": { "hyparquet-writer": "0.17.0" } }
END
(cd "$folder" && npm install --silent --no-audit --no-fund)
cat > "$folder/Cargo.toml" <<'END'
[package]
name = "rows"
version = "0.0.0"
edition = "2021"

[dependencies]
parquet = { version = "=59.3.2", default-features = false }
END
cat > "$folder/src/main.rs" <<'END'
use parquet::file::metadata::ParquetMetaDataReader;

fn main() {
    for path in std::env::args().skip(1) {
        let file = std::fs::File::open(path).unwrap();
        match ParquetMetaDataReader::new().parse_and_finish(&file) {
            Ok(metadata) => println!("parquet: {} rows", metadata.file_metadata().num_rows()),
            Err(error) => println!("parquet: {error}"),
        }
    }
}
END
cat > "$folder/expected" <<'END'
fastparquet pyarrow 0 rows, duckdb 0 rows, polars 0 rows
hyparquet pyarrow 0 rows, duckdb 0 rows, polars 0 rows
parquet: Parquet error: Expected list element type of Struct but got Byte
parquet: Parquet error: Expected list element type of Struct but got Byte
END
cd "$folder"
cat > write.mjs <<'END'
import { parquetWriteFile } from 'hyparquet-writer'
await parquetWriteFile({ filename: 'hyparquet.parquet', columnData: [{ name: 'id', data: [], type: 'INT64' }] })
END
node write.mjs
venv/bin/python - > found <<'END'
import duckdb, pandas, polars
import pyarrow.parquet as pq

pandas.DataFrame({"id": pandas.Series([], dtype="int64")}).to_parquet("fastparquet.parquet", engine="fastparquet")
for writer in ("fastparquet", "hyparquet"):
    path = f"{writer}.parquet"
    rows = [pq.read_table(path).num_rows, duckdb.sql(f"from '{path}'").shape[0], polars.read_parquet(path).height]
    print(writer, ", ".join(f"{reader} {n} rows" for reader, n in zip(("pyarrow", "duckdb", "polars"), rows)))
END
CARGO_TARGET_DIR="$folder/target" cargo run --quiet -- fastparquet.parquet hyparquet.parquet >> found
diff expected found
cat found
