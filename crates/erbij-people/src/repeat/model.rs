//! The fitted repeat model: what a customer's past says of his next basket.

use arrow_buffer::ScalarBuffer;
use erbij_core::{ItemIdx, MICROS_PER_DAY, ModelError, Neighbours, ScoreBoard, Timestamp, check_len};

use crate::repeat::CheckedRepeatParams;

/// One purchase of a customer's past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatedPurchase {
    /// What.
    pub item: ItemIdx,
    /// How many, above zero.
    pub quantity: f32,
    /// When.
    pub at: Timestamp,
}

/// What is left of a customer's purchases of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemStrength {
    /// What.
    pub item: ItemIdx,
    /// `Σ 2^(−days / half-life) · (1 + ln quantity)`; one purchase of one unit just now is 1.
    pub strength: f32,
}

/// Where the score of an item comes from; the three add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RepeatParts {
    /// The customer bought it himself.
    pub own: f64,
    /// It follows what he bought.
    pub follows: f64,
    /// It is popular.
    pub popular: f64,
}

impl RepeatParts {
    /// The score.
    pub fn sum(&self) -> f64 {
        self.own + self.follows + self.popular
    }
}

/// The columns of [`Repeat`], unchecked, a value an item each.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatColumns {
    /// After how many days half of a purchase's strength is left.
    pub half_lives_days: ScalarBuffer<f32>,
    /// How much of a strength is the chance that the next basket holds the item.
    pub rates: ScalarBuffer<f32>,
    /// The share of recent baskets that hold the item; zero for all but the most popular.
    pub popularity: ScalarBuffer<f32>,
    /// What follows an item in later baskets of whoever bought it; items rise within a row.
    pub follows: Neighbours,
}

/// What is bought again and what follows: 12 bytes an item and 8 a follower.
///
/// The score of an item i for a customer whose strengths are s, of length |s| = √Σ s²:
/// `w_own · rate_i · s_i + w_follows · Σ_j s_j/|s| · follows_ji + w_popular · popularity_i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    columns: RepeatColumns,
    /// The items that are popular at all, rising, and how much; scored as a row.
    popular: (Vec<u32>, Vec<f32>),
    items_per_customer: usize,
    w_own: f64,
    w_follows: f64,
    w_popular: f64,
}

/// What is left of one, from one instant to a later one.
#[inline]
pub(crate) fn faded_after(from: Timestamp, to: Timestamp, half_life_days: f64) -> f64 {
    faded((to.micros() as f64 - from.micros() as f64) / MICROS_PER_DAY as f64, half_life_days)
}

/// What is left of one after so many days; nothing has been lost before the first.
#[inline]
pub(crate) fn faded(days: f64, half_life_days: f64) -> f64 {
    (-std::f64::consts::LN_2 * days.max(0.0) / half_life_days).exp()
}

/// What a purchase of so many adds to an item's strength: twice as many is not twice as wanted. Less than
/// one, as of goods sold by weight, counts as one.
#[inline]
pub(crate) fn bought_strength(quantity: f32) -> f64 {
    1.0 + f64::from(quantity.max(1.0)).ln()
}

/// The items that are popular at all, rising, and how much.
fn popular(popularity: &[f32]) -> (Vec<u32>, Vec<f32>) {
    (0..).zip(popularity.iter().copied()).filter(|&(_, popularity)| 0.0 < popularity).unzip()
}

impl Repeat {
    /// Takes columns as a model; O(items). Half-lives must be above zero, rates and popularity not below it.
    /// Of the parameters, the weights and how many items of a past are kept are used.
    pub fn new(params: &CheckedRepeatParams, columns: RepeatColumns) -> Result<Self, ModelError> {
        let n_items = columns.half_lives_days.len();
        check_len("rates", columns.rates.len(), n_items)?;
        check_len("popularity", columns.popularity.len(), n_items)?;
        check_len("follows", columns.follows.n_items(), n_items)?;
        let is_share = |value: f32| 0.0 <= value && value.is_finite();
        for row in 0..n_items {
            let days = columns.half_lives_days[row];
            if !(0.0 < days && days.is_finite()) {
                return Err(ModelError::Row { row, rule: "a half-life is not above 0" });
            }
            if !is_share(columns.rates[row]) {
                return Err(ModelError::Row { row, rule: "a rate is below 0" });
            }
            if !is_share(columns.popularity[row]) {
                return Err(ModelError::Row { row, rule: "a popularity is below 0" });
            }
            if !columns.follows.row(ItemIdx::new(row as u32)).0.is_sorted_by(|a, b| a < b) {
                return Err(ModelError::Row { row, rule: "neighbours are out of order" });
            }
        }
        let params = params.params();
        Ok(Self {
            popular: popular(&columns.popularity),
            columns,
            items_per_customer: params.items_per_customer as usize,
            w_own: params.w_own,
            w_follows: params.w_follows,
            w_popular: params.w_popular,
        })
    }

    /// Takes out what too few people stand behind: keeps these of the weights of what follows what, and as popular the items
    /// that are backed. What a customer buys again is between them and the shop.
    pub fn keep_backed(&mut self, follows: Neighbours, is_backed: impl Fn(ItemIdx) -> bool) {
        let columns = &mut self.columns;
        columns.follows = follows;
        let of_item = |(item, &popularity): (u32, &f32)| {
            if is_backed(ItemIdx::new(item)) { popularity } else { 0.0 }
        };
        columns.popularity = (0..).zip(columns.popularity.iter()).map(of_item).collect();
        self.popular = popular(&columns.popularity);
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &RepeatColumns {
        &self.columns
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.columns.half_lives_days.len()
    }

    /// How many items of a customer's past are kept.
    pub fn items_per_customer(&self) -> usize {
        self.items_per_customer
    }

    /// Bytes of what was learned, as an artifact holds it.
    pub fn size_bytes(&self) -> usize {
        20 * self.n_items() + 8 * (1 + self.columns.follows.n_values())
    }

    /// What is left at `now` of a past in any order, by item; of more than `items_per_customer` items the
    /// strongest, ties by item. A purchase after `now` counts as made just now. O(purchases · log purchases).
    ///
    /// # Panics
    ///
    /// If an item lies outside the catalogue.
    pub fn strengths(&self, past: &[DatedPurchase], now: Timestamp) -> Vec<ItemStrength> {
        // The order of sums is that of time, whatever the order of the past.
        let mut past: Vec<&DatedPurchase> = past.iter().collect();
        past.sort_by(|a, b| {
            (a.item, a.at).cmp(&(b.item, b.at)).then_with(|| a.quantity.total_cmp(&b.quantity))
        });
        let of_item = |purchases: &[&DatedPurchase]| {
            let item = purchases[0].item;
            let half_life = self.half_life_days(item);
            let left = purchases.iter().map(|purchase| {
                faded_after(purchase.at, now, half_life) * bought_strength(purchase.quantity)
            });
            ItemStrength { item, strength: left.sum::<f64>() as f32 }
        };
        let mut strengths: Vec<_> = past.chunk_by(|a, b| a.item == b.item).map(of_item).collect();
        keep_strongest(&mut strengths, self.items_per_customer);
        strengths
    }

    /// What is left of an item's strength so many days later.
    pub fn carried(&self, strength: f32, item: ItemIdx, days: f64) -> f32 {
        (f64::from(strength) * faded(days, self.half_life_days(item))) as f32
    }

    fn half_life_days(&self, item: ItemIdx) -> f64 {
        f64::from(self.columns.half_lives_days[item.index()])
    }

    /// Adds the score of every item to an empty board; items it does not touch score zero.
    ///
    /// O(strengths · followers + popular items), whatever the size of the catalogue. Without strengths, what
    /// is popular.
    pub fn score(&self, strengths: &[ItemStrength], board: &mut ScoreBoard) {
        let length = length_of(strengths);
        for &ItemStrength { item, strength } in strengths {
            board.add(item, self.own(item, strength));
            if 0.0 < length {
                let (items, weights) = self.columns.follows.row(item);
                board.add_scaled_row(items, weights, self.w_follows * f64::from(strength) / length);
            }
        }
        board.add_scaled_row(&self.popular.0, &self.popular.1, self.w_popular);
    }

    /// Why an item has its score. O(strengths · log followers).
    pub fn parts(&self, strengths: &[ItemStrength], item: ItemIdx) -> RepeatParts {
        let length = length_of(strengths);
        let mut parts = RepeatParts {
            popular: self.w_popular * f64::from(self.columns.popularity[item.index()]),
            ..RepeatParts::default()
        };
        for bought in strengths {
            parts.own += self.own_of(bought, item);
            parts.follows += self.follows_of(bought, length, item);
        }
        parts
    }

    /// What a purchase says for the same item again.
    pub(super) fn own_of(&self, bought: &ItemStrength, item: ItemIdx) -> f64 {
        if bought.item == item { self.own(item, bought.strength) } else { 0.0 }
    }

    /// What a purchase says for an item that follows it, of a past of this length.
    pub(super) fn follows_of(&self, bought: &ItemStrength, length: f64, item: ItemIdx) -> f64 {
        let (items, weights) = self.columns.follows.row(bought.item);
        match items.binary_search(&item.get()) {
            Ok(at) if 0.0 < length => {
                self.w_follows * f64::from(bought.strength) / length * f64::from(weights[at])
            }
            _ => 0.0,
        }
    }

    fn own(&self, item: ItemIdx, strength: f32) -> f64 {
        self.w_own * f64::from(self.columns.rates[item.index()]) * f64::from(strength)
    }
}

pub(super) fn length_of(strengths: &[ItemStrength]) -> f64 {
    strengths.iter().map(|bought| f64::from(bought.strength).powi(2)).sum::<f64>().sqrt()
}

/// Keeps the `n` strongest, ties by item; they come and stay in order of item.
pub(crate) fn keep_strongest(strengths: &mut Vec<ItemStrength>, n: usize) {
    if n < strengths.len() {
        strengths.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.item.cmp(&b.item)));
        strengths.truncate(n);
        strengths.sort_unstable_by_key(|bought| bought.item);
    }
}
