//! What may be told to ingest in `erbij.toml`.
//!
//! ```toml
//! currency = "GBP"
//! timezone = "Europe/London"
//!
//! [tables.orders.columns]
//! customer_id = "CustomerID"
//!
//! [rules]
//! service_codes = ["POST", "BANK CHARGES"]
//! unknown_item = "drop"
//!
//! [limits]
//! max_rows = 200_000_000
//! ```

use std::collections::BTreeMap;

use erbij_core::{Currency, HouseholdKind, TimeZone, Timestamp, TomlError, from_toml};
use serde::{Deserialize, Deserializer};

/// Everything that can be set; each key has a default.
///
/// ```
/// let settings = erbij_ingest::Settings::from_toml(
///     "[tables.orders.columns]\ncustomer_id = 'CustomerID'\n[rules]\nmax_quantity = 50",
/// ).unwrap();
/// assert_eq!(settings.rules.max_quantity, 50.0);
/// assert_eq!(settings.tables.orders.columns["customer_id"], "CustomerID");
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which column of a file is meant by a name, where its own name does not say so.
    pub tables: Tables,
    /// What counts as a purchase.
    pub rules: Rules,
    /// How much is taken in at most.
    pub limits: Limits,
    /// The currency of all prices. Default: `EUR`.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// The zone of the shop, which tells what day an order is of. Default: the zone that the column of `ordered_at`
    /// names, else `Europe/Amsterdam`, since the shop's words are Dutch where nothing else is said.
    pub timezone: Option<TimeZone>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tables: Tables::default(),
            rules: Rules::default(),
            limits: Limits::default(),
            currency: Currency::EUR,
            timezone: None,
        }
    }
}

impl Settings {
    /// Reads the text of `erbij.toml`.
    pub fn from_toml(text: &str) -> Result<Self, TomlError> {
        from_toml(text)
    }
}

/// The name of the zone where neither settings nor files say one.
pub(crate) const DEFAULT_TIME_ZONE: &str = "Europe/Amsterdam";

/// The mapping of each table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tables {
    /// Order lines.
    pub orders: TableSettings,
    /// The catalogue.
    pub items: TableSettings,
    /// Customers.
    pub customers: TableSettings,
    /// Events.
    pub events: TableSettings,
}

/// The mapping of a table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// From the name here to the column's name in the files. It wins over every recognised name.
    pub columns: BTreeMap<String, String>,
}

/// What is done with items that are ordered but not in the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownItem {
    /// They are learned from and never shown.
    #[default]
    Keep,
    /// Their lines are dropped.
    Drop,
}

/// What counts as a purchase.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `service_codes` | those of a British gift shop | item ids that are no items, upper or lower case | any ids |
/// | `cancellation_prefix` | `C` | an order id of this and digits only is a cancellation | empty: no such rule |
/// | `max_quantity` | 1000 | a line of more counts as one unit | above 0 |
/// | `earliest` | 1995-01-01 | orders before it are mistakes | any date |
/// | `unknown_item` | `keep` | what is done with items outside the catalogue | `keep`, `drop` |
/// | `households` | none | what the shop's own words for a household mean | `single`, `couple`, `family`, `unknown` |
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Item ids that are postage, fees, discounts and corrections; compared without regard to case.
    pub service_codes: Vec<String>,
    /// An order whose id is this and then only digits takes a purchase back.
    pub cancellation_prefix: String,
    /// A line of more than this is a weight or a volume in small units: it counts as one.
    pub max_quantity: f64,
    /// Orders before this instant are mistakes.
    #[serde(deserialize_with = "instant")]
    pub earliest: Timestamp,
    /// What is done with items outside the catalogue.
    pub unknown_item: UnknownItem,
    /// From the words of `customers.household` to what they mean, beside the names of the kinds themselves.
    pub households: BTreeMap<String, HouseholdKind>,
}

impl Default for Rules {
    fn default() -> Self {
        let codes = [
            "POST",
            "DOT",
            "M",
            "C2",
            "D",
            "S",
            "B",
            "BANK CHARGES",
            "AMAZONFEE",
            "CRUK",
            "PADS",
            "POSTAGE",
            "SHIPPING",
            "DISCOUNT",
        ];
        Self {
            service_codes: codes.map(str::to_owned).to_vec(),
            cancellation_prefix: "C".to_owned(),
            max_quantity: 1000.0,
            earliest: Timestamp::from_micros(788_918_400_000_000),
            unknown_item: UnknownItem::Keep,
            households: BTreeMap::new(),
        }
    }
}

/// How much is taken in at most, so that a broken or hostile file ends as an error and not as an outage.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `max_rows` | 4,294,967,279 | rows of a table | at most the default |
/// | `max_files` | 100,000 | files of a table | above 0 |
/// | `max_columns` | 10,000 | columns of a file | above 0 |
/// | `max_footer_bytes` | 256 MiB | metadata of a file | above 0 |
/// | `max_column_chunk_bytes` | 2 GiB | one column of one row group, unpacked | above 0 |
/// | `max_id_bytes` | 1024 | an id; a row with a longer one is dropped | above 0 |
/// | `delta_strings` | false | read texts in a delta encoding | only for files you wrote |
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Rows of a table.
    pub max_rows: u64,
    /// Files of a table.
    pub max_files: usize,
    /// Columns of a file, leaves of nested ones counted.
    pub max_columns: usize,
    /// Bytes of a file's metadata.
    pub max_footer_bytes: u64,
    /// Bytes of one column in one row group, unpacked; only of columns that are read.
    pub max_column_chunk_bytes: u64,
    /// Bytes of an id.
    pub max_id_bytes: usize,
    /// Whether texts in a delta encoding are read. The number of values in such a page is only known
    /// once it is unpacked, so a hostile page can ask for more memory than any limit here allows.
    pub delta_strings: bool,
}

/// As many rows as can be numbered, less a few numbers that stand for "none".
pub(crate) const MOST_ROWS: u64 = u32::MAX as u64 - 16;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_rows: MOST_ROWS,
            max_files: 100_000,
            max_columns: 10_000,
            max_footer_bytes: 256 << 20,
            max_column_chunk_bytes: 2 << 30,
            max_id_bytes: 1024,
            delta_strings: false,
        }
    }
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
    let code = String::deserialize(deserializer)?;
    Currency::parse(&code).map_err(serde::de::Error::custom)
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    Timestamp::parse(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_names_the_one_that_was_meant() {
        for (text, expected) in [
            ("", None),
            ("currency = 'gbp'", None),
            ("timezone = 'America/New_York'", None),
            ("timezone = 'Amsterdam'", Some("`Amsterdam` is no time zone")),
            ("[rules]\nearliest = '2009-12-01'\nunknown_item = 'drop'", None),
            ("currency = 'pounds'", Some("`pounds` is not a currency: expected three letters such as `EUR`")),
            (
                "[rules]\nmax_quantty = 3",
                Some("line 2: unknown key `max_quantty`; did you mean `max_quantity`?"),
            ),
            ("[tables.order]", Some("line 1: unknown key `order`; did you mean `orders`?")),
            ("[limits]\nmax_row = 1", Some("line 2: unknown key `max_row`; did you mean `max_rows`?")),
        ] {
            let error = Settings::from_toml(text).err().map(|error| error.to_string());
            let matches = match (&error, expected) {
                (Some(error), Some(expected)) => error.contains(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(matches, "{text}: {error:?}");
        }
    }

    #[test]
    fn the_default_rules_begin_where_they_say() {
        assert_eq!(Rules::default().earliest.to_string(), "1995-01-01T00:00:00Z");
    }
}
