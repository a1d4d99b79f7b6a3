//! From each purchase of an item to what the same customers bought later.

use erbij_core::{Baskets, CustomerIdx, ItemIdx, Timestamp};
use rayon::prelude::*;

use crate::incidence::Incidence;
use crate::repeat::model::{bought_strength, faded_after};

/// A strength of which less than this share of one purchase is left says nothing any more.
const FORGOTTEN: f64 = 1.0 / 128.0;

/// A later basket, as it looks from an item bought before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Later {
    /// Which basket.
    pub(crate) basket: usize,
    /// The item's strength just before it.
    pub(crate) strength: f64,
    /// Whether it holds the item again.
    pub(crate) is_repeat: bool,
}

/// Purchases before an instant, found by item.
pub(crate) struct LaterBaskets<'a> {
    pub(crate) baskets: &'a Baskets,
    incidence: Incidence,
    as_of: Timestamp,
}

impl<'a> LaterBaskets<'a> {
    /// Baskets at or after `as_of` are not looked at. O(lines).
    pub(crate) fn new(baskets: &'a Baskets, as_of: Timestamp) -> Self {
        Self { baskets, incidence: Incidence::from_baskets(baskets, usize::MAX), as_of }
    }

    /// Whether a basket is one of a known customer's, not his first, and known at the instant.
    pub(crate) fn is_later(&self, basket: usize) -> bool {
        let customer = self.baskets.customer(basket);
        !customer.is_guest()
            && self.baskets.ordered_at(basket) < self.as_of
            && self.baskets.of_customer(customer).start < basket
    }

    /// Calls for every basket that came after a purchase of the item, customer by customer, in order of time,
    /// until the item is forgotten. O(such baskets).
    pub(crate) fn for_each(
        &self,
        item: ItemIdx,
        half_life_days: f64,
        is_wanted: impl Fn(CustomerIdx) -> bool,
        mut on_later: impl FnMut(Later),
    ) {
        let with_item = self.incidence.lists_of(item.get());
        let same_customer =
            |a: &u32, b: &u32| self.baskets.customer(*a as usize) == self.baskets.customer(*b as usize);
        for of_customer in with_item.chunk_by(same_customer) {
            let customer = self.baskets.customer(of_customer[0] as usize);
            if customer.is_guest() {
                break;
            }
            if is_wanted(customer) {
                let end = self.baskets.of_customer(customer).end;
                self.walk(item, half_life_days, of_customer, end, &mut on_later);
            }
        }
    }

    /// The baskets of one customer, those with the item given.
    fn walk(
        &self,
        item: ItemIdx,
        half_life_days: f64,
        with_item: &[u32],
        end: usize,
        on_later: &mut impl FnMut(Later),
    ) {
        let (mut strength, mut at) = (0.0, self.baskets.ordered_at(with_item[0] as usize));
        for (n, &with) in with_item.iter().enumerate() {
            let with = with as usize;
            let until = with_item.get(n + 1).map_or(end, |&next| next as usize + 1);
            if self.as_of <= self.baskets.ordered_at(with) {
                return;
            }
            // The strength was carried to this basket when it was met as a later one.
            strength *= faded_after(at, self.baskets.ordered_at(with), half_life_days);
            at = self.baskets.ordered_at(with);
            strength += self.bought(with, item);
            for basket in with + 1..until {
                let now = self.baskets.ordered_at(basket);
                let left = strength * faded_after(at, now, half_life_days);
                if self.as_of <= now {
                    return;
                }
                if left < FORGOTTEN {
                    break;
                }
                let is_repeat = basket + 1 == until && n + 1 < with_item.len();
                on_later(Later { basket, strength: left, is_repeat });
            }
        }
    }

    /// What one basket adds to an item's strength.
    fn bought(&self, basket: usize, item: ItemIdx) -> f64 {
        let at = self.baskets.items(basket).binary_search(&item).expect("the basket is in the item's lists");
        bought_strength(self.baskets.quantities(basket)[at])
    }

    /// A basket each: the length of the vector of strengths just before it; zero before a first basket, of a
    /// guest, and of what is not known. O(lines + baskets · half-lives).
    ///
    /// Items of one half-life fade alike, so their sum of squares fades as a whole and grows by
    /// `(s + q)² − s²` with a purchase: no basket looks at all items bought before.
    pub(crate) fn norms(&self, half_lives_days: &[f32]) -> Vec<f32> {
        let mut classes: Vec<f32> = half_lives_days.to_vec();
        classes.sort_by(f32::total_cmp);
        classes.dedup();
        let class_of = |item: ItemIdx| {
            let days = half_lives_days[item.index()];
            classes.binary_search_by(|class| class.total_cmp(&days)).expect("every half-life is a class")
        };
        let classes_of: Vec<usize> =
            (0..half_lives_days.len() as u32).map(|item| class_of(ItemIdx::new(item))).collect();
        let of_customer = |customer: u32| {
            let range = self.baskets.of_customer(CustomerIdx::new(customer));
            let mut squares = vec![0.0_f64; classes.len()];
            let mut bought: Vec<(ItemIdx, f64, Timestamp)> = Vec::new();
            let mut norms = Vec::with_capacity(range.len());
            let mut before = range.clone().next().map(|first| self.baskets.ordered_at(first));
            for basket in range {
                let now = self.baskets.ordered_at(basket);
                let since = before.replace(now).unwrap_or(now);
                for (square, &class) in squares.iter_mut().zip(&classes) {
                    *square *= faded_after(since, now, f64::from(class)).powi(2);
                }
                norms.push(squares.iter().sum::<f64>().sqrt() as f32);
                for (&item, &quantity) in
                    self.baskets.items(basket).iter().zip(self.baskets.quantities(basket))
                {
                    let class = classes_of[item.index()];
                    let added = bought_strength(quantity);
                    let strength = match bought.binary_search_by_key(&item, |&(item, ..)| item) {
                        Ok(at) => {
                            let (_, strength, last) = &mut bought[at];
                            *strength *= faded_after(*last, now, f64::from(classes[class]));
                            *last = now;
                            let left = *strength;
                            *strength += added;
                            left
                        }
                        Err(at) => {
                            bought.insert(at, (item, added, now));
                            0.0
                        }
                    };
                    squares[class] += added * (2.0 * strength + added);
                }
            }
            norms
        };
        let customers = (0..self.baskets.n_customers() as u32).into_par_iter().with_min_len(64);
        let mut norms: Vec<f32> = customers.flat_map_iter(of_customer).collect();
        norms.resize(self.baskets.len(), 0.0);
        norms
    }
}
