//! What a customer bought on which days, straight from the orders and without the model.

use erbij_core::{Baskets, CustomerIdx, Day, ItemIdx};

/// One item of one customer, as known before the cutoff.
pub(super) struct Known {
    pub(super) item: ItemIdx,
    /// Days it was bought on, rising.
    pub(super) days: Vec<i32>,
}

impl Known {
    /// The last of its days.
    pub(super) fn last(&self) -> i32 {
        *self.days.last().expect("an item is here because it was bought")
    }

    /// The mean of its intervals, where it has one.
    pub(super) fn mean_interval(&self) -> Option<f64> {
        let n = self.days.len() - 1;
        (0 < n).then(|| f64::from(self.last() - self.days[0]) / n as f64)
    }
}

/// What a customer bought before a day, items rising.
pub(super) fn known(baskets: &Baskets, customer: CustomerIdx, cutoff: Day) -> Vec<Known> {
    let bought = days(baskets, customer, |day| day < cutoff);
    let items = bought.chunk_by(|a, b| a.0 == b.0);
    items.map(|days| Known { item: days[0].0, days: days.iter().map(|&(_, day)| day).collect() }).collect()
}

/// When a customer first bought each item from a day on, items rising.
pub(super) fn next(baskets: &Baskets, customer: CustomerIdx, cutoff: Day) -> Vec<(ItemIdx, i32)> {
    let mut bought = days(baskets, customer, |day| cutoff <= day);
    bought.dedup_by_key(|bought| bought.0);
    bought
}

/// The day of an item in what [`next`] gives.
pub(super) fn day_of(next: &[(ItemIdx, i32)], item: ItemIdx) -> Option<i32> {
    next.binary_search_by_key(&item, |bought| bought.0).ok().map(|at| next[at].1)
}

fn days(baskets: &Baskets, customer: CustomerIdx, is_wanted: impl Fn(Day) -> bool) -> Vec<(ItemIdx, i32)> {
    let mut bought = Vec::new();
    for basket in baskets.of_customer(customer) {
        let day = baskets.ordered_on(basket);
        if is_wanted(day) {
            bought.extend(baskets.items(basket).iter().map(|&item| (item, day.get())));
        }
    }
    bought.sort_unstable();
    bought.dedup();
    bought
}

/// The mean interval of each item over all its customers, where it has one.
pub(super) fn item_means(baskets: &Baskets, cutoff: Day) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0_usize); baskets.n_items()];
    for customer in 0..baskets.n_customers() as u32 {
        for known in known(baskets, CustomerIdx::new(customer), cutoff) {
            let sum = &mut sums[known.item.index()];
            sum.0 += f64::from(known.last() - known.days[0]);
            sum.1 += known.days.len() - 1;
        }
    }
    sums.into_iter().map(|(days, n)| (0 < n).then(|| days / n as f64)).collect()
}
