"""What is known of single cells."""

# Refused on purpose, and what the error says.
ERRORS: dict[tuple[str, str], str] = {
    ("iceberg", "files: a table with its log"): "Iceberg",
    **{
        (writer, kind): "is stored as whole numbers of 128 bits"
        for writer in ("polars", "clickhouse")
        for kind in ("ids: int128", "ids: int128 above 2^53", "quantity: int128")
    },
}

# Values that are no longer in the file.
LOSES: dict[tuple[str, str], str] = {
    ("duckdb", "ids: int128 above 2^53"): "a HUGEINT becomes a float",
    ("fastparquet", "instants: timestamp s"): "seconds are written as milliseconds: they are of January 1970",
    ("fastparquet", "expiry: timestamp s"): "seconds are written as milliseconds: they are of January 1970",
    ("fastparquet", "folders: customer_id=17.0"): "rows without a customer are left out",
}
