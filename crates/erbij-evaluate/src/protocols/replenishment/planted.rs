//! How long packs last, as a simulated shop planted it.

use erbij_core::{CustomerIdx, ItemIdx};

/// A pair that was planted: how long a pack lasts this customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlantedInterval {
    /// Whom.
    pub customer: CustomerIdx,
    /// Of what.
    pub item: ItemIdx,
    /// None where the need came up more than once, each time with another length.
    pub mean_days: Option<f64>,
}

/// The pairs by customer and item; of one that was planted more than once the length is not known. O(n · log n).
pub fn once_each(mut planted: Vec<PlantedInterval>) -> Vec<PlantedInterval> {
    planted.sort_by_key(|pair| (pair.customer, pair.item));
    planted.dedup_by(|later, first| {
        let is_same = (later.customer, later.item) == (first.customer, first.item);
        if is_same {
            first.mean_days = None;
        }
        is_same
    });
    planted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_planted_twice_has_no_length() {
        let pair = |customer, item, mean_days| PlantedInterval {
            customer: CustomerIdx::new(customer),
            item: ItemIdx::new(item),
            mean_days,
        };
        let all = vec![pair(1, 4, Some(9.0)), pair(0, 5, Some(3.0)), pair(1, 4, Some(7.0)), pair(1, 2, None)];
        let expected = [pair(0, 5, Some(3.0)), pair(1, 2, None), pair(1, 4, None)];
        assert_eq!(once_each(all), expected);
    }
}
