//! Money: in which currency, of a piece or of a line, in cents or not, less which discount.

use std::collections::BTreeMap;

use erbij_core::Currency;

use super::draft::Draft;
use super::found::{Said, Standing};
use super::lines::{self, median};
use super::orders::{numbers, rows};
use super::profile::{ColumnProfile, priced};
use super::roles;
use crate::meaning::{AmountOf, Meaning, Unit};
use crate::names::normalise;
use crate::values::currency_named;

/// Which share of the rows must name a currency before it is the shop's.
const DOMINANT: f64 = 0.5;
/// A middle price of so many whole units makes one think of cents.
const LIKE_CENTS: f64 = 500.0;
/// Names of amounts that are of a line rather than of a piece.
const TOTALS: [&str; 14] = [
    "total", "totaal", "amount", "revenue", "sales", "bedrag", "omzet", "subtotal", "extended", "betrag",
    "umsatz", "gesamt", "montant", "netwr",
];

/// The currency of all prices: what a column says, or what stands beside the prices.
pub(super) fn currency(orders: &Draft, items: Option<&Draft>) -> Said<Currency> {
    let tables = || std::iter::once(orders).chain(items);
    for draft in tables() {
        let texts = draft.cells("currency").iter().flatten();
        let named = texts.map(|text| currency_named(text, Currency::EUR));
        if let Some((value, n, all)) = dominant(named) {
            let column = draft.there("currency").unwrap_or_default();
            let why = format!("{n} of {all} rows of {} that name one, in `{column}`", draft.spec.name);
            return Said { value, standing: Standing::Sure, why };
        }
    }
    for draft in tables() {
        let texts = draft.cells("price").iter().flatten();
        let beside = texts.filter_map(|text| priced(text)?.1).map(Some);
        if let Some((value, n, all)) = dominant(beside) {
            let column = draft.there("price").unwrap_or_default();
            let why =
                format!("{n} of {all} prices with a sign or code, in `{column}` of {}", draft.spec.name);
            return Said { value, standing: Standing::Sure, why };
        }
    }
    let why = "no column and no price says which".to_owned();
    Said { value: Currency::EUR, standing: Standing::Guess, why }
}

fn dominant(named: impl Iterator<Item = Option<Currency>>) -> Option<(Currency, usize, usize)> {
    let mut counts: BTreeMap<String, (usize, Currency)> = BTreeMap::new();
    let mut all = 0;
    for currency in named {
        all += 1;
        if let Some(currency) = currency {
            counts.entry(currency.code().to_owned()).or_insert((0, currency)).0 += 1;
        }
    }
    let (_, &(n, currency)) =
        counts.iter().max_by_key(|(code, (n, _))| (*n, std::cmp::Reverse((*code).clone())))?;
    (DOMINANT * all as f64 <= n as f64).then_some((currency, n, all))
}

/// Settles what the prices of orders and catalogue mean.
pub(super) fn settle(orders: &mut Draft, items: Option<&mut Draft>, currency: Currency) {
    leave_totals_of_orders(orders);
    settle_amount(orders);
    settle_discount(orders);
    if 0 < currency.minor_digits() {
        settle_cents(orders, items);
    }
}

/// An amount that is the same on every line of an order is the order's: another column must be the line's.
fn leave_totals_of_orders(orders: &mut Draft) {
    let n_rows = orders.look.sample.n_rows;
    loop {
        let Some(there) = orders.there("price").map(str::to_owned) else { return };
        let is_guess = orders.findings["price"].standing == Standing::Guess;
        let amounts = numbers(orders.look.cells(&there), n_rows);
        if !is_guess || !rows(orders).is_of_order(&amounts) {
            return;
        }
        let column = orders.spec.columns.iter().find(|column| column.name == "price").expect("it has one");
        let fits = |found: &&ColumnProfile| roles::fit("orders", column, found).is_some();
        let rows = rows(orders);
        let next = orders
            .free()
            .into_iter()
            .filter(fits)
            .find(|found| !rows.is_of_order(&numbers(orders.look.cells(&found.name), n_rows)));
        let next = next.map(|found| found.name.clone());
        let finding = orders.finding("price");
        finding.why = vec![format!("`{there}` is the same on all lines of an order: what the order costs")];
        match next {
            Some(next) => orders.take("price", &next, Standing::Guess),
            None => {
                finding.standing = Standing::NotFound;
                finding.meaning = None;
            }
        }
    }
}

fn settle_amount(orders: &mut Draft) {
    let Some(there) = orders.there("price").map(str::to_owned) else { return };
    let is_said = orders.findings["price"].meaning.as_ref().is_some_and(|meaning| meaning.is.is_some());
    let has_quantities = orders.there("quantity").is_some();
    if is_said || !has_quantities {
        return;
    }
    let prices = numbers(orders.look.cells(&there), orders.look.sample.n_rows);
    let name = normalise(&there);
    let (is_of_line, why) = match rows(orders).is_of_line(&prices) {
        Some(true) => (true, "it grows with the quantity: what the line costs"),
        Some(false) => (false, "it is the same whatever the quantity: what a piece costs"),
        None if TOTALS.iter().any(|word| name.contains(word)) => {
            (true, "by its name what the line costs; no item was bought in different quantities")
        }
        None => return,
    };
    let finding = orders.finding("price");
    finding.why.push(why.to_owned());
    if is_of_line {
        finding.meaning.get_or_insert_default().is = Some(AmountOf::LineTotal);
    }
}

fn settle_discount(orders: &mut Draft) {
    let Some(there) = orders.there("discount").map(str::to_owned) else { return };
    let n_rows = orders.look.sample.n_rows;
    let prices = numbers(orders.cells("price"), n_rows);
    let discounts = numbers(orders.look.cells(&there), n_rows);
    let is_said = orders.findings["discount"].meaning.as_ref().is_some_and(|meaning| meaning.is.is_some());
    if is_said || orders.there("price").is_none() {
        return;
    }
    let is = lines::discount_is(&there, &discounts, &prices);
    let is_of_line = is_of_line(orders);
    let is_before = rows(orders).is_before_discount(&prices, &discounts, (is, is_of_line));
    let is_listed = orders.there("price").is_some_and(|name| normalise(name).contains("list"));
    let finding = orders.finding("discount");
    finding.meaning.get_or_insert_default().is = Some(is);
    finding.why.push(
        match is {
            AmountOf::Share => "none is above 1, so it is a share of the price",
            AmountOf::Percent => "by their size, a percentage",
            _ => "by their size, an amount off the line",
        }
        .to_owned(),
    );
    let (standing, why) = match is_before {
        Some(true) => {
            (Standing::Guess, "prices are steadier after subtracting it, so it is not subtracted yet")
        }
        None if is_listed => (Standing::Guess, "the price is a list price, so it is not subtracted yet"),
        Some(false) => {
            (Standing::Proposal, "prices are steadier after adding it back, so it is already subtracted")
        }
        None => (Standing::Proposal, "nothing shows whether it is already subtracted from the price"),
    };
    finding.standing = standing;
    finding.why.push(why.to_owned());
}

fn is_of_line(draft: &Draft) -> bool {
    draft.findings["price"].meaning.as_ref().is_some_and(|meaning| meaning.is == Some(AmountOf::LineTotal))
}

/// Prices of one piece by item, and the middle one of all.
struct Seen {
    by_item: BTreeMap<String, f64>,
    middle: f64,
    are_whole: bool,
}

fn seen(draft: &Draft, id: &str) -> Option<Seen> {
    let there = draft.there("price")?;
    let cells = draft.look.cells(there);
    let prices = numbers(cells, draft.look.sample.n_rows);
    let quantities = numbers(draft.cells("quantity"), draft.look.sample.n_rows);
    let is_of_line = is_of_line(draft);
    let mut by_item = BTreeMap::new();
    for ((item, &price), &quantity) in draft.cells(id).iter().zip(&prices).zip(&quantities) {
        if let Some(item) = item.as_ref().filter(|_| 0.0 < price) {
            let pieces = if is_of_line && 0.0 < quantity { quantity } else { 1.0 };
            by_item.entry(item.clone()).or_insert(price / pieces);
        }
    }
    let are_whole = prices.iter().filter(|price| price.is_finite()).all(|price| price.fract() == 0.0);
    Some(Seen { by_item, middle: median(prices.iter().copied())?, are_whole })
}

fn settle_cents(orders: &mut Draft, mut items: Option<&mut Draft>) {
    let of_orders = seen(orders, "item_id");
    let of_items = items.as_ref().and_then(|items| seen(items, "id"));
    for draft in std::iter::once(&mut *orders).chain(items.as_deref_mut()) {
        let says = |name: &str| ["cent", "pence", "minor"].iter().any(|word| normalise(name).contains(word));
        if draft.there("price").is_some_and(says) {
            in_cents(draft, Standing::Guess, "its name says so");
        }
    }
    if let (Some(sold), Some(listed)) = (&of_orders, &of_items) {
        let ratios = sold.by_item.iter().filter_map(|(item, price)| Some(price / listed.by_item.get(item)?));
        let ratio = median(ratios).unwrap_or(1.0);
        let items = items.as_deref_mut().filter(|_| (1.0 / 140.0..1.0 / 70.0).contains(&ratio));
        if (70.0..140.0).contains(&ratio) && sold.are_whole {
            return in_cents(orders, Standing::Guess, "whole, and a hundred times what the catalogue says");
        }
        if let Some(items) = items.filter(|_| listed.are_whole) {
            return in_cents(items, Standing::Guess, "whole, and a hundred times what is paid");
        }
    }
    let tables = [(Some(orders), of_orders), (items, of_items)];
    for (draft, seen) in tables {
        if let (Some(draft), Some(seen)) = (draft, seen)
            && seen.are_whole
            && LIKE_CENTS <= seen.middle
        {
            let why = format!(
                "all are whole numbers with a median of {}; if they are cents, write the line below",
                seen.middle
            );
            in_cents(draft, Standing::Proposal, &why);
        }
    }
}

/// Says that prices are cents, or only that they may be.
fn in_cents(draft: &mut Draft, standing: Standing, why: &str) {
    let finding = draft.finding("price");
    let meaning = finding.meaning.get_or_insert_default();
    if meaning.unit == Unit::Cents {
        return;
    }
    finding.why.push(why.to_owned());
    if standing == Standing::Proposal {
        finding.or = Some(Meaning { unit: Unit::Cents, ..meaning.clone() });
        return;
    }
    meaning.unit = Unit::Cents;
    finding.standing = standing;
}
