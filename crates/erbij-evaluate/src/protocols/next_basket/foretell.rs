//! The repeat model under the protocol: baskets without dates, and what may be learned from.

use erbij_core::{Baskets, CustomerIdx, Day, ItemIdx, Order, ScoreBoard, Timestamp};
use erbij_people::{DatedPurchase, Repeat};

use super::files::NextBaskets;
use super::tifu_knn::take_best;

/// The day of every customer's next basket; those before it lie a day apart.
const NEXT_ON: Day = Day::new(0);

/// Baskets with a day each, since the files have none: the next one lies on day 0, the one before it on day
/// −1, and so on. The next baskets of the customers in `learned` are among them, nobody else's. With them, the
/// first instant that is not known: after day 0's baskets. O(lines · log lines).
///
/// # Panics
///
/// If there are more customers or items than an index holds.
pub fn dated_baskets(baskets: &NextBaskets, learned: &[usize]) -> (Baskets, Timestamp) {
    let order = |customer: usize, days_before: usize, items: &[ItemIdx]| {
        let mut items = items.to_vec();
        items.sort_unstable();
        items.dedup();
        Order {
            customer: Some(CustomerIdx::new(customer as u32)),
            ordered_at: NEXT_ON.start().plus_days(-(days_before as i64)),
            amount_minor: 0,
            lines: items.into_iter().map(|item| (item, 1.0)).collect(),
        }
    };
    let mut orders = Vec::new();
    for (customer, history) in baskets.histories.iter().enumerate() {
        let n = history.len();
        orders.extend(history.iter().enumerate().map(|(at, items)| order(customer, n - at, items)));
    }
    orders.extend(learned.iter().map(|&customer| order(customer, 0, &baskets.next[customer])));
    let laid_out = Baskets::from_orders(baskets.ids.len(), baskets.n_items, orders);
    (laid_out.expect("items of a basket are distinct and counted"), NEXT_ON.start().plus_micros(1))
}

/// A fitted repeat model that looks at histories without dates.
#[derive(Clone, Copy, Debug)]
pub struct Foreteller<'a> {
    /// Fitted to [`dated_baskets`].
    pub model: &'a Repeat,
    /// Whose baskets are foretold.
    pub baskets: &'a NextBaskets,
}

impl Foreteller<'_> {
    /// The best `k` items for a customer's next basket, from his history alone.
    pub fn ranking(&self, customer: usize, k: usize, board: &mut ScoreBoard) -> Vec<ItemIdx> {
        let history = &self.baskets.histories[customer];
        let mut past = Vec::new();
        for (at, items) in history.iter().enumerate() {
            let at = NEXT_ON.start().plus_days(at as i64 - history.len() as i64);
            past.extend(items.iter().map(|&item| DatedPurchase { item, quantity: 1.0, at }));
        }
        past.sort_by_key(|bought| (bought.at, bought.item));
        past.dedup_by_key(|bought| (bought.at, bought.item));
        self.model.score(&self.model.strengths(&past, NEXT_ON.start()), board);
        take_best(board, k)
    }
}
