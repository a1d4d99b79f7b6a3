#!/bin/sh
# csv 1.4.0 (Rust) counts lines one too low in files whose lines end in CRLF, and at rows behind empty lines.
#
# `Position::line()` of a record is taken before the reader passes over what is left of the line before: the `\n` of
# `\r\n`, or an empty line. The same number stands in its errors. Seen on 30 November 2026:
#
#   LF    lines 1 2 3    the rows stand in 1 2 3
#   CRLF  lines 1 1 2    the rows stand in 1 2 3
#   empty lines 1 2      the rows stand in 1 3
#   error line: 2        the row stands in 3
#
# Erbij reads the text again to tell the line of an error (crates/erbij-ingest/src/flat/csv.rs). Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'END'
[package]
name = "lines"
version = "0.0.0"
edition = "2021"

[dependencies]
csv = "=1.4.0"
END
cat > "$folder/src/main.rs" <<'END'
fn main() {
    for (name, text) in [
        ("LF   ", "a,b\n1,2\n3,4\n"),
        ("CRLF ", "a,b\r\n1,2\r\n3,4\r\n"),
        ("empty", "a,b\n\n1,2\n"),
    ] {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let lines = reader.byte_records().map(|row| row.unwrap().position().unwrap().line().to_string());
        println!("{name} lines {}", lines.collect::<Vec<_>>().join(" "));
    }
    let mut reader = csv::Reader::from_reader("a,b\r\n1,2\r\n3,4,5\r\n".as_bytes());
    println!("{}", reader.records().find_map(Result::err).unwrap());
}
END
cat > "$folder/expected" <<'END'
LF    lines 1 2 3
CRLF  lines 1 1 2
empty lines 1 2
CSV error: record 2 (line: 2, byte: 9): found record with 3 fields, but the previous record has 2 fields
END
CARGO_TARGET_DIR="$folder/target" cargo run --quiet --manifest-path "$folder/Cargo.toml" > "$folder/found"
diff "$folder/expected" "$folder/found"
cat "$folder/found"
