//! What is settled of orders beside their columns: how instants are written, what an order is, whether equal rows count.

use super::dates;
use super::draft::Draft;
use super::found::{Said, Standing};
use super::lines::{self, Rows};
use super::profile::{Holds, number};
use crate::Meaning;
use crate::names::Kind;
use crate::names::normalise;
use crate::settings::OrderOf;

/// Words of columns that hold times of the day of an order.
const TIME_WORDS: [&str; 6] = ["time", "tijd", "zeit", "uur", "uhr", "heure"];

/// Settles how instants are written, and says what an order is where its id does not.
pub(super) fn settle(orders: &mut Draft) -> Option<Said<Vec<OrderOf>>> {
    settle_instants(orders);
    let has_customers = orders.there("customer_id").is_some();
    // Days alone do not part the orders of people whom nobody knows.
    let are_days = orders.profile("ordered_at").is_none_or(|found| found.holds == Holds::Dates);
    let has_times =
        orders.findings["ordered_at"].meaning.as_ref().is_some_and(|meaning| 1 < meaning.columns.len());
    let is_made = has_customers || !are_days || has_times;
    if orders.there("order_id").is_none() && orders.there("ordered_at").is_some() && is_made {
        let (value, alike) = match has_customers {
            true => (
                vec![OrderOf::CustomerId, OrderOf::OrderedOn],
                "what a customer bought on one day is one order",
            ),
            false => (vec![OrderOf::OrderedAt], "what was bought at one moment is one order"),
        };
        let why = format!("no column says which rows are one order: {alike}");
        return Some(Said { value, standing: Standing::Guess, why });
    }
    // Of several columns one alone tells nothing of what rows hang together.
    orders.findings["order_id"].meaning.as_ref().filter(|meaning| meaning.columns.len() == 1)?;
    let (value, why) = rows(orders).order_of()?;
    Some(Said { value, standing: Standing::Guess, why })
}

/// The columns that say how orders hang together.
pub(super) fn rows(orders: &Draft) -> Rows<'_> {
    let finding = &orders.findings["ordered_at"];
    let meaning = finding.meaning.as_ref().filter(|_| finding.is_read());
    // Of a date and a time that stand apart the date alone is looked at.
    let format = meaning.and_then(|meaning| {
        let format = meaning.format.as_deref()?;
        Some(if 1 < meaning.columns.len() { format.split(' ').next().unwrap_or(format) } else { format })
    });
    Rows {
        orders: orders.cells("order_id"),
        customers: orders.cells("customer_id"),
        items: orders.cells("item_id"),
        days: dates::days(orders.cells("ordered_at"), format),
        quantities: numbers(orders.cells("quantity"), orders.look.sample.n_rows),
    }
}

/// The numbers of a column; one where there is no such column.
pub(super) fn numbers(cells: &[Option<String>], n_rows: usize) -> Vec<f64> {
    if cells.is_empty() {
        return vec![1.0; n_rows];
    }
    cells.iter().map(|cell| cell.as_deref().and_then(number).unwrap_or(f64::NAN)).collect()
}

/// Why rows of an order that say the same are pieces, where they are.
pub(super) fn keeps_duplicates(orders: &Draft) -> Option<String> {
    if orders.there("quantity").is_some() || orders.there("line_id").is_some() {
        return None;
    }
    let prices = numbers(orders.cells("price"), orders.look.sample.n_rows);
    let (n_alike, are_even) = rows(orders).n_alike(&prices);
    let n_rows = orders.look.sample.n_rows;
    (lines::are_many(n_alike, n_rows) && !are_even).then(|| {
        format!("no column holds a quantity, and {n_alike} of {n_rows} rows repeat another row of their order: each row is one piece")
    })
}

/// Settles how the instants of a table are written, and whether a date and its time stand apart.
pub(super) fn settle_instants(draft: &mut Draft) {
    let instants = draft.spec.columns.iter().filter(|column| column.kind == Kind::Instant);
    for name in instants.map(|column| column.name).collect::<Vec<_>>() {
        take_date_for_time(draft, name);
        settle_format(draft, name);
        if matches!(name, "ordered_at" | "occurred_at") {
            add_time(draft, name);
        }
    }
}

/// A column that is called `time` may hold no more than that.
fn take_date_for_time(draft: &mut Draft, name: &str) {
    if draft.profile(name).is_none_or(|found| found.holds != Holds::Times) {
        return;
    }
    let date =
        draft.free().into_iter().find(|found| found.holds == Holds::Dates).map(|found| found.name.clone());
    if let Some(date) = date {
        draft.take(name, &date, Standing::Guess);
    }
}

fn settle_format(draft: &mut Draft, name: &str) {
    let Some(there) = draft.there(name).map(str::to_owned) else { return };
    let finding = &draft.findings[name];
    if finding.meaning.as_ref().is_none_or(|meaning| meaning.format.is_some() || meaning.columns.len() != 1) {
        return;
    }
    let cells = draft.look.cells(&there);
    let values = || cells.iter().flatten().map(String::as_str);
    if values().take(100).all(dates::is_instant) {
        return;
    }
    let Some(found) = dates::format_of(&mut values()) else {
        let example = draft.columns[&there].example.clone();
        if !draft.columns[&there].is_moment() {
            draft.because(
                name,
                format!("`{example}` is not an instant in a known format; set format = \"…\""),
            );
        }
        return;
    };
    let by_order = dates::by_order(&found, &values().collect::<Vec<_>>());
    let chosen = match (&found.or, &by_order) {
        (None, _) => found.format.clone(),
        (Some(_), Some(format)) => format.clone(),
        // Nothing tells, and the month goes first in most exports that are written so.
        (Some(_), None) => {
            if found.format.starts_with("%m") {
                found.format.clone()
            } else {
                dates::swapped(&found.format)
            }
        }
    };
    let reads = |format: &str| if format.starts_with("%m") { "month first" } else { "day first" };
    let finding = draft.finding(name);
    let meaning = finding.meaning.get_or_insert_default();
    if found.or.is_some() {
        let other = Meaning { format: Some(dates::swapped(&chosen)), ..meaning.clone() };
        finding.standing = Standing::Guess;
        finding.why.push(match by_order {
            Some(_) => {
                format!("{}: no number is above 12, but only this puts the rows in order", reads(&chosen))
            }
            None => format!(
                "{}: no number is above 12, so this is a guess; if it is wrong, write the line below",
                reads(&chosen)
            ),
        });
        finding.or = Some(other);
    } else if chosen.starts_with("%d")
        || chosen.starts_with("%m/")
        || chosen.starts_with("%m-")
        || chosen.starts_with("%m.")
    {
        let second = if chosen.starts_with("%m") { "second" } else { "first" };
        finding.why.push(format!("{}: a {second} number is above 12", reads(&chosen)));
    }
    finding.meaning.get_or_insert_default().format = Some(chosen);
}

/// A day alone may have its time in a column beside it.
fn add_time(draft: &mut Draft, name: &str) {
    let Some(found) = draft.profile(name) else { return };
    let is_day = found.holds == Holds::Dates;
    let first = found.example.clone();
    let meaning = draft.findings[name].meaning.clone().unwrap_or_default();
    let is_broken = meaning.format.as_ref().is_some_and(|format| format.contains(' '));
    if !is_day || meaning.columns.len() != 1 || is_broken {
        return;
    }
    let has_word = |name: &str| TIME_WORDS.iter().any(|word| normalise(name).contains(word));
    let times: Vec<String> = (draft.free().iter())
        .filter(|found| found.holds == Holds::Times && found.share_empty() < 0.5)
        .map(|found| found.name.clone())
        .collect();
    let Some(time) = times.iter().find(|name| has_word(name)).or(times.first()) else { return };
    let cells = draft.look.cells(time);
    let values = || cells.iter().flatten().map(String::as_str);
    let is_plain = values()
        .all(|text| text.len() == 5 || text.len() == 8 || text.len() > 8 && text.as_bytes()[8] == b'.');
    let is_iso = meaning.format.is_none() && first.len() >= 10;
    let format = match is_iso && is_plain && values().all(|text| !text.ends_with(|c: char| c.is_alphabetic()))
    {
        true => None,
        false => {
            let date = meaning.format.as_deref().unwrap_or("%Y-%m-%d");
            Some(format!("{date}{}", dates::time_format(values())))
        }
    };
    let time = time.clone();
    let finding = draft.finding(name);
    let meaning = finding.meaning.get_or_insert_default();
    meaning.columns.push(time);
    meaning.format = format;
    if let (Some(or), Some(format)) = (&mut finding.or, &meaning.format) {
        or.columns = meaning.columns.clone();
        or.format = Some(dates::swapped(format));
    }
    finding.why.push("date and time are in separate columns".to_owned());
}
