//! Parquet order history in, checked purchases and a report of every row out.
