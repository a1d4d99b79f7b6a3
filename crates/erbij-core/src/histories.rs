//! What each customer bought: the query every personal model scores.

use arrow_buffer::ScalarBuffer;

use crate::{Baskets, CustomerIdx, Day, ItemIdx, RowOffsets};

/// One item in a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchase {
    /// What.
    pub item: ItemIdx,
    /// When last, the day in the shop's zone.
    pub last_bought_on: Day,
    /// How many orders held it.
    pub n_orders: u32,
}

/// Customer × item, one row a customer, items ascending within it.
///
/// Made from [`Baskets`] by summing over orders: shape `(n_customers, n_items)`, 12 bytes a purchase.
#[derive(Clone, Debug, PartialEq)]
pub struct Histories {
    rows: RowOffsets,
    items: ScalarBuffer<u32>,
    last_bought_on: ScalarBuffer<i32>,
    n_orders: ScalarBuffer<u32>,
}

impl Histories {
    /// Takes columns as histories. Every column must have `rows.n_values()` values, items must rise
    /// within a row and stay below `n_items`; says which of these is broken. O(values).
    pub fn new(
        rows: RowOffsets,
        items: ScalarBuffer<u32>,
        last_bought_on: ScalarBuffer<i32>,
        n_orders: ScalarBuffer<u32>,
        n_items: usize,
    ) -> Result<Self, &'static str> {
        let n_values = rows.n_values();
        if items.len() != n_values || last_bought_on.len() != n_values || n_orders.len() != n_values {
            return Err("the columns differ in length from what the offsets say");
        }
        for row in 0..rows.n_rows() {
            let items = &items[rows.range(row)];
            if items.windows(2).any(|pair| pair[1] <= pair[0]) {
                return Err("the items of a row do not rise");
            }
            if items.last().is_some_and(|&last| n_items <= last as usize) {
                return Err("an item lies outside the catalogue");
            }
        }
        Ok(Self { rows, items, last_bought_on, n_orders })
    }

    /// Sums baskets up to one row a customer; guests have none. O(lines · log of a customer's lines).
    pub fn from_baskets(baskets: &Baskets) -> Self {
        let n_customers = baskets.n_customers();
        let mut lens = Vec::with_capacity(n_customers);
        let (mut items, mut days, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let mut lines: Vec<(ItemIdx, Day)> = Vec::new();
        for customer in 0..n_customers as u32 {
            lines.clear();
            for basket in baskets.of_customer(CustomerIdx::new(customer)) {
                let day = baskets.ordered_on(basket);
                lines.extend(baskets.items(basket).iter().map(|&item| (item, day)));
            }
            lines.sort_unstable();
            let before = items.len();
            for of_item in lines.chunk_by(|a, b| a.0 == b.0) {
                let (item, last_day) = of_item[of_item.len() - 1];
                items.push(item.get());
                days.push(last_day.get());
                counts.push(of_item.len() as u32);
            }
            lens.push(items.len() - before);
        }
        Self {
            rows: RowOffsets::from_lens(lens),
            items: items.into(),
            last_bought_on: days.into(),
            n_orders: counts.into(),
        }
    }

    /// How many customers.
    pub fn n_customers(&self) -> usize {
        self.rows.n_rows()
    }

    /// How many customer × item pairs.
    pub fn n_purchases(&self) -> usize {
        self.rows.n_values()
    }

    /// The items of a customer by number, ascending.
    #[inline]
    pub fn items(&self, customer: CustomerIdx) -> &[u32] {
        &self.items[self.rows.range(customer.index())]
    }

    /// What a customer bought, by item.
    pub fn purchases(&self, customer: CustomerIdx) -> impl ExactSizeIterator<Item = Purchase> + '_ {
        self.rows.range(customer.index()).map(|at| self.purchase(at))
    }

    /// The purchase of one item by a customer, where there is one. O(log of the row).
    pub fn find(&self, customer: CustomerIdx, item: ItemIdx) -> Option<Purchase> {
        let range = self.rows.range(customer.index());
        let within = self.items[range.clone()].binary_search(&item.get()).ok()?;
        Some(self.purchase(range.start + within))
    }

    fn purchase(&self, at: usize) -> Purchase {
        Purchase {
            item: ItemIdx::new(self.items[at]),
            last_bought_on: Day::new(self.last_bought_on[at]),
            n_orders: self.n_orders[at],
        }
    }

    /// The columns, as an artifact stores them: offsets, items, days, order counts.
    pub fn columns(&self) -> (&RowOffsets, &ScalarBuffer<u32>, &ScalarBuffer<i32>, &ScalarBuffer<u32>) {
        (&self.rows, &self.items, &self.last_bought_on, &self.n_orders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Order, Timestamp};

    #[test]
    fn orders_add_up_per_customer_and_item() {
        let order = |customer: Option<u32>, day: i32, items: &[u32]| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let baskets = Baskets::from_orders(
            3,
            4,
            vec![
                order(Some(0), 9, &[2, 1]),
                order(Some(0), 4, &[2]),
                order(None, 5, &[3]),
                order(Some(2), 1, &[0]),
            ],
        )
        .expect("valid orders");
        let histories = Histories::from_baskets(&baskets);
        let purchase = |item, day, n_orders| Purchase {
            item: ItemIdx::new(item),
            last_bought_on: Timestamp::from_micros(0).plus_days(day).day(),
            n_orders,
        };
        let of = |customer| histories.purchases(CustomerIdx::new(customer)).collect::<Vec<_>>();
        assert_eq!(of(0), [purchase(1, 9, 1), purchase(2, 9, 2)]);
        assert_eq!(of(1), []);
        assert_eq!(of(2), [purchase(0, 1, 1)]);
        assert_eq!(histories.find(CustomerIdx::new(0), ItemIdx::new(2)), Some(purchase(2, 9, 2)));
        assert_eq!(histories.find(CustomerIdx::new(1), ItemIdx::new(2)), None);
    }
}
