//! The fitted popularity model.

use arrow_buffer::ScalarBuffer;
use erbij_core::ItemIdx;

use crate::neighbours::{ModelError, check_len};

/// Per item, in how many orders it stood in the last window, in the window before, and ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    n_orders: ScalarBuffer<u32>,
    n_orders_before: ScalarBuffer<u32>,
    n_orders_ever: ScalarBuffer<u32>,
    /// Items by orders in the window descending, then by index: index order is order of all time.
    ranking: Vec<ItemIdx>,
}

impl Popularity {
    /// Takes counts, one an item each, as a model. O(items · log items).
    pub fn new(
        n_orders: ScalarBuffer<u32>,
        n_orders_before: ScalarBuffer<u32>,
        n_orders_ever: ScalarBuffer<u32>,
    ) -> Result<Self, ModelError> {
        check_len("n_orders_before", n_orders_before.len(), n_orders.len())?;
        check_len("n_orders_ever", n_orders_ever.len(), n_orders.len())?;
        let mut ranking: Vec<ItemIdx> = (0..n_orders.len() as u32).map(ItemIdx::new).collect();
        ranking.sort_by_key(|item| std::cmp::Reverse(n_orders[item.index()]));
        Ok(Self { n_orders, n_orders_before, n_orders_ever, ranking })
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.n_orders.len()
    }

    /// In how many orders of the window an item stood.
    pub fn n_orders(&self, item: ItemIdx) -> u32 {
        self.n_orders[item.index()]
    }

    /// In how many orders it stood in all the history.
    pub fn n_orders_ever(&self, item: ItemIdx) -> u32 {
        self.n_orders_ever[item.index()]
    }

    /// Growth against the window before: `ln((now + 5) / (before + 5))`. The five keep an item that went
    /// from one order to three from looking like a rage.
    pub fn trend(&self, item: ItemIdx) -> f32 {
        let smoothed = |counts: &[u32]| f64::from(counts[item.index()]) + 5.0;
        (smoothed(&self.n_orders) / smoothed(&self.n_orders_before)).ln() as f32
    }

    /// All items, most orders in the window first; ties by orders of all time, then by id.
    pub fn ranking(&self) -> &[ItemIdx] {
        &self.ranking
    }

    /// The columns, as an artifact stores them: orders in the window, in the one before, ever.
    pub fn columns(&self) -> [&ScalarBuffer<u32>; 3] {
        [&self.n_orders, &self.n_orders_before, &self.n_orders_ever]
    }
}
