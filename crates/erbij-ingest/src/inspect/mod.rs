//! A look at a shop's tables before anything is read for good: what each column seems to mean, and why.
//!
//! ```text
//! sample: rows of all columns ─► profile: what each holds ─► draft: which column is which ─► orders, money, words
//!                                roles, dates: words, formats                                        │
//!                                                                                        Inspection ◄┘
//! ```
//!
//! Names that ingest recognises go first; then columns whose values meet ([`crate::matching`]); then words and types.
//! What is no more than likely is told as a guess. Nothing here changes how a table is read: what was found becomes
//! settings only when they are written down. The same files give the same inspection.

mod beside;
mod dates;
mod draft;
mod found;
mod lines;
mod meet;
mod money;
mod orders;
mod profile;
mod roles;
mod sample;
mod settings_text;
mod states;
mod zones;

use erbij_core::TimeZone;

use crate::matching;
use crate::names::{self, TableSpec};
use crate::profiles;
use crate::settings::DEFAULT_TIME_ZONE;
use crate::table::TableFiles;
use crate::{IngestError, Settings, Sources};

pub use beside::FoundJoin;
pub use found::{Finding, InspectedTable, Inspection, LeftOut, Said, Standing};
pub use profile::{ColumnProfile, Holds};
pub use roles::is_personal;

use draft::Draft;
use sample::Look;

/// Looks at the tables. O(rows of at most four row groups a table), beside ids of the whole catalogue where names leave
/// open which column has them.
///
/// ```no_run
/// use erbij_ingest::{Sources, inspect};
/// let sources = Sources { orders: "orders.csv".to_owned(), ..Sources::default() };
/// let found = inspect(&sources)?;
/// println!("prices are in {}", found.currency.value.code());
/// # Ok::<(), erbij_ingest::IngestError>(())
/// ```
pub fn inspect(sources: &Sources) -> Result<Inspection, IngestError> {
    let mut settings = Settings::default();
    let open =
        |spec: &'static TableSpec, source: &Option<String>| -> Result<Option<TableFiles>, IngestError> {
            source.as_deref().map(|source| TableFiles::open(spec, source, &Settings::default())).transpose()
        };
    let tables = [&sources.items, &sources.customers, &sources.events];
    let given: Vec<&str> = std::iter::once(sources.orders.as_str())
        .chain(tables.into_iter().flatten().map(String::as_str))
        .collect();
    let (of_orders, joins) = beside::open(&names::ORDERS, &sources.orders, &given, &mut settings)?;
    let (of_items, joins_of_items) = match &sources.items {
        Some(source) => {
            let (files, joins) = beside::open(&names::ITEMS, source, &given, &mut settings)?;
            (Some(files), joins)
        }
        None => (None, Vec::new()),
    };
    let look =
        |spec: &'static TableSpec, files: &TableFiles, settings: &Settings| Look::at(spec, files, settings);
    let mut orders = look(&names::ORDERS, &of_orders, &settings)?;
    let mut items = of_items.as_ref().map(|files| look(&names::ITEMS, files, &settings)).transpose()?;
    let profile = profiles::known_by_columns("orders", &orders.names);
    let mut by_values = None;
    let is_named = !orders.missing.contains(&"item_id")
        && items.as_ref().is_none_or(|items| !items.missing.contains(&"id"));
    if is_named {
        let tables = (&orders.table, items.as_ref().map(|items| &items.table));
        let with = orders.with_places(&settings);
        if let Some(mut matched) = matching::choose(tables, (&of_orders, of_items.as_ref()), &with)? {
            orders.without_places(&settings, &mut matched.settings);
            settings = matched.settings;
            by_values = matched.hints.into_iter().next();
            orders = look(&names::ORDERS, &of_orders, &settings)?;
            items = of_items.as_ref().map(|files| look(&names::ITEMS, files, &settings)).transpose()?;
        }
    }
    let mut orders = Draft::new(&names::ORDERS, orders);
    let mut items = items.map(|items| Draft::new(&names::ITEMS, items));
    if let Some(why) = by_values {
        orders.because("item_id", why);
    }
    meet::find_items(&mut orders, items.as_mut());
    orders.find_by_words();
    items.iter_mut().for_each(Draft::find_by_words);
    let mut others = Vec::new();
    for (spec, source) in [(&names::CUSTOMERS, &sources.customers), (&names::EVENTS, &sources.events)] {
        if let Some(files) = open(spec, source)? {
            let mut draft = Draft::new(spec, look(spec, &files, &settings)?);
            draft.find_by_words();
            others.push(draft);
        }
    }
    meet::spell_alike(&mut orders, items.as_mut(), &mut others);
    let currency = money::currency(&orders, items.as_ref());
    let order_of = orders::settle(&mut orders);
    money::settle(&mut orders, items.as_mut(), currency.value);
    let left_out = states::settle(&mut orders);
    let keeps_duplicates = orders::keeps_duplicates(&orders);
    let timezone = timezone(&mut orders);
    items.iter_mut().chain(&mut others).for_each(|draft| {
        orders::settle_instants(draft);
        states::check_words(draft);
    });
    states::check_words(&mut orders);
    let mut tables = vec![orders.inspected(left_out, order_of)];
    tables.extend(items.into_iter().chain(others).map(|draft| draft.inspected(Vec::new(), None)));
    for (name, joins) in [("orders", joins), ("items", joins_of_items)] {
        tables.iter_mut().filter(|table| table.name == name).for_each(|table| table.joins.clone_from(&joins));
    }
    Ok(Inspection { currency, timezone, profile, keeps_duplicates, tables })
}

fn timezone(orders: &mut Draft) -> Said<TimeZone> {
    if let Some(zone) = orders.look.table.time_zone("ordered_at") {
        let why = "the column of the instants names it".to_owned();
        return Said { value: zone.clone(), standing: Standing::Sure, why };
    }
    if let Some(said) = zones::of_column(orders) {
        return said;
    }
    let value = TimeZone::named(DEFAULT_TIME_ZONE).expect("it is in the database");
    let why = "the files name no time zone; if they hold the shop's local time, write \"UTC\" to keep days as they are written";
    Said { value, standing: Standing::Guess, why: why.to_owned() }
}
