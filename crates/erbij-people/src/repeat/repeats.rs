//! What is bought again, and where every customer stands: the two together answer for a customer.

use erbij_core::{CustomerIdx, ItemIdx, Score, Timestamp, sort_contributions};

use crate::repeat::histories::RepeatHistories;
use crate::repeat::model::{ItemStrength, Repeat, length_of};

/// The model, and what is left of every customer's purchases.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeats {
    /// What is bought again, and what follows it.
    pub model: Repeat,
    /// Of every customer.
    pub histories: RepeatHistories,
}

impl Repeats {
    /// What is left of a customer's purchases at `now`, by item.
    pub fn at(&self, customer: CustomerIdx, now: Timestamp) -> Vec<ItemStrength> {
        self.histories.at(&self.model, customer, now)
    }
}

impl Repeat {
    /// The purchases that speak for an item with how much, most first, ties by item: itself, where it was bought, and
    /// what it follows. What is popular beside them has no item to name. O(strengths · log followers).
    pub fn contributions(&self, strengths: &[ItemStrength], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let length = length_of(strengths);
        let mut says: Vec<(ItemIdx, Score)> = strengths
            .iter()
            .filter_map(|bought| {
                let said = self.own_of(bought, item) + self.follows_of(bought, length, item);
                Some((bought.item, Score::new(said as f32).filter(|score| 0.0 < score.get())?))
            })
            .collect();
        sort_contributions(&mut says);
        says
    }
}
