//! What a report should say in words: a rule that takes much, tables that do not meet, a night that leaves nothing.
//!
//! Counts alone are not read. Each sentence says what was found and which key to set.

use std::collections::{BTreeMap, HashSet};

use erbij_core::{Baskets, CustomerIdx, Events, StrColumn, Timestamp};

use crate::intern::{Interner, MISSING};
use crate::names::normalise;
use crate::reason::Reason;
use crate::report::{IngestReport, TableReport};

/// What takes more than this share of a table's rows is told.
const MUCH: f64 = 0.2;
/// A share of this is enough to doubt that orders have ids of their own.
const SOME: f64 = 0.05;
/// Fewer rows than these say nothing.
const FEW: u64 = 5;
/// An export whose newest order is older is probably not the newest one.
const STALE_DAYS: i64 = 60;
/// The last order is alone where the one before it is older by so many days.
const ALONE_DAYS: i64 = 30;
/// Fewer orders than these say nothing of time.
const MANY: usize = 50;
/// Fewer items that are called alike say nothing.
const ALIKE: usize = 10;
/// How many ids that are not in the catalogue are held against it.
const MOST_COMPARED: usize = 10_000;

/// Rows of the orders that say something of how they were read, beside what the report counts.
pub(crate) struct OrderSigns {
    /// Rows that lie more than a week from the first row of their order.
    pub(crate) n_far_apart: u64,
}

/// Adds all sentences.
pub(crate) fn add(
    report: &mut IngestReport,
    baskets: &Baskets,
    events: &Events,
    now: Timestamp,
    signs: &OrderSigns,
) {
    for (name, table) in &mut report.tables {
        let told: Vec<String> = of_rules(name, table).collect();
        table.hints.extend(told);
    }
    if let Some(orders) = report.tables.get_mut("orders") {
        let told: Vec<String> = [
            of_order_ids(orders, signs),
            of_customers(orders),
            of_prices(orders),
            of_discounts(orders),
            of_states(orders),
            of_refunds(orders),
        ]
        .into_iter()
        .flatten()
        .chain(of_time(baskets, now))
        .collect();
        orders.hints.extend(told);
    }
    of_people(report, baskets, events);
}

/// Reasons that took much of a table.
fn of_rules<'a>(name: &'a str, table: &'a TableReport) -> impl Iterator<Item = String> + 'a {
    let much = |count: u64| FEW <= count && MUCH * (table.rows_read as f64) < count as f64;
    Reason::ALL.into_iter().filter_map(move |reason| {
        let counts = [&table.dropped, &table.noted].into_iter().find_map(|counts| counts.get(reason.name()));
        let count = counts.copied().filter(|&count| much(count))?;
        let what_to_do = what_to_do(reason, name)?;
        let share = 100.0 * count as f64 / table.rows_read.max(1) as f64;
        Some(format!("{share:.0} % of the rows are `{}`: {what_to_do}", reason.name()))
    })
}

fn what_to_do(reason: Reason, table: &str) -> Option<String> {
    Some(match reason {
        Reason::DuplicateLine => "if each row is one piece, write [rules] duplicates = \"keep\"; if order ids are reused, write [tables.orders] order_of = [\"order_id\", \"ordered_on\"]".to_owned(),
        Reason::DuplicateId => format!("the id may be in another column: [tables.{table}.columns]"),
        Reason::MissingOrderId => "if orders have no id, write [tables.orders] order_of = [\"customer_id\", \"ordered_on\"]".to_owned(),
        Reason::MissingItemId | Reason::MissingCustomerId | Reason::MissingEventName | Reason::MissingVisitor => {
            format!("the value may be in another column: [tables.{table}.columns]")
        }
        Reason::MissingOrderedAt | Reason::MissingOccurredAt => format!("the date may be in another column: [tables.{table}.columns]"),
        Reason::ServiceCode => "rules.service_codes may hold ids of real items".to_owned(),
        Reason::UnknownEvent => "map the column that says what was done: [tables.events.columns] event_name".to_owned(),
        Reason::ImplausibleDate => "the dates may be in another unit or format; otherwise set rules.earliest".to_owned(),
        Reason::FutureDate => "set --now, or the time zone of the instants".to_owned(),
        Reason::ZeroQuantity => "the quantity may be in another column: [tables.orders.columns] quantity".to_owned(),
        Reason::NegativePrice => "the price may be in another column: [tables.orders.columns] price".to_owned(),
        Reason::Cancelled => "the states may mean something else: [tables.orders.columns] is_cancelled = { column = \"…\", yes = [\"…\"], no = [\"…\"] }".to_owned(),
        Reason::Cancellation | Reason::ReturnedInFull => "quantities below 0, is_cancellation, returned_quantity or rules.cancellation_prefix may mean something else".to_owned(),
        Reason::LeftOut => format!("check `only` and `not` in [tables.{table}]"),
        Reason::ZeroPrice => "the price may be in another column: [tables.orders.columns] price".to_owned(),
        Reason::OtherCurrency => "set currency in erbij.toml to that of the shop".to_owned(),
        Reason::AbsurdQuantity => "set rules.max_quantity, or map another column".to_owned(),
        Reason::NotShown => "check published, status, visibility and discontinued in [tables.items.columns]".to_owned(),
        Reason::MissingTitle => "titles may be in another column or another file: [tables.items.columns] title, [[tables.items.join]]".to_owned(),
        Reason::UnreadStock => "set the meaning of the words: [tables.items.columns] availability = { column = \"…\", yes = [\"…\"], no = [\"…\"] }".to_owned(),
        _ => return None,
    })
}

/// Receipts that are numbered anew each day or in each store.
fn of_order_ids(orders: &TableReport, signs: &OrderSigns) -> Option<String> {
    let rows = orders.rows_read.max(1) as f64;
    let n_two = orders.noted.get(Reason::OrderWithTwoCustomers.name()).copied().unwrap_or_default();
    let is_much = |count: u64| FEW <= count && SOME * rows < count as f64;
    (is_much(n_two) || is_much(signs.n_far_apart)).then(|| {
        format!(
            "{n_two} rows are of orders with several customers, and {} rows are more than a week from others of their order: order ids seem to be reused; say what makes one order: [tables.orders] order_of = [\"order_id\", \"ordered_on\"], or order_id = [\"store\", \"number\"]",
            signs.n_far_apart
        )
    })
}

fn of_customers(orders: &TableReport) -> Option<String> {
    let unread = unread(
        orders,
        &["customer", "client", "klant", "member", "user", "buyer", "email", "card", "account"],
    );
    (FEW <= orders.rows_read && !orders.columns.contains_key("customer_id")).then(|| match unread {
        Some(column) => format!(
            "no column says who ordered, so all customers are guests; if `{column}` does, write [tables.orders.columns] customer_id = \"{column}\""
        ),
        None => "no column says who ordered, so all customers are guests: lists for pages can be made, personal lists cannot".to_owned(),
    })
}

fn of_prices(orders: &TableReport) -> Option<String> {
    if orders.columns.contains_key("price") || orders.rows_read < FEW {
        return None;
    }
    let unread = unread(
        orders,
        &["price", "amount", "total", "revenue", "sales", "netwr", "prijs", "bedrag", "omzet", "cost"],
    )?;
    Some(format!(
        "no column holds the price of a piece; `{unread}` may be that, or the price of the line: [tables.orders.columns] price = \"{unread}\" or price = {{ column = \"{unread}\", is = \"line_total\" }}"
    ))
}

/// A discount that nobody mapped may be off the price already, or not.
fn of_discounts(orders: &TableReport) -> Option<String> {
    let words = ["discount", "promotion", "korting", "rabatt", "remise"];
    let unread = named(orders, &words).find(|_| !orders.columns.contains_key("discount"))?;
    Some(format!(
        "`{unread}` is not subtracted from the prices; if prices are before discount, write [tables.orders.columns] discount = {{ column = \"{unread}\", is = \"amount\" }} (or `percent`, `share`)"
    ))
}

/// A state that nobody reads may say what was cancelled.
fn of_states(orders: &TableReport) -> Option<String> {
    let is_read = ["is_cancelled", "is_cancellation"].iter().any(|name| orders.columns.contains_key(*name));
    let unread = named(orders, &["status", "cancel", "refund", "reject"]).find(|_| !is_read)?;
    Some(format!(
        "no column says what was cancelled; if `{unread}` does, write [tables.orders.columns] is_cancelled = \"{unread}\""
    ))
}

/// An amount that was given back says nothing of how many pieces came back.
fn of_refunds(orders: &TableReport) -> Option<String> {
    if orders.columns.contains_key("returned_quantity") || orders.columns.contains_key("is_cancellation") {
        return None;
    }
    let is_amount = |column: &&String| {
        let name = normalise(column);
        ["amount", "total", "bedrag", "value"].iter().any(|word| name.contains(word))
    };
    let unread = named(orders, &["refund", "terugbetaal", "erstattet"]).find(is_amount)?;
    Some(format!(
        "`{unread}` is not read, so partial refunds stay in the revenue; map the number of pieces of a line that came back, [tables.orders.columns] returned_quantity, or give rows that take pieces back a quantity below 0"
    ))
}

/// The first unread column whose name holds one of these words, and that is no tax, discount, date or cost of sending.
fn unread<'a>(table: &'a TableReport, words: &[&str]) -> Option<&'a String> {
    let is_other = |column: &str| {
        let name = normalise(column);
        ["tax", "discount", "date", "ship"].iter().any(|word| name.contains(word))
    };
    named(table, words).find(|column| !is_other(column))
}

/// The unread columns whose names hold one of these words.
fn named<'a>(table: &'a TableReport, words: &[&str]) -> impl Iterator<Item = &'a String> {
    let holds = |column: &&String| {
        let name = normalise(column);
        words.iter().any(|word| name.contains(word))
    };
    table.ignored_columns.iter().filter(holds)
}

fn of_time(baskets: &Baskets, now: Timestamp) -> Vec<String> {
    let Some((_, last)) = baskets.window() else { return Vec::new() };
    let days = |from: Timestamp, to: Timestamp| i64::from(to.day().get()) - i64::from(from.day().get());
    let mut told = Vec::new();
    let age = days(last, now);
    if STALE_DAYS < age && MANY <= baskets.len() {
        told.push(format!(
            "the newest order is from {}, {age} days before now: check that this is the newest export, or set --now",
            baskets.day_of(last)
        ));
    }
    let before = (0..baskets.len()).map(|basket| baskets.ordered_at(basket)).filter(|&at| at < last).max();
    if let Some(before) = before.filter(|&before| ALONE_DAYS < days(before, last) && MANY <= baskets.len()) {
        told.push(format!(
            "the newest order is from {}, {} days after the one before it: a single late order shifts what counts as recent",
            baskets.day_of(last),
            days(before, last)
        ));
    }
    told
}

/// Tables that name other people than the orders do. Ids stay out of reports; their shape is told.
fn of_people(report: &mut IngestReport, baskets: &Baskets, events: &Events) {
    let has_order = |customer: u32| !baskets.of_customer(CustomerIdx::new(customer)).is_empty();
    let n_customers = baskets.n_customers();
    if let Some(table) = report.tables.get_mut("customers") {
        let n_without = (0..n_customers as u32).filter(|&customer| !has_order(customer)).count() as u64;
        let n_listed = table.rows_used;
        if FEW <= n_listed
            && (n_listed.saturating_sub(n_without) as f64) < MUCH * n_listed as f64
            && FEW <= n_without
        {
            table.hints.push(format!(
                "{} of {n_listed} customers have an order: check that both tables spell ids the same way",
                n_listed.saturating_sub(n_without)
            ));
        }
    }
    let of_events: HashSet<u32> = events
        .parts()
        .customers
        .iter()
        .map(|customer| customer.get())
        .filter(|&customer| (customer as usize) < n_customers)
        .collect();
    let n_met = of_events.iter().filter(|&&customer| has_order(customer)).count();
    if let Some(table) = report.tables.get_mut("events")
        && FEW <= of_events.len() as u64
        && (n_met as f64) < MUCH * of_events.len() as f64
        && !baskets.is_empty()
    {
        table.hints.push(format!(
            "{n_met} of {} customers of the events have an order: check that both tables spell ids the same way",
            of_events.len()
        ));
    }
}

/// Titles of which one stands for many items: a name of variants, or of something else. `groups` are what rows are variants
/// of. O(rows looked at).
pub(crate) fn of_titles(titles: &StrColumn, groups: &[u32]) -> Option<String> {
    let step = groups.len().div_ceil(MOST_COMPARED).max(1);
    let looked_at: HashSet<(&str, u32)> = (0..groups.len())
        .step_by(step)
        .filter(|&row| !titles.get(row).is_empty())
        // A row without a group is an item of its own.
        .map(|row| {
            (titles.get(row), if groups[row] == MISSING { MISSING - 1 - row as u32 } else { groups[row] })
        })
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    looked_at.iter().for_each(|(title, _)| *counts.entry(title).or_default() += 1);
    let (title, n) = counts.into_iter().max_by_key(|&(title, n)| (n, std::cmp::Reverse(title)))?;
    (ALIKE <= n && looked_at.len() < 2 * n).then(|| {
        format!(
            "{n} of {} items have the title `{title}`: the title may be in another column or another file: [tables.items.columns] title, [[tables.items.join]]",
            looked_at.len()
        )
    })
}

/// How ids that nothing else knows are written beside those that are known, where `n_unknown` of `n_rows` rows name one;
/// and whether they would meet if case, marks and leading zeros were left aside.
pub(crate) fn of_spelling(
    ids: &Interner,
    is_known: impl Fn(u32) -> bool,
    (n_unknown, n_rows): (u64, u64),
    (known_by, table): (&str, &str),
) -> Option<String> {
    if n_unknown < FEW || (n_unknown as f64) <= MUCH * n_rows as f64 {
        return None;
    }
    let all = || 0..ids.len() as u32;
    let spelled = |of: &mut dyn Iterator<Item = u32>| -> Vec<String> {
        of.take(2).map(|id| format!("`{}`", ids.id(id))).collect()
    };
    let unknown = spelled(&mut all().filter(|&id| !is_known(id)));
    let listed = spelled(&mut all().filter(|&id| is_known(id)));
    let known: HashSet<String> = all().filter(|&id| is_known(id)).map(|id| loose(&ids.id(id))).collect();
    let compared: Vec<u32> = all().filter(|&id| !is_known(id)).take(MOST_COMPARED).collect();
    let n_met = compared.iter().filter(|&&id| known.contains(&loose(&ids.id(id)))).count();
    let what_to_do = if compared.len() <= 2 * n_met {
        format!(
            "they match if case, punctuation and leading zeros are ignored: spell both the same way, or write in erbij.toml [tables.{table}.columns] … = {{ column = \"…\", leading_zeros = false }}"
        )
    } else {
        format!("the id may be in another column: [tables.{table}.columns]")
    };
    Some(format!(
        "{n_unknown} of {n_rows} rows name items that {known_by} does not have: they use ids such as {}, it uses {}; {what_to_do}",
        unknown.join(" and "),
        if listed.is_empty() { "nothing".to_owned() } else { listed.join(" and ") }
    ))
}

/// An id without what systems write differently.
fn loose(id: &str) -> String {
    let id = id.strip_suffix(".0").unwrap_or(id);
    let plain: String = id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let stripped = plain.trim_start_matches('0');
    if stripped.is_empty() { plain } else { stripped.to_owned() }
}

impl IngestReport {
    /// Why nothing can be learned from what was read, and what to do; none where something can.
    pub fn why_nothing_is_left(&self) -> Option<String> {
        if 0 < self.n_baskets {
            return None;
        }
        let orders = self.tables.get("orders")?;
        if orders.rows_read == 0 {
            return Some("the orders have no rows\nhint: check that the export is complete".to_owned());
        }
        let worst = orders.dropped.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name)));
        let (name, count) = worst.map_or(("no reason", 0), |(name, &count)| (*name, count));
        let reason =
            Reason::ALL.into_iter().find(|reason| reason.name() == name && orders.dropped.contains_key(name));
        let hint = reason.and_then(|reason| what_to_do(reason, "orders"));
        let hint = hint.unwrap_or_else(|| "run `erbij check` to see what became of every row".to_owned());
        Some(format!("no orders are left of {} rows: {count} are `{name}`\nhint: {hint}", orders.rows_read))
    }
}
