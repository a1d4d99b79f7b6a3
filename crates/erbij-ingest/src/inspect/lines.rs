//! What the rows of orders say of themselves: whether ids are used anew, whether prices are of a piece or of a line,
//! whether rows that are alike are pieces.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::meaning::AmountOf;
use crate::settings::OrderOf;

/// A share of this is enough to doubt that orders have ids of their own, as in the hints of a report.
const SOME: f64 = 0.05;
/// Fewer rows than these say nothing.
const FEW: usize = 5;
/// An order that lasts longer is several.
const MOST_DAYS: i32 = 7;
/// So much steadier must the price of a piece be before a price is taken for that of the line.
const CLEARLY: f64 = 0.5;

/// The columns of orders that are looked at together, a value a row.
#[derive(Default)]
pub(super) struct Rows<'a> {
    pub(super) orders: &'a [Option<String>],
    pub(super) customers: &'a [Option<String>],
    pub(super) items: &'a [Option<String>],
    pub(super) days: Vec<Option<i32>>,
    pub(super) quantities: Vec<f64>,
}

impl Rows<'_> {
    fn at(cells: &[Option<String>], row: usize) -> Option<&str> {
        cells.get(row).and_then(Option::as_deref)
    }

    /// What an order is, where its id does not tell, and why that is doubted.
    pub(super) fn order_of(&self) -> Option<(Vec<OrderOf>, String)> {
        let by_id = |row: usize| Some((Self::at(self.orders, row)?, 0));
        let (n_far, n_two) = self.doubts(&by_id);
        let n_rows = self.orders.len();
        let is_much = |n: usize| FEW <= n && SOME * n_rows as f64 <= n as f64;
        if !is_much(n_far) && !is_much(n_two) {
            return None;
        }
        let by_day = |row: usize| Some((Self::at(self.orders, row)?, self.days.get(row).copied().flatten()?));
        let (_, n_still) = self.doubts(&by_day);
        let mut parts = vec![OrderOf::OrderId, OrderOf::OrderedOn];
        let n_guests = self.customers.iter().filter(|customer| customer.is_none()).count();
        if is_much(n_still) && n_guests == 0 {
            parts.push(OrderOf::CustomerId);
        }
        let why = format!(
            "order ids are reused: of {n_rows} rows looked at, {n_far} are more than a week from others of their id, and {n_two} have an id with two customers"
        );
        Some((parts, why))
    }

    /// Rows of orders that last too long, and of such as have two customers.
    fn doubts<'b>(&'b self, key: &dyn Fn(usize) -> Option<(&'b str, i32)>) -> (usize, usize) {
        struct Seen<'c> {
            n_rows: usize,
            days: Option<(i32, i32)>,
            customer: Option<&'c str>,
            has_two: bool,
        }
        let mut orders: BTreeMap<(&str, i32), Seen<'_>> = BTreeMap::new();
        for row in 0..self.orders.len() {
            let Some(key) = key(row) else { continue };
            let seen =
                orders.entry(key).or_insert(Seen { n_rows: 0, days: None, customer: None, has_two: false });
            seen.n_rows += 1;
            if let Some(day) = self.days.get(row).copied().flatten() {
                let (first, last) = seen.days.unwrap_or((day, day));
                seen.days = Some((first.min(day), last.max(day)));
            }
            if let Some(customer) = Self::at(self.customers, row) {
                seen.has_two |= seen.customer.is_some_and(|other| other != customer);
                seen.customer = Some(customer);
            }
        }
        let rows = |is: &dyn Fn(&Seen<'_>) -> bool| -> usize {
            orders.values().filter(|seen| is(seen)).map(|seen| seen.n_rows).sum()
        };
        let is_far = |seen: &Seen<'_>| seen.days.is_some_and(|(first, last)| MOST_DAYS < last - first);
        (rows(&is_far), rows(&|seen| seen.has_two))
    }

    /// Whether a price is that of the line: then what remains of it for a piece is steadier. None where the rows do not
    /// tell, since nothing is bought in different quantities.
    pub(super) fn is_of_line(&self, prices: &[f64]) -> Option<bool> {
        let mut of_item: HashMap<&str, Vec<(f64, f64)>> = HashMap::new();
        let mut items = BTreeSet::new();
        for (row, (&price, &quantity)) in prices.iter().zip(&self.quantities).enumerate() {
            if let Some(item) = Self::at(self.items, row).filter(|_| 0.0 < price && 0.0 < quantity) {
                of_item.entry(item).or_default().push((price, quantity));
                items.insert(item);
            }
        }
        let (mut n, mut of_price, mut of_piece) = (0, 0.0, 0.0);
        for item in items {
            let rows = &of_item[item];
            if rows.iter().all(|row| row.1 == rows[0].1) {
                continue;
            }
            n += rows.len();
            of_price += spread(rows.iter().map(|(price, _)| price.ln()).collect());
            of_piece += spread(rows.iter().map(|(price, quantity)| (price / quantity).ln()).collect());
        }
        if n < FEW || of_price == 0.0 && of_piece == 0.0 {
            return None;
        }
        if of_piece < CLEARLY * of_price {
            return Some(true);
        }
        (of_price < CLEARLY * of_piece).then_some(false)
    }

    /// Whether a discount is still to be taken off the prices: then these are steadier as they are than with the discount
    /// put back. None where the rows do not tell.
    pub(super) fn is_before_discount(
        &self,
        prices: &[f64],
        discounts: &[f64],
        (is, is_of_line): (AmountOf, bool),
    ) -> Option<bool> {
        let mut of_item: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for (row, (&price, &discount)) in prices.iter().zip(discounts).enumerate() {
            let pieces = self.quantities.get(row).copied().filter(|quantity| 0.0 < *quantity).unwrap_or(1.0);
            let piece = if is_of_line { price / pieces } else { price };
            let discount = if discount.is_finite() { discount.abs() } else { 0.0 };
            let restored = match is {
                AmountOf::Share => piece / (1.0 - discount),
                AmountOf::Percent => piece / (1.0 - discount / 100.0),
                _ => piece + discount / pieces,
            };
            if let Some(item) = Self::at(self.items, row).filter(|_| 0.0 < piece && 0.0 < restored) {
                of_item.entry(item).or_default().push((piece.ln(), restored.ln()));
            }
        }
        let (mut n, mut of_price, mut of_restored) = (0, 0.0, 0.0);
        for rows in of_item.values() {
            let off = |row: &(f64, f64)| row.1 - row.0;
            if rows.iter().all(|row| (off(row) - off(&rows[0])).abs() < 1e-9) {
                continue;
            }
            n += rows.len();
            of_price += spread(rows.iter().map(|row| row.0).collect());
            of_restored += spread(rows.iter().map(|row| row.1).collect());
        }
        if n < FEW {
            return None;
        }
        if of_price < CLEARLY * of_restored {
            return Some(true);
        }
        (of_restored < of_price).then_some(false)
    }

    /// Whether an amount is that of the whole order, told on each of its lines.
    pub(super) fn is_of_order(&self, amounts: &[f64]) -> bool {
        let mut orders: BTreeMap<&str, (f64, bool, BTreeSet<&str>)> = BTreeMap::new();
        for (row, &amount) in amounts.iter().enumerate() {
            let (Some(order), Some(item)) = (Self::at(self.orders, row), Self::at(self.items, row)) else {
                continue;
            };
            let seen = orders.entry(order).or_insert((amount, true, BTreeSet::new()));
            seen.1 &= seen.0 == amount || amount.is_nan();
            seen.2.insert(item);
        }
        let several: Vec<_> = orders.values().filter(|seen| 1 < seen.2.len()).collect();
        let n_same = several.iter().filter(|seen| seen.1).count();
        let n_different = amounts.iter().map(|amount| amount.to_bits()).collect::<BTreeSet<_>>().len();
        FEW <= several.len() && 20 < n_different && 0.95 * several.len() as f64 <= n_same as f64
    }

    /// How many rows say what another row of their order says, and whether each says it an even number of times: then
    /// the export may hold everything twice.
    pub(super) fn n_alike(&self, prices: &[f64]) -> (usize, bool) {
        let mut counts: BTreeMap<(&str, i32, &str, u64), usize> = BTreeMap::new();
        for row in 0..self.items.len() {
            let order = Self::at(self.orders, row).or_else(|| Self::at(self.customers, row));
            let day = if self.orders.is_empty() { self.days.get(row).copied().flatten() } else { Some(0) };
            if let (Some(order), Some(day), Some(item)) = (order, day, Self::at(self.items, row)) {
                let price = prices.get(row).map_or(0, |price| price.to_bits());
                *counts.entry((order, day, item, price)).or_default() += 1;
            }
        }
        let n_alike = counts.values().map(|n| n - 1).sum();
        (n_alike, counts.values().all(|n| n.is_multiple_of(2)))
    }
}

/// Whether so many rows that are alike are worth a word.
pub(super) fn are_many(n: usize, n_rows: usize) -> bool {
    FEW <= n && SOME / 5.0 * n_rows as f64 <= n as f64
}

/// How far numbers lie from their median, all together.
fn spread(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let median = numbers[numbers.len() / 2];
    numbers.iter().map(|number| (number - median).abs()).sum()
}

/// The middle one of numbers above 0; none where there is none.
pub(super) fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.filter(|number| 0.0 < *number && number.is_finite()).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// What a discount is of, by its size beside the price.
pub(super) fn discount_is(name: &str, discounts: &[f64], prices: &[f64]) -> AmountOf {
    let some: Vec<f64> =
        discounts.iter().copied().filter(|discount| *discount != 0.0 && discount.is_finite()).collect();
    let is_told = ["percent", "pct", "perc", "%"].iter().any(|word| name.to_lowercase().contains(word));
    let most = some.iter().fold(0.0, |most: f64, discount| most.max(discount.abs()));
    let price = median(prices.iter().copied()).unwrap_or(0.0);
    let is_above = |(discount, price): (&f64, &f64)| *price < discount.abs();
    let are_whole = some.iter().all(|discount| discount.fract() == 0.0);
    if most <= 1.0 && 2.0 < price {
        AmountOf::Share
    } else if most <= 100.0 && (is_told || are_whole && discounts.iter().zip(prices).any(is_above)) {
        AmountOf::Percent
    } else {
        AmountOf::Amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Option<String>> {
        text.split_whitespace().map(|word| (word != "-").then(|| word.to_owned())).collect()
    }

    #[test]
    fn a_price_is_of_the_line_where_that_of_a_piece_is_steadier() {
        let items = cells("a a a b b b c c");
        let quantities = vec![1.0, 2.0, 3.0, 1.0, 2.0, 1.0, 1.0, 4.0];
        let piece = [5.0, 5.0, 5.0, 7.0, 7.0, 7.5, 2.0, 2.0];
        let total: Vec<f64> =
            piece.iter().zip(&quantities).map(|(price, quantity)| price * quantity).collect();
        let rows = Rows { items: &items, quantities, ..Rows::default() };
        assert_eq!(rows.is_of_line(&piece), Some(false));
        assert_eq!(rows.is_of_line(&total), Some(true));
        assert_eq!(
            Rows { items: &items, quantities: vec![1.0; 8], ..Rows::default() }.is_of_line(&piece),
            None
        );
    }

    #[test]
    fn a_discount_is_to_be_taken_off_prices_that_are_steady_without_it() {
        let items = cells("a a a b b b");
        let rows = Rows { items: &items, quantities: vec![1.0, 2.0, 1.0, 1.0, 2.0, 1.0], ..Rows::default() };
        let (listed, shares) = ([8.0, 8.0, 8.0, 6.0, 6.0, 6.0], [0.0, 0.2, 0.1, 0.0, 0.5, 0.1]);
        let paid: Vec<f64> = listed.iter().zip(&shares).map(|(price, share)| price * (1.0 - share)).collect();
        let is = (AmountOf::Share, false);
        assert_eq!(rows.is_before_discount(&listed, &shares, is), Some(true));
        assert_eq!(rows.is_before_discount(&paid, &shares, is), Some(false));
        assert_eq!(rows.is_before_discount(&paid, &[0.1; 6], is), None);
    }

    #[test]
    fn receipts_that_are_numbered_anew_are_seen() {
        let orders = cells("1 2 3 4 5 6 1 2 3 4 5 6");
        let customers = cells("a b c d e f g h i j k l");
        let days = (0..12).map(|row| Some(if row < 6 { 0 } else { 30 })).collect();
        let rows = Rows { orders: &orders, customers: &customers, days, ..Rows::default() };
        assert_eq!(rows.order_of().expect("told").0, [OrderOf::OrderId, OrderOf::OrderedOn]);
        let days = (0..12).map(Some).collect();
        let orders = cells("1 2 3 4 5 6 7 8 9 10 11 12");
        assert_eq!(Rows { orders: &orders, customers: &customers, days, ..Rows::default() }.order_of(), None);
    }

    #[test]
    fn a_discount_is_a_share_a_percentage_or_an_amount() {
        for (name, discounts, prices, expected) in [
            ("discount", [0.05, 0.2], [600.0, 300.0], AmountOf::Share),
            ("discount", [10.0, 25.0], [12.0, 8.0], AmountOf::Percent),
            ("discount_pct", [10.0, 12.5], [120.0, 80.0], AmountOf::Percent),
            ("korting", [1.5, 20.0], [120.0, 80.0], AmountOf::Amount),
        ] {
            assert_eq!(discount_is(name, &discounts, &prices), expected, "{discounts:?}");
        }
    }
}
