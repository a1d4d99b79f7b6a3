//! What is paid beside what the catalogue says: a steady ratio between the two is a tax that one of them does not hold.

use crate::lines::{IS_CANCELLATION, NEGATIVE_PRICE, NO_PRICE, OTHER_CURRENCY, RETURNED};

/// How many rows are compared, spread over all.
const MOST_COMPARED: usize = 20_000;
/// Fewer rows than these say nothing.
const FEW: usize = 20;
/// Taxes are between these, in a hundred.
const TAXES: std::ops::RangeInclusive<i64> = 4..=28;
/// So many of the rows must have the ratio, since others are discounted.
const STEADY: f64 = 0.4;
/// Where so many rows cost what the catalogue says, both mean the same.
const EQUAL: f64 = 0.1;

/// A sentence where the two differ by a tax. `prices` are those of the catalogue by item, below 0 where it has none.
pub(crate) fn told(
    prices: &[i64],
    items: &[u32],
    quantities: &[f32],
    amounts: &[i64],
    flags: &[u8],
) -> Option<String> {
    let ignored = IS_CANCELLATION | NEGATIVE_PRICE | NO_PRICE | OTHER_CURRENCY | RETURNED;
    let ratio = |row: usize| {
        let listed = prices.get(items[row] as usize).copied().filter(|&price| 0 < price)?;
        let is_sale = flags[row] & ignored == 0 && 0.0 < quantities[row] && 0 < amounts[row];
        is_sale.then(|| amounts[row] as f64 / f64::from(quantities[row]) / listed as f64)
    };
    let ratios: Vec<f64> =
        (0..items.len()).step_by(items.len().div_ceil(MOST_COMPARED).max(1)).filter_map(ratio).collect();
    if ratios.len() < FEW {
        return None;
    }
    let near = |wanted: f64| ratios.iter().filter(|ratio| (*ratio / wanted - 1.0).abs() < 0.004).count();
    let share = |n: usize| n as f64 / ratios.len() as f64;
    if EQUAL < share(near(1.0)) {
        return None;
    }
    let of_tax = |tax: i64| 1.0 + tax as f64 / 100.0;
    let steadiest = |inverse: bool| {
        let found = TAXES.map(|tax| (near(if inverse { 1.0 / of_tax(tax) } else { of_tax(tax) }), -tax));
        found.max().map(|(n, tax)| (n, -tax))
    };
    let ((n_above, above), (n_below, below)) = (steadiest(false)?, steadiest(true)?);
    let (n, tax, without, with) = match n_below <= n_above {
        true => (n_above, above, "items", "orders"),
        false => (n_below, below, "orders", "items"),
    };
    (STEADY <= share(n)).then(|| {
        format!(
            "{:.0} % of {} compared rows cost the catalogue's price {} {tax} %: prices in {with} seem to include a tax that prices in {without} do not; if so, write [tables.{without}.columns] price = {{ column = \"…\", tax_percent = {tax} }}",
            100.0 * share(n),
            ratios.len(),
            if without == "items" { "plus" } else { "less a tax of" },
        )
    })
}
