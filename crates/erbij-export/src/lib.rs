//! One slate, every shape of it: the JSON of the API, JSON Lines, CSV and Parquet say the same fields by the same names.
//!
//! A [`SlateRow`] is a slate with its id and the customer it is for. [`ShownItem`] is what everybody is told of one of its
//! items, field by field; [`SlateJson`] writes the same as JSON, from fragments made once per artifact ([`ItemJson`]).
//! [`JsonlRows`], [`CsvRows`] and [`ParquetRows`] encode rows for files; they do no IO.
//!
//! | field of an item | JSON | CSV | Parquet |
//! |---|---|---|---|
//! | `item_id`, `title`, `source`, `reason_code`, `reason_text` | text | text | text |
//! | `variant_id`, `source_item` | text, absent where there is none | text, empty | text or null |
//! | `url`, `image_url` | text or null | text, empty | text or null |
//! | `price` | `{"amount": "12.50", "currency": "EUR"}` or null | `price_amount`, `price_currency` | the same struct, or null |
//! | `score` | number, 3 significant digits | number | double |
//!
//! In CSV the fields of the first item are `rec1_item_id`, `rec1_title` and so on.
//!
//! [`related_items`] is how an item is related to all others, which [`MerchantFeed`] and [`JsonLd`] say in words that others read.

mod csv_rows;
mod formula_guard;
mod item_json;
mod jsonl_rows;
mod parquet_rows;
mod recommendation_id;
mod relations;
mod row;
mod slate_json;

pub use csv_rows::CsvRows;
pub use formula_guard::FormulaGuard;
pub use item_json::{ItemJson, push_text};
pub use jsonl_rows::JsonlRows;
pub use parquet_rows::{ParquetRows, parquet_writer, price_array, price_fields};
pub use recommendation_id::recommendation_id;
pub use relations::{JsonLd, MAX_OF_ITEM, MerchantFeed, RelatedItem, Relation, SaidBy, related_items};
pub use row::{ExportError, Rows, ShownItem, SlateRow, price_parts, rounded};
pub use slate_json::{SlateJson, push_word};
