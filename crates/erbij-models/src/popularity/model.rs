//! The fitted popularity model.

use arrow_buffer::ScalarBuffer;
use erbij_core::{ItemIdx, ModelError, check_len};

/// The counts of every item, one row an item.
#[derive(Clone, Debug, PartialEq)]
pub struct PopularityColumns {
    /// Orders of the last window.
    pub n_orders: ScalarBuffer<u32>,
    /// Orders of the window before.
    pub n_orders_before: ScalarBuffer<u32>,
    /// Orders of all the history.
    pub n_orders_ever: ScalarBuffer<u32>,
    /// Distinct people of the last window.
    pub n_people: ScalarBuffer<u32>,
    /// Distinct people of the window before.
    pub n_people_before: ScalarBuffer<u32>,
    /// Distinct people of all the history.
    pub n_people_ever: ScalarBuffer<u32>,
}

/// Per item, how many orders held it and how many people were behind them: in the last window, in the window before,
/// and ever. What sells is what many people buy: somebody who orders one thing every day is one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    columns: PopularityColumns,
    /// Items by people in the window descending, then by index: index order is order of all time.
    ranking: Vec<ItemIdx>,
}

impl Popularity {
    /// Takes counts as a model. O(items · log items).
    pub fn new(columns: PopularityColumns) -> Result<Self, ModelError> {
        let n_items = columns.n_orders.len();
        check_len("n_orders_before", columns.n_orders_before.len(), n_items)?;
        check_len("n_orders_ever", columns.n_orders_ever.len(), n_items)?;
        check_len("n_people", columns.n_people.len(), n_items)?;
        check_len("n_people_before", columns.n_people_before.len(), n_items)?;
        check_len("n_people_ever", columns.n_people_ever.len(), n_items)?;
        let mut ranking: Vec<ItemIdx> = (0..n_items as u32).map(ItemIdx::new).collect();
        ranking.sort_by_key(|item| std::cmp::Reverse(columns.n_people[item.index()]));
        Ok(Self { columns, ranking })
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.ranking.len()
    }

    /// In how many orders of the window an item stood.
    pub fn n_orders(&self, item: ItemIdx) -> u32 {
        self.columns.n_orders[item.index()]
    }

    /// How many people bought it in the window: how popular it is.
    pub fn n_people(&self, item: ItemIdx) -> u32 {
        self.columns.n_people[item.index()]
    }

    /// How many people bought it in all the history.
    pub fn n_people_ever(&self, item: ItemIdx) -> u32 {
        self.columns.n_people_ever[item.index()]
    }

    /// Growth against the window before: `ln((now + 5) / (before + 5))`, of people. The five keep an item that went
    /// from one to three from looking like a rage.
    pub fn trend(&self, item: ItemIdx) -> f32 {
        let smoothed = |counts: &[u32]| f64::from(counts[item.index()]) + 5.0;
        (smoothed(&self.columns.n_people) / smoothed(&self.columns.n_people_before)).ln() as f32
    }

    /// All items, most people in the window first; ties by orders of all time, then by id.
    pub fn ranking(&self) -> &[ItemIdx] {
        &self.ranking
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &PopularityColumns {
        &self.columns
    }
}
