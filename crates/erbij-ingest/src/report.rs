//! What became of every row, for machines as JSON and for people as a table.

use std::collections::BTreeMap;
use std::fmt;

use erbij_core::{Baskets, Catalogue, Currency, CustomerIdx, Events, Timestamp, Vocab, with_commas};
use serde::{Serialize, Serializer};

use crate::reason::{Effect, Reason, Tally};
use crate::table::Table;

/// A row that shows what a reason means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The file.
    pub file: String,
    /// The row in it, from 1.
    pub row: u64,
    /// What stands there.
    pub value: String,
}

/// What became of the rows of one table. `rows_read` is `rows_used` and all `dropped` together, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The files, in the order in which they were read.
    pub files: Vec<String>,
    /// All rows.
    pub rows_read: u64,
    /// The rows that count.
    pub rows_used: u64,
    /// The rows that do not, by the one reason of each.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Rows that count and are remarkable, by reason; a row may stand under several.
    pub noted: BTreeMap<&'static str, u64>,
    /// Up to three rows of each reason, the first ones.
    pub examples: BTreeMap<&'static str, Vec<Example>>,
    /// Name here to column there.
    pub columns: BTreeMap<String, String>,
    /// Columns that were not read.
    pub ignored_columns: Vec<String>,
    /// What should be known or done.
    pub hints: Vec<String>,
}

/// The first and the last instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first.
    #[serde(serialize_with = "instant")]
    pub from: Timestamp,
    /// The last.
    #[serde(serialize_with = "instant")]
    pub to: Timestamp,
}

/// What an ingest took in and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IngestReport {
    /// `orders`, and where given `items`, `customers` and `events`.
    pub tables: BTreeMap<String, TableReport>,
    /// Customers with a basket or an event, and those of the customers table.
    pub n_customers: u64,
    /// Items ordered or in the catalogue.
    pub n_items: u64,
    /// Orders of which something is left.
    pub n_baskets: u64,
    /// Those of nobody known.
    pub n_guest_baskets: u64,
    /// Events that count.
    pub n_events: u64,
    /// Who they were done by: browsers, and customers where no browser is known.
    pub n_visitors: u64,
    /// Cancellations that found less to take back than they say.
    pub cancellations_unmatched: u64,
    /// From the first basket to the last; none where there is no basket.
    pub window: Option<Window>,
    /// How many items were bought by somebody.
    pub n_items_sold: u64,
    /// How many pieces were bought, less what came back.
    pub n_units: f64,
    /// What all baskets cost together, in minor units.
    pub revenue_minor: i64,
    /// The currency of all amounts.
    pub currency: String,
    /// Which share of the used order lines names an item of the catalogue; none without one.
    pub share_in_catalogue: Option<f64>,
}

impl IngestReport {
    /// The tables, those that matter most first.
    fn tables_in_order(&self) -> impl Iterator<Item = (&'static str, &TableReport)> {
        let names = ["orders", "items", "customers", "events"];
        names.into_iter().filter_map(|name| Some((name, self.tables.get(name)?)))
    }

    /// Notes rows of the catalogue that name as what they belong to an id of no item.
    pub(crate) fn note_unknown_relations(&mut self, n_rows: u64, first: &str) {
        let Some(items) = self.tables.get_mut("items") else { return };
        *items.noted.entry(Reason::UnknownItemKept.name()).or_default() += n_rows;
        items.hints.push(format!(
            "{n_rows} rows name an id that is not an item, in a column such as `accessory_for`; the first is `{first}`"
        ));
    }

    /// Counts what came of it all.
    pub(crate) fn count(
        &mut self,
        baskets: &Baskets,
        customers: &Vocab<CustomerIdx>,
        catalogue: &Catalogue,
        events: &Events,
        n_items_sold: u64,
    ) {
        self.n_customers = customers.len() as u64;
        self.n_items = catalogue.len() as u64;
        self.n_baskets = baskets.len() as u64;
        self.n_guest_baskets = baskets.of_guests().len() as u64;
        self.n_events = events.len() as u64;
        self.n_visitors = events.n_visitors() as u64;
        let parts = baskets.parts();
        self.n_items_sold = n_items_sold;
        self.n_units = parts.quantities.iter().map(|&quantity| f64::from(quantity)).sum();
        self.revenue_minor =
            parts.amounts_minor.iter().fold(0, |sum: i64, &amount| sum.saturating_add(amount));
        self.currency = catalogue.currency().code().to_owned();
        let unknown = Reason::UnknownItemKept.name();
        self.share_in_catalogue = self.tables.contains_key("items").then_some(()).and_then(|()| {
            let orders = self.tables.get("orders").filter(|orders| 0 < orders.rows_used)?;
            let n_unknown = orders.noted.get(unknown).copied().unwrap_or_default();
            Some(1.0 - n_unknown as f64 / orders.rows_used as f64)
        });
        self.window = baskets.window().map(|(from, to)| Window { from, to });
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn instant<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// A report in a few lines: what was dropped and what is remarkable, without examples.
#[derive(Clone, Copy, Debug)]
pub struct BriefReport<'a>(&'a IngestReport);

impl IngestReport {
    /// The same in a few lines, for whoever goes on with what was read.
    pub fn brief(&self) -> BriefReport<'_> {
        BriefReport(self)
    }
}

impl fmt::Display for BriefReport<'_> {
    /// A line a table, one more for what was dropped and one for what counts in spite of something; then hints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in self.0.tables_in_order() {
            let (read, used) = (table.rows_read, table.rows_used);
            writeln!(
                f,
                "{name}: {} rows read, {} used ({:.1} %)",
                with_commas(read),
                with_commas(used),
                share(used, read)
            )?;
            let headings =
                [("dropped", Effect::Dropped, &table.dropped), ("used, but", Effect::Noted, &table.noted)];
            for (heading, effect, counts) in headings {
                let of_effect = Reason::ALL.into_iter().filter(|reason| reason.effect() == effect);
                let told: Vec<String> = of_effect
                    .filter_map(|reason| counts.get_key_value(reason.name()))
                    .map(|(name, &count)| format!("{name} {}", with_commas(count)))
                    .collect();
                if !told.is_empty() {
                    writeln!(f, "  {heading}: {}", told.join(", "))?;
                }
            }
            for hint in &table.hints {
                writeln!(f, "  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl TableReport {
    /// Makes the report of a table from what was counted. `described` tells what stands in a row.
    ///
    /// # Panics
    /// Where rows were lost without a reason: that would be a bug.
    pub(crate) fn new(table: &Table, tally: &Tally, n_used: u64, described: impl Fn(u64) -> String) -> Self {
        let mut report = Self {
            files: table.file_names(),
            rows_read: table.n_rows(),
            rows_used: n_used,
            columns: table.columns.clone(),
            ignored_columns: table.ignored.iter().cloned().collect(),
            hints: table.hints.iter().cloned().collect(),
            ..Self::default()
        };
        assert_eq!(
            report.rows_read,
            n_used + tally.dropped(),
            "table `{}`: every row is used or dropped for one reason",
            table.name()
        );
        for reason in Reason::ALL.into_iter().filter(|&reason| 0 < tally.count(reason)) {
            let counts = match reason.effect() {
                Effect::Dropped => &mut report.dropped,
                Effect::Noted => &mut report.noted,
            };
            counts.insert(reason.name(), tally.count(reason));
            let example = |&row: &u64| {
                let (file, row_in_file) = table.place(row);
                Example { file: file.to_owned(), row: row_in_file, value: described(row) }
            };
            report.examples.insert(reason.name(), tally.firsts(reason).iter().map(example).collect());
        }
        report
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

impl fmt::Display for IngestReport {
    /// A table for people: each reason with its rows, their share, what it means, and the first example.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in self.tables_in_order() {
            write_table(f, name, table)?;
            writeln!(f)?;
        }
        for (count, what) in [
            (self.n_baskets, "baskets"),
            (self.n_guest_baskets, "of them of guests"),
            (self.n_customers, "customers"),
            (self.n_items, "items"),
            (self.n_items_sold, "of them sold"),
            (self.n_units.round() as u64, "pieces"),
            (self.n_events, "events"),
            (self.n_visitors, "visitors"),
        ] {
            if count == 0 && !self.tables.contains_key("events") && ["events", "visitors"].contains(&what) {
                continue;
            }
            writeln!(f, "{:>13}  {what}", with_commas(count))?;
        }
        let mean = self.revenue_minor as f64 / self.n_baskets.max(1) as f64;
        writeln!(f, "{:>13}  {} revenue", self.major(self.revenue_minor as f64), self.currency)?;
        writeln!(f, "{:>13}  {} a basket", self.major(mean), self.currency)?;
        if let Some(share) = self.share_in_catalogue {
            writeln!(
                f,
                "{:>13}  of the order lines are in the catalogue",
                format!("{:.1} %", 100.0 * share)
            )?;
        }
        if let Some(window) = self.window {
            writeln!(f, "{:>13}  {} to {}", "", window.from, window.to)?;
        }
        Ok(())
    }
}

impl IngestReport {
    /// An amount as people read it: `1,234.50`.
    fn major(&self, minor: f64) -> String {
        let digits = Currency::parse(&self.currency).map_or(2, Currency::minor_digits);
        let unit = 10_u64.pow(digits);
        let minor = minor.max(0.0).round() as u64;
        match digits {
            0 => with_commas(minor),
            _ => format!("{}.{:0width$}", with_commas(minor / unit), minor % unit, width = digits as usize),
        }
    }
}

fn write_table(f: &mut fmt::Formatter<'_>, name: &str, table: &TableReport) -> fmt::Result {
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    writeln!(f, "{name}: {} file{}", table.files.len(), plural(table.files.len()))?;
    let row = |f: &mut fmt::Formatter<'_>, count: u64, word: &str, sentence: &str| {
        let share = share(count, table.rows_read);
        writeln!(
            f,
            "{}",
            format!("{:>13}  {share:>6.2} %  {word:<26}{sentence}", with_commas(count)).trim_end()
        )
    };
    row(f, table.rows_read, "rows read", "")?;
    row(f, table.rows_used, "rows used", "")?;
    for (heading, counts) in [("dropped", &table.dropped), ("used, but", &table.noted)] {
        if counts.is_empty() {
            continue;
        }
        writeln!(f, "  {heading}")?;
        for reason in Reason::ALL {
            let of_this = (reason.effect() == Effect::Dropped) == (heading == "dropped");
            let Some(&count) = counts.get(reason.name()).filter(|_| of_this) else { continue };
            row(f, count, reason.name(), reason.sentence())?;
            if let Some(example) = table.examples.get(reason.name()).and_then(|examples| examples.first()) {
                writeln!(f, "{:>13}    e.g. `{}` row {}: {}", "", example.file, example.row, example.value)?;
            }
        }
    }
    write_columns(f, table)?;
    for hint in &table.hints {
        writeln!(f, "  hint: {hint}")?;
    }
    Ok(())
}

/// Which columns were found, and which were left unread.
fn write_columns(f: &mut fmt::Formatter<'_>, table: &TableReport) -> fmt::Result {
    let read: Vec<String> = (table.columns.iter())
        .map(|(name, column)| if name == column { name.clone() } else { format!("{name} = {column}") })
        .collect();
    writeln!(f, "  columns: {}", read.join(", "))?;
    match table.ignored_columns.is_empty() {
        true => Ok(()),
        false => writeln!(f, "  unread: {}", table.ignored_columns.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_readable() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_469_307, "1,469,307")] {
            assert_eq!(with_commas(number), expected);
        }
    }
}
