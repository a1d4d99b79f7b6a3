//! Layouts of known systems: what their columns mean and which of their habits are rules.
//!
//! A profile is a text like `erbij.toml`, with the columns by which its files are known. It is asked for by
//! `profile = "shopify"`, or taken where the columns of the first file say so, and told in either case. What the settings
//! say themselves wins over it, and what a file does not have it leaves alone.

use std::collections::BTreeMap;

use erbij_core::from_toml;
use serde::Deserialize;

use crate::elsewhere::Elsewhere;
use crate::meaning::Meaning;
use crate::names::normalise;
use crate::profile_texts::{NONE, PROFILES};
use crate::settings::{ProfileRules, Settings, TableSettings, Tables};

/// A layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    /// By table the columns that all its files have, each under one of several names, normalised.
    signature: BTreeMap<String, Vec<Vec<String>>>,
    #[serde(default)]
    rules: ProfileRules,
    #[serde(default)]
    tables: Tables,
    #[serde(default)]
    elsewhere: Vec<Elsewhere>,
}

/// What a profile makes of a table.
pub(crate) struct Profiled {
    pub(crate) settings: TableSettings,
    /// The rules of the layout, where it is one of orders.
    pub(crate) rules: ProfileRules,
    /// What is told of it.
    pub(crate) hint: Option<String>,
    /// What the layout keeps in other files than the table's.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

fn read(text: &str) -> Profile {
    from_toml(text).expect("profiles are read by a test")
}

/// The settings of a table whose first file has these columns.
pub(crate) fn of_table(table: &str, settings: &Settings, names: &[String]) -> Profiled {
    let own = settings.tables.get(table);
    let found = match settings.profile.as_deref() {
        Some(NONE) => None,
        Some(wanted) => PROFILES.into_iter().find(|(name, _)| *name == wanted),
        None => PROFILES.into_iter().find(|(_, text)| is_like(&read(text), table, names)),
    };
    let Some((name, text)) = found else {
        return Profiled {
            settings: own.clone(),
            rules: ProfileRules::default(),
            hint: None,
            elsewhere: Vec::new(),
        };
    };
    let profile = read(text);
    let how = if settings.profile.is_some() {
        "as `profile` asks"
    } else {
        "recognised by its columns; set `profile = \"none\"` to turn this off"
    };
    let has_table = profile.signature.contains_key(table);
    Profiled {
        settings: merged(own, profile.tables.get(table), names),
        rules: profile.rules,
        elsewhere: profile.elsewhere.into_iter().filter(|of| has_table && of.table == table).collect(),
        hint: has_table.then(|| format!("read as a table of `{name}`, {how}")),
    }
}

/// The layout that a table's columns say, where one does.
pub(crate) fn known_by_columns(table: &str, names: &[String]) -> Option<&'static str> {
    PROFILES.into_iter().find(|(_, text)| is_like(&read(text), table, names)).map(|(name, _)| name)
}

fn is_like(profile: &Profile, table: &str, names: &[String]) -> bool {
    let has = |any: &Vec<String>| names.iter().any(|name| any.contains(&normalise(name)));
    profile.signature.get(table).is_some_and(|signature| signature.iter().all(has))
}

/// What the settings say, and beside it what the profile says of columns that are there.
fn merged(own: &TableSettings, profile: &TableSettings, names: &[String]) -> TableSettings {
    // A column that has the name of a place in its own is meant where there is one such.
    let found = |wanted: &str| match wanted.strip_suffix('*') {
        None => names.iter().find(|name| normalise(name) == normalise(wanted)).cloned(),
        Some(begins) => {
            let mut all = names.iter().filter(|name| normalise(name).starts_with(&normalise(begins)));
            all.next().filter(|_| all.next().is_none()).cloned()
        }
    };
    let mut merged = own.clone();
    for (name, meaning) in &profile.columns {
        let columns: Vec<String> = meaning.columns.iter().filter_map(|column| found(column)).collect();
        let is_whole = meaning.first_of || columns.len() == meaning.columns.len();
        if !columns.is_empty() && is_whole && !merged.columns.contains_key(name) {
            merged.columns.insert(name.clone(), Meaning { columns, is_guess: true, ..meaning.clone() });
        }
    }
    for (of, into) in [(&profile.only, &mut merged.only), (&profile.not, &mut merged.not)] {
        for (column, words) in of {
            if let Some(column) = found(column) {
                into.entry(column).or_insert_with(|| words.clone());
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{ITEMS, ORDERS};

    #[test]
    fn every_profile_can_be_read_and_names_columns_of_the_contract() {
        for (name, text) in PROFILES {
            let profile: Profile = from_toml(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                profile.signature.keys().all(|table| ["orders", "items"].contains(&table.as_str())),
                "{name}"
            );
            for (table, spec) in [("orders", &ORDERS), ("items", &ITEMS)] {
                for column in profile.tables.get(table).columns.keys() {
                    assert!(spec.columns.iter().any(|known| known.name == column), "{name}: `{column}`");
                }
            }
            for of in &profile.elsewhere {
                let spec = if of.table == "orders" { &ORDERS } else { &ITEMS };
                assert!(
                    spec.columns.iter().any(|known| known.name == of.without),
                    "{name}: `{}`",
                    of.without
                );
                assert!(!of.join.is_empty(), "{name}");
            }
            for name in profile.signature.values().flatten().flatten() {
                assert_eq!(name, &normalise(name));
            }
        }
    }

    #[test]
    fn a_layout_is_known_by_its_columns_asked_for_or_switched_off() {
        let uci = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];
        for (settings, names, expected) in [
            ("", &uci[..], Some("recognised by its columns")),
            ("", &["order_id", "item_id", "ordered_at"], None),
            ("profile = 'none'", &uci, None),
            ("profile = 'uci'", &["order_id", "item_id", "ordered_at"], Some("as `profile` asks")),
        ] {
            let settings = Settings::from_toml(settings).expect("settings");
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let hint = of_table("orders", &settings, &names).hint;
            assert_eq!(
                hint.as_deref().map(|hint| expected.is_some_and(|part| hint.contains(part))),
                expected.map(|_| true)
            );
        }
    }

    #[test]
    fn what_the_settings_say_wins_and_what_is_absent_is_left_alone() {
        let settings = Settings::from_toml("[tables.orders.columns]\nprice = 'item-tax'").expect("settings");
        let names = ["amazon-order-id", "purchase-date", "sku", "item-price", "item-tax"].map(str::to_owned);
        let columns = of_table("orders", &settings, &names).settings.columns;
        assert_eq!(columns["price"], Meaning::column("item-tax"));
        assert_eq!(columns["order_id"].columns, ["amazon-order-id"]);
        assert!(!columns.contains_key("customer_id"));
    }
}
