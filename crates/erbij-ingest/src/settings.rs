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
use std::path::Path;

use erbij_core::{Currency, HouseholdKind, TimeZone, Timestamp, TomlError, from_toml};
use serde::{Deserialize, Deserializer};

use crate::meaning::Meaning;
use crate::profile_texts::{NONE, profile_names};
use crate::values::nobody;

/// Everything that can be set; each key has a default.
///
/// ```
/// let settings = erbij_ingest::Settings::from_toml(
///     "[tables.orders.columns]\ncustomer_id = 'CustomerID'\n[rules]\nmax_quantity = 50",
/// ).unwrap();
/// assert_eq!(settings.rules.max_quantity, 50.0);
/// assert_eq!(settings.tables.orders.columns["customer_id"].columns, ["CustomerID"]);
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
    /// The system whose layout the tables have, or `none`. Default: the one that their columns say.
    #[serde(deserialize_with = "profile")]
    pub profile: Option<String>,
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
            profile: None,
            currency: Currency::EUR,
            timezone: None,
        }
    }
}

impl Settings {
    /// The same where files are named from a folder, as those of `erbij.toml` are from its own.
    pub fn within(mut self, folder: &Path) -> Self {
        let tables = &mut self.tables;
        for table in [&mut tables.orders, &mut tables.items, &mut tables.customers, &mut tables.events] {
            for join in &mut table.join {
                join.file = folder.join(&join.file).display().to_string();
            }
        }
        self
    }

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

impl Tables {
    /// Those of a table by its name.
    pub(crate) fn get(&self, table: &str) -> &TableSettings {
        match table {
            "orders" => &self.orders,
            "items" => &self.items,
            "customers" => &self.customers,
            _ => &self.events,
        }
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, table: &str) -> &mut TableSettings {
        match table {
            "orders" => &mut self.orders,
            "items" => &mut self.items,
            "customers" => &mut self.customers,
            _ => &mut self.events,
        }
    }
}

/// The mapping of a table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// From the name here to what the files have for it. It wins over every recognised name.
    pub columns: BTreeMap<String, Meaning>,
    /// Only rows that hold one of these words, in each of these columns of the files.
    pub only: BTreeMap<String, Words>,
    /// No row that holds one of these words, in any of these columns of the files.
    pub not: BTreeMap<String, Words>,
    /// What an order is, where no id says it: rows that are alike in all of these. Of orders alone.
    pub order_of: Vec<OrderOf>,
    /// Other files whose columns stand beside those of the table, one after the other.
    pub join: Vec<Join>,
    /// From the name of a column that each line gets to those that stand side by side, with `*` for their number.
    pub wide: BTreeMap<String, String>,
}

/// Another file whose columns stand beside those of a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Where it is; from the folder of the settings.
    pub file: String,
    /// The column that both share.
    pub on: On,
    /// Only rows of the other file that hold one of these words, in each of these columns.
    #[serde(default)]
    pub only: BTreeMap<String, Words>,
}

impl Join {
    /// A file by the table's column and its own.
    pub(crate) fn new(file: &str, own: &str, other: &str) -> Self {
        let on = On { own: own.to_owned(), other: other.to_owned() };
        Self { file: file.to_owned(), on, only: BTreeMap::new() }
    }
}

/// By which columns two files are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    own: String,
    other: String,
}

impl On {
    /// The column of the table.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// The column of the other file.
    pub fn other(&self) -> &str {
        &self.other
    }
}

impl<'de> Deserialize<'de> for On {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "expected a name such as `order_id`, or `{ order_id = \"id\" }`: the table's column and the other's";
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected the name of a column, or a pair of names")]
        enum Said {
            Same(String),
            Pair(BTreeMap<String, String>),
        }
        match Said::deserialize(deserializer)? {
            Said::Same(name) => Ok(Self { own: name.clone(), other: name }),
            Said::Pair(pair) => match (pair.len(), pair.into_iter().next()) {
                (1, Some((own, other))) => Ok(Self { own, other }),
                _ => Err(serde::de::Error::custom(EXPECTED)),
            },
        }
    }
}

impl TableSettings {
    /// What is said of a column of this name.
    pub fn meaning(&self, name: &str) -> Option<&Meaning> {
        self.columns.get(name)
    }
}

impl TableSettings {
    /// All columns of the files that are named.
    pub(crate) fn named_columns(&self) -> impl Iterator<Item = &String> {
        let of_filters = self.only.keys().chain(self.not.keys());
        self.columns.values().flat_map(|meaning| &meaning.columns).chain(of_filters)
    }
}

/// What rows of one order are alike in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOf {
    /// The id of the order, which others have as well.
    OrderId,
    /// The customer.
    CustomerId,
    /// The day in the shop's zone.
    OrderedOn,
    /// The instant.
    OrderedAt,
}

/// One word, or several. Case does not matter; a number is the word that it is written as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Word {
            Text(String),
            Whole(i64),
            Flag(bool),
            Float(f64),
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a word or a list of words")]
        enum Said {
            One(Word),
            Several(Vec<Word>),
        }
        let word = |word: Word| match word {
            Word::Text(text) => text.trim().to_lowercase(),
            Word::Whole(number) => number.to_string(),
            Word::Flag(flag) => flag.to_string(),
            Word::Float(number) => number.to_string(),
        };
        Ok(Self(match Said::deserialize(deserializer)? {
            Said::One(one) => vec![word(one)],
            Said::Several(words) => words.into_iter().map(word).collect(),
        }))
    }
}

/// What is done with rows of an order that say the same of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// They are one line told more than once.
    #[default]
    Drop,
    /// Each is a piece, as tills write them.
    Keep,
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
/// | `service_codes` | `SHIPPING`, `POSTAGE`, `DISCOUNT`, unless the catalogue has them | item ids that are no items, upper or lower case | any ids |
/// | `cancellation_prefix` | none | an order id of this and digits only is a cancellation, unless half of all are | empty: no such rule |
/// | `guest_ids` | `0`, `-1`, `guest` and the like | ids of customers that stand for nobody | any ids |
/// | `duplicates` | `drop` | what is done with rows of an order that say the same | `drop`, `keep` |
/// | `max_quantity` | 1000 | a line of more counts as one unit | above 0 |
/// | `earliest` | 1995-01-01 | orders before it are mistakes | any date |
/// | `unknown_item` | `keep` | what is done with items outside the catalogue | `keep`, `drop` |
/// | `households` | none | what the shop's own words for a household mean | `single`, `couple`, `family`, `unknown` |
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Item ids that are postage, fees, discounts and corrections; compared without regard to case. Default: those of
    /// the profile, else `SHIPPING`, `POSTAGE` and `DISCOUNT`.
    pub service_codes: Option<Vec<String>>,
    /// An order whose id is this and then only digits takes a purchase back. Default: that of the profile, else none.
    pub cancellation_prefix: Option<String>,
    /// Ids of customers that stand for nobody, beside `nan`, `null`, `(not set)` and the like.
    pub guest_ids: Vec<String>,
    /// What is done with rows of an order that say the same.
    pub duplicates: Duplicates,
    /// A line of more than this is a weight or a volume in small units: it counts as one.
    pub max_quantity: f64,
    /// Orders before this instant are mistakes.
    #[serde(deserialize_with = "instant")]
    pub earliest: Timestamp,
    /// Whether nobody asked for the service codes, so that what the catalogue has is an item all the same.
    #[serde(skip)]
    pub(crate) are_codes_guessed: bool,
    /// What is done with items outside the catalogue.
    pub unknown_item: UnknownItem,
    /// From the words of `customers.household` to what they mean, beside the names of the kinds themselves.
    pub households: BTreeMap<String, HouseholdKind>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            service_codes: None,
            cancellation_prefix: None,
            are_codes_guessed: false,
            guest_ids: nobody(),
            duplicates: Duplicates::Drop,
            max_quantity: 1000.0,
            earliest: Timestamp::from_micros(788_918_400_000_000),
            unknown_item: UnknownItem::Keep,
            households: BTreeMap::new(),
        }
    }
}

/// Item ids that are no items anywhere, unless a catalogue has them.
pub(crate) const SERVICE_CODES: [&str; 3] = ["SHIPPING", "POSTAGE", "DISCOUNT"];

/// The rules of a profile, which hold where the settings say nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProfileRules {
    service_codes: Option<Vec<String>>,
    cancellation_prefix: Option<String>,
}

impl Rules {
    /// The same rules with what a profile says where these say nothing.
    pub(crate) fn with(&self, profile: &ProfileRules, is_asked_for: bool) -> Self {
        Self {
            are_codes_guessed: self.service_codes.is_none() && !is_asked_for,
            service_codes: self.service_codes.clone().or_else(|| profile.service_codes.clone()),
            cancellation_prefix: self
                .cancellation_prefix
                .clone()
                .or_else(|| profile.cancellation_prefix.clone()),
            ..self.clone()
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

fn profile<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = || profile_names().chain([NONE]);
    if known().any(|known| known == name) {
        return Ok(Some(name));
    }
    let known: Vec<String> = known().map(|known| format!("`{known}`")).collect();
    Err(serde::de::Error::custom(format!("`{name}` is not a profile: expected one of {}", known.join(", "))))
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
